/** One event that several rules matched is one message: a digest names all of them, too. */
import { expect, it } from 'vitest';
import type { Message } from '../../src/alerts/message.ts';
import { severalView } from '../../src/destinations/alert-view/several.ts';
import { severalText } from '../../src/destinations/pagerduty/encode.ts';
import { severalMessage } from '../../src/destinations/slack/several.ts';
import { severalCard } from '../../src/destinations/teams/encode.ts';
import { group } from './messages.ts';

const DIGESTS: Readonly<Record<string, (messages: readonly Message[]) => string>> = {
  slack: (messages) => JSON.stringify(severalMessage(severalView(messages))),
  teams: (messages) => severalCard(messages),
  pagerduty: (messages) => severalText(messages, 'key'),
};

const other = (title: string) => ({ rule: { title, id: title }, severity: 'medium' as const });

it.each(Object.entries(DIGESTS))('in %s', (_, digest) => {
  const messages = [
    group(1, { others: [other('Second Rule'), other('Third Rule')] }),
    group(2, { others: [other('Second Rule'), ...['4', '5', '6', '7'].map((n) => other(`Rule ${n}`))] }),
  ];
  const said = digest(messages);
  for (const title of ['Second Rule', 'Third Rule', 'Rule 4', 'Rule 5']) expect(said).toContain(title);
  // Five of a title are named; of the sixth there is the number.
  expect(said).not.toContain('Rule 7');
  expect(said).toMatch(/and 1 more|1 more/);
  expect(said.split('Second Rule')).toHaveLength(2);
});

it('but not a rule twice that has a line of its own', () => {
  const [own] = severalView([group(1)]).titles;
  const view = severalView([group(1), group(2, { others: [other(own?.title ?? '')] })]);
  expect(view.titles.flatMap(({ others }) => others)).toEqual([]);
});
