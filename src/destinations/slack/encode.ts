/** Messages on groups of alerts and on the relay itself, laid out for one screen of a phone. */
import type { EntityLine, Fact, MessageView } from '../alert-view/message.ts';
import type { OperationalView } from '../alert-view/operational.ts';
import { shownParts } from '../alert-view/shown.ts';
import { type Block, context, header, LIMITS, type SlackMessage, section } from './blocks.ts';
import { slackDate } from './escape.ts';
import { bounded, fittingMessage, type Pen } from './fitting.ts';
import { namingGroups, namingTrouble } from './groups-named.ts';

/** The message on a group as it stands now: the first one, what replaces it, and a later one where nothing can be replaced. */
export function groupMessage(view: MessageView): SlackMessage {
  return fittingMessage(view.summary, (pen) =>
    namingGroups(
      [view],
      [
        heading(view, pen),
        whatStands(view),
        whereAndWho(view, pen),
        ran(view, pen),
        techniques(view, pen),
        ...links(view, pen),
        others(view, pen),
        matches(view, pen),
        about(view, pen),
        provenance(view, pen),
      ].filter((block) => block !== undefined),
    ),
  );
}

/**
 * What a thread is told of later alerts of its group.
 * @param before the count that was told last; undefined where that is not known.
 */
export function threadMessage(view: MessageView, before: number | undefined): SlackMessage {
  const { count } = view;
  const more = before === undefined || before >= count ? '' : ` (${count - before} more)`;
  const summary = `Now ${times(count)}${more}: ${view.title}${view.where}`;
  return fittingMessage(summary, (pen) => {
    const lines = [
      `*Now ${times(count)}*${more}, last ${slackDate(view.lastTime)}`,
      ...(view.added ?? view.entities).slice(0, 6).map((line) => entityText(line, pen)),
    ];
    return namingGroups([view], [section(bounded(lines)), ...links(view, pen)]);
  });
}

/** A trouble of the relay itself, or its end. */
export function troubleMessage(view: OperationalView): SlackMessage {
  const { headline, text, facts, pages, searches, since, until } = view;
  return fittingMessage(view.summary, (pen) => [
    namingTrouble(view.id, header(pen.plain(headline, LIMITS.header))),
    section(pen.words(text === '' ? headline : text, 1_500)),
    facts.length === 0 ? undefined : section(bounded(facts.slice(0, 10).map((fact) => factText(fact, pen)))),
    pages.length === 0 ? undefined : section(`*Open*  ${pen.links(pages)}`),
    searches.length === 0 ? undefined : section(`*Search*  ${pen.links(searches)}`),
    context(
      until === undefined ? `since ${slackDate(since)}` : `from ${slackDate(since)} to ${slackDate(until)}`,
    ),
  ]);
}

function heading({ headline, count }: MessageView, pen: Pen): Block {
  const often = count > 1 ? `  ×${count}` : '';
  return header(`${pen.plain(headline, LIMITS.header - often.length)}${often}`);
}

/** What is not plain from the heading: that it is no single group, or not the first message on it. */
function whatStands({ scope, phase, count }: MessageView): Block | undefined {
  if (scope === 'rule') {
    return context(
      'This rule matches in many places at once. The first ones have messages of their own; this one is for all others.',
    );
  }
  if (phase === 'update') return context(`Update: ${times(count)} so far.`);
  return phase === 'end' ? context(`Ended: ${times(count)} in all.`) : undefined;
}

function whereAndWho(view: MessageView, pen: Pen): Block {
  const { defender } = view;
  const { entities, facts } = shownParts(view);
  return section(
    bounded([
      ...entities.map((line) => entityText(line, pen)),
      ...(view.added ?? []).slice(0, 6).map((line) => entityText(line, pen)),
      `*When*  ${when(view)}`,
      ...(defender.length === 0
        ? []
        : [`*Defender*  ${defender.map(({ value }) => pen.code(value, 80)).join(' · ')}`]),
      ...facts.map((fact) => factText(fact, pen)),
    ]),
  );
}

function when({ firstTime, lastTime }: MessageView): string {
  const first = slackDate(firstTime);
  const last = slackDate(lastTime);
  return first === last ? first : `${first} to ${last}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function entityText({ label, names, more }: EntityLine, pen: Pen): string {
  const shown = names.map((name) => pen.code(name, 90)).join(', ');
  const others = more === 0 ? '' : shown === '' ? `${more}` : ` and ${more} more`;
  return `*${label}*  ${shown}${others}`;
}

function factText({ label, value }: Fact, pen: Pen): string {
  return `*${pen.words(label, 60)}*  ${pen.code(value, 160)}`;
}

function ran({ command, count }: MessageView, pen: Pen): Block | undefined {
  if (command === undefined) return undefined;
  const { text, decoded } = command;
  const length = text.length > 500 ? ` (${text.length} characters)` : '';
  const parts = [
    `*Command line${count > 1 ? ' of the first alert' : ''}*${length}\n${pen.codeBlock(text, 500)}`,
    ...decoded.map((inner) => `*Decoded from base64*\n${pen.codeBlock(inner, 500)}`),
  ];
  return section(bounded(parts));
}

function techniques({ techniques: found, tags }: MessageView, pen: Pen): Block | undefined {
  const linked = pen.links([...found, ...tags].flatMap(({ label, url }) => (url ? [{ label, url }] : [])));
  const bare = [...found, ...tags].filter(({ url }) => url === undefined);
  const parts = [linked, ...bare.map(({ label }) => pen.code(label, 60))].filter((part) => part !== '');
  return parts.length === 0 ? undefined : context(bounded(parts, '  ·  '));
}

/**
 * Links and no buttons: Slack reports a click on a button to the app even where it only opens an address, and shows a warning beside it when
 * nothing answers (slackapi/node-slack-sdk, issue 869). The relay takes nothing from Slack.
 */
function links({ pages, hunting, searches }: MessageView, pen: Pen): readonly Block[] {
  const lines = [
    ['Open', pen.links(pages)],
    ['Hunt', pen.links(hunting.map(({ label, url }) => ({ label: label.replace(/^Hunt: /, ''), url })))],
    ['Search', pen.links(searches)],
  ].flatMap(([label, line]) => (line === '' ? [] : [`*${label}*  ${line}`]));
  return sections(lines);
}

/** Lines in one section, or in several where they do not fit into one. Each fits into one. */
function sections(lines: readonly string[]): readonly Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const longer = texts.length === 0 ? line : `${texts.at(-1)}\n${line}`;
    if (longer.length > LIMITS.section || texts.length === 0) texts.push(line);
    else texts[texts.length - 1] = longer;
  }
  return texts.map(section);
}

function others({ others: found, moreOthers }: MessageView, pen: Pen): Block | undefined {
  if (found.length === 0) return undefined;
  const lines = found.map(({ mark, title }) => `${mark === '' ? '•' : mark}  ${pen.words(title, 120)}`);
  if (moreOthers > 0) lines.push(`and ${moreOthers} more`);
  return section(bounded(['*The same event matched*', ...lines]));
}

function matches({ matched, moreMatched }: MessageView, pen: Pen): Block | undefined {
  if (matched.length === 0) return undefined;
  const all = matched.map(({ label, value }) => `${pen.words(label, 60)} ${pen.code(value, 100)}`);
  if (moreMatched > 0) all.push(`and ${moreMatched} more`);
  return context(`*Matched*  ${bounded(all, '  ·  ', LIMITS.section - 20)}`);
}

function about({ description, falsePositives }: MessageView, pen: Pen): Block | undefined {
  const lines: string[] = [];
  if (description !== undefined && description.trim() !== '') lines.push(pen.words(description, 300));
  if (falsePositives.length > 0) {
    const texts = falsePositives.map((text) => pen.words(text, 100));
    lines.push(`*Known false positives*  ${texts.join('; ')}`);
  }
  return lines.length === 0 ? undefined : context(bounded(lines));
}

function provenance({ table, ruleTitle, ruleId, alertId, eventId }: MessageView, pen: Pen): Block {
  const rule = [
    ...(ruleTitle === undefined ? [] : [pen.words(ruleTitle, 100)]),
    ...(ruleId === undefined ? [] : [pen.code(ruleId, 80)]),
  ];
  const parts = [
    pen.code(table, 60),
    rule.length === 0 ? '' : `rule ${rule.join(' ')}`,
    alertId === undefined ? '' : `alert ${pen.code(alertId, 80)}`,
    `event ${pen.code(eventId, 80)}`,
  ];
  return context(parts.filter((part) => part !== '').join('  '));
}
