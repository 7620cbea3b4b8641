import type { Envelope, Level } from '../../shared/event.ts';
import { parseInstant } from '../time.ts';
import {
  type Block,
  context,
  fields,
  header,
  LIMITS,
  message,
  type SlackMessage,
  section,
} from './blocks.ts';
import { answer, type Question, textOf } from './columns.ts';
import { code, codeBlock, plain, words } from './escape.ts';
import { portalLinks, tagLink } from './links.ts';

const MARKS: Readonly<Record<Level, string>> = {
  critical: '🔴',
  high: '🟠',
  medium: '🟡',
  low: '🔵',
  informational: '⚪',
};
const MOST_TAGS = 12;
const MOST_MATCHES = 12;

/** `🟠 HIGH`, or nothing where there is no severity. */
export function severityMark(severity: Level | undefined): string {
  return severity === undefined ? '' : `${MARKS[severity]} ${severity.toUpperCase()}`;
}

/** What an alert is called: its rule; Defender's own title for a row of AlertInfo; else the action or the table. */
export function titleOf(envelope: Envelope): string {
  const names = [
    envelope.rule?.title,
    envelope.table === 'AlertInfo' ? answer(envelope.event, 'alertTitle') : undefined,
    answer(envelope.event, 'action'),
    envelope.table,
  ];
  return names.find((name) => name !== undefined && name.trim() !== '') ?? 'Untitled';
}

/** A date as each reader's own Slack shows it, with UTC for those that can't (Slack, "Formatting text", dates). */
export function slackDate(text: string): string {
  const instant = parseInstant(text);
  if (!instant) return code(text, 60);
  const utc = new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `<!date^${instant.seconds}^{date_short_pretty} {time_secs}|${utc} UTC>`;
}

/**
 * One message for one alert, in the order in which a person woken by it asks: what and how bad, where and who, what
 * matched, the command line, what the rule is about, where to click. An event without a rule is shown in short.
 */
export function alertMessage(envelope: Envelope): SlackMessage {
  const title = titleOf(envelope);
  const mark = severityMark(envelope.severity);
  const device = answer(envelope.event, 'device');
  const headline = plain(mark === '' ? title : `${mark}  ${title}`, LIMITS.header);
  const fallback = plain([mark, title, device && `on ${device}`].filter((part) => part).join(' '), 300);
  const blocks: readonly (Block | undefined)[] = [
    header(headline),
    fields(factsOf(envelope)),
    matches(envelope),
    commandLine(envelope),
    about(envelope),
    tags(envelope),
    links(envelope),
    provenance(envelope),
  ];
  return message(
    fallback,
    blocks.filter((block) => block !== undefined),
  );
}

const FACTS: readonly (readonly [string, Question])[] = [
  ['Device', 'device'],
  ['User', 'user'],
  ['Process', 'process'],
  ['Started by', 'parent'],
  ['Remote', 'remote'],
  ['Sender', 'sender'],
  ['Recipient', 'recipient'],
  ['Subject', 'subject'],
  ['Application', 'application'],
  ['Registry key', 'registry'],
];

/** At most ten, which is what a section holds: the time and the table, and what of the rest the row has. */
function factsOf(envelope: Envelope): readonly string[] {
  const facts = [`*Time*\n${slackDate(envelope.time)}`, `*Table*\n${code(envelope.table, 100)}`];
  const seen = new Set<string>();
  for (const [label, question] of FACTS) {
    const value = answer(envelope.event, question);
    // For most tables process and parent are the same column: once is enough.
    if (value === undefined || (question === 'parent' && seen.has(value))) continue;
    seen.add(value);
    facts.push(`*${label}*\n${code(value, 300)}`);
  }
  return facts.slice(0, LIMITS.fields);
}

function matches(envelope: Envelope): Block | undefined {
  const matched = envelope.rule?.matched ?? [];
  if (matched.length === 0) return undefined;
  const lines = matched
    .slice(0, MOST_MATCHES)
    .map(({ column, value }) => `• ${words(column, 60)}: ${code(textOf(value), 160)}`);
  if (matched.length > MOST_MATCHES) lines.push(`• and ${matched.length - MOST_MATCHES} more`);
  return section(`*What matched*\n${lines.join('\n')}`);
}

function commandLine(envelope: Envelope): Block | undefined {
  const text = answer(envelope.event, 'commandLine');
  if (text === undefined) return undefined;
  const length = text.length > 1_200 ? ` (${text.length} characters)` : '';
  return section(`*Command line*${length}\n${codeBlock(text, 1_200)}`);
}

function about(envelope: Envelope): Block | undefined {
  const { rule } = envelope;
  const parts: string[] = [];
  if (rule?.description) parts.push(`*About this rule*\n${words(rule.description, 800)}`);
  const known = (rule?.falsepositives ?? []).filter((text) => text.trim() !== '');
  if (known.length > 0) {
    const lines = known.slice(0, 6).map((text) => `• ${words(text, 200)}`);
    parts.push(`*Known false positives*\n${lines.join('\n')}`);
  }
  return parts.length === 0 ? undefined : section(parts.join('\n'));
}

function tags(envelope: Envelope): Block | undefined {
  const all = envelope.rule?.tags ?? [];
  if (all.length === 0) return undefined;
  return context(all.slice(0, MOST_TAGS).map(tagLink).join('  '));
}

function links(envelope: Envelope): Block | undefined {
  const found = portalLinks(envelope);
  return found.length === 0 ? undefined : section(`*Open in Defender:*  ${found.join('  ·  ')}`);
}

function provenance(envelope: Envelope): Block {
  const rule = envelope.rule?.id === undefined ? '' : `rule ${code(envelope.rule.id, 80)}  `;
  return context(`${rule}event ${code(envelope.id, 80)}`);
}
