/** A message about the relay that has something to look for links to it in the tools that `links:` names. */
import { expect, it } from 'vitest';
import type { OperationalMessage } from '../../src/alerts/message.ts';
import { operationalView } from '../../src/destinations/alert-view/operational.ts';
import { eventText } from '../../src/destinations/pagerduty/encode.ts';
import { troubleMessage } from '../../src/destinations/slack/encode.ts';
import { messageCard } from '../../src/destinations/teams/encode.ts';

const SEARCHES = {
  Splunk: 'https://splunk.example/search?q={rule}&earliest={from_epoch}',
  Host: 'https://siem.example/host/{host}',
};
const LINK = 'https://splunk.example/search?q=Certutil&earliest=1795719615';
const MESSAGE: OperationalMessage = {
  kind: 'operational',
  id: '0'.repeat(32),
  phase: 'first',
  severity: 'high',
  title: '7 alerts of the rule "Certutil" may not have been told',
  text: 'Look there.',
  facts: [],
  since: '2026-11-26T20:00:15.000Z',
  search: { rule: 'Certutil', from_epoch: '1795719615' },
};

it.each([
  [
    'Slack',
    (searches: typeof SEARCHES) => JSON.stringify(troubleMessage(operationalView(MESSAGE, searches))),
  ],
  ['Teams', (searches: typeof SEARCHES) => messageCard(MESSAGE, searches)],
  ['PagerDuty', (searches: typeof SEARCHES) => eventText(MESSAGE, searches)],
])('in %s, without the links for which a value is missing', (_, render) => {
  const text = render(SEARCHES).replaceAll('&amp;', '&');
  expect(text).toContain(LINK);
  expect(text).not.toContain('siem.example');
});
