import { type Envelope, LEVELS, type Level } from '../../shared/event.ts';
import { type Block, context, header, message, type SlackMessage, section } from './blocks.ts';
import { answer } from './columns.ts';
import { severityMark, slackDate, titleOf } from './encode.ts';
import { code, plain, words } from './escape.ts';

const MOST_GROUPS = 20;
const MOST_DEVICES = 5;

interface Group {
  readonly title: string;
  readonly severity: Level | undefined;
  readonly members: Envelope[];
}

/** One message for many alerts: by rule, the gravest first, with how many and on which devices. */
export function digestMessage(envelopes: readonly Envelope[]): SlackMessage {
  const groups = groupsOf(envelopes);
  const gravest = groups[0]?.severity;
  const alerts = envelopes.every((envelope) => envelope.rule !== undefined) ? 'alerts' : 'events';
  const headline = plain(`${severityMark(gravest)} ${envelopes.length} ${alerts}`.trim(), 150);
  const blocks: Block[] = [header(headline), ...groups.slice(0, MOST_GROUPS).map(groupBlock)];
  if (groups.length > MOST_GROUPS) blocks.push(context(`and ${groups.length - MOST_GROUPS} more rules`));
  const times = envelopes.map((envelope) => envelope.time).sort();
  blocks.push(context(`${slackDate(times[0] ?? '')} to ${slackDate(times.at(-1) ?? '')}`));
  const names = groups.slice(0, 3).map((group) => group.title);
  return message(
    plain(`${headlineText(gravest, envelopes.length, alerts)}: ${names.join(', ')}`, 300),
    blocks,
  );
}

function headlineText(gravest: Level | undefined, count: number, alerts: string): string {
  return `${severityMark(gravest)} ${count} ${alerts}`.trim();
}

function groupsOf(envelopes: readonly Envelope[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const envelope of envelopes) {
    const title = titleOf(envelope);
    const key = JSON.stringify([envelope.rule?.id ?? title, envelope.severity ?? '']);
    const group = groups.get(key) ?? { title, severity: envelope.severity, members: [] };
    group.members.push(envelope);
    groups.set(key, group);
  }
  return [...groups.values()].sort(
    (a, b) => rank(b.severity) - rank(a.severity) || b.members.length - a.members.length,
  );
}

function rank(severity: Level | undefined): number {
  return severity === undefined ? -1 : LEVELS.indexOf(severity);
}

function groupBlock(group: Group): Block {
  const devices = new Map<string, number>();
  for (const { event } of group.members) {
    const name = answer(event, 'device') ?? answer(event, 'user') ?? answer(event, 'recipient');
    if (name !== undefined) devices.set(name, (devices.get(name) ?? 0) + 1);
  }
  const top = [...devices].sort(([, a], [, b]) => b - a);
  const shown = top
    .slice(0, MOST_DEVICES)
    .map(([name, count]) => `${code(name, 100)}${count > 1 ? ` ×${count}` : ''}`);
  if (top.length > MOST_DEVICES) shown.push(`and ${top.length - MOST_DEVICES} more`);
  const mark = severityMark(group.severity);
  return section(
    `${mark === '' ? '' : `${mark}  `}*${words(group.title, 200)}*  ×${group.members.length}${
      shown.length === 0 ? '' : `\n${shown.join(', ')}`
    }`,
  );
}
