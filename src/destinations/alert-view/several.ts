/** Many groups in one message: by title, the gravest first, with how many and on which hosts. Nothing is escaped or cut but the links. */
import type { AlertMessage, Message } from '../../alerts/message.ts';
import { LEVELS, type Level } from '../../shared/event.ts';
import { huntingAll } from './hunting.ts';
import { type Link, portalPages } from './links.ts';
import { type EntityLine, entityLines } from './message.ts';
import { type OperationalView, operationalView } from './operational.ts';
import { type Searches, searchLinks } from './searches.ts';
import { severityMark, titleOf } from './title.ts';

const MOST_TITLES = 15;
const MOST_HOSTS = 5;
const MOST_LINKS = 3;
const MOST_OTHERS = 5;

/** Groups of one title and severity. */
export interface TitleLine {
  readonly mark: string;
  readonly title: string;
  /** Alerts. */
  readonly count: number;
  readonly groups: number;
  /** Hosts, else users: those of the largest groups first, with the alerts that are known to be of each; at least 1. */
  readonly places: readonly { readonly name: string; readonly count: number }[];
  /** How many further places there are, at least. */
  readonly morePlaces: number;
  /** Other rules that matched the same events and have no line of their own; at most 5. */
  readonly others: readonly string[];
  /** How many further such rules there are. */
  readonly moreOthers: number;
  /** The page of the largest group, a query for the events of all groups, a search. At most 3. */
  readonly links: readonly Link[];
}

export interface SeveralView {
  readonly severity: Level | undefined;
  /** `🔴 CRITICAL  587 alerts`. */
  readonly headline: string;
  /** The headline and the first titles, for notifications. */
  readonly summary: string;
  readonly titles: readonly TitleLine[];
  /** How many further titles there are. */
  readonly moreTitles: number;
  readonly operational: readonly OperationalView[];
  /** Times of the first and the last event, as the rows have them; empty without alerts. */
  readonly from: string;
  readonly to: string;
  /** The groups that the message stands for, with their counts. */
  readonly groups: readonly { readonly groupId: string; readonly count: number }[];
}

/** The view of at least one message. @param searches `links:` of relay.yaml. */
export function severalView(messages: readonly Message[], searches: Searches = {}): SeveralView {
  const alerts = messages.filter((message) => message.kind === 'alert');
  const operational = messages
    .filter((message) => message.kind === 'operational')
    .map((message) => operationalView(message, searches));
  const lines = linesOf(alerts);
  const shown = lines.slice(0, MOST_TITLES);
  const named = new Set(shown.map(({ title }) => title));
  const count = alerts.reduce((sum, message) => sum + message.count, 0);
  const severity = lines[0]?.severity;
  const troubles = `${operational.length} of the relay itself`;
  const noun = `${count} ${count === 1 ? 'alert' : 'alerts'}`;
  const what = [alerts.length > 0 && noun, operational.length > 0 && troubles].filter(Boolean).join(' and ');
  const headline = [severityMark(severity), what].filter((part) => part !== '').join('  ');
  const times = alerts.flatMap((message) => [message.firstTime, message.lastTime]).sort();
  return {
    severity,
    headline,
    summary: `${headline}: ${[...lines.slice(0, 3).map((line) => line.title), ...operational.slice(0, 2).map((one) => one.headline)].join(', ')}`,
    titles: shown.map((line) => titleLine(line, named, searches)),
    moreTitles: Math.max(0, lines.length - MOST_TITLES),
    operational,
    from: times[0] ?? '',
    to: times.at(-1) ?? '',
    groups: groupsOf(alerts),
  };
}

/** Each group once, with the latest count. */
function groupsOf(alerts: readonly AlertMessage[]): SeveralView['groups'] {
  const counts = new Map<string, number>();
  for (const { groupId, count } of alerts) counts.set(groupId, Math.max(counts.get(groupId) ?? 0, count));
  return [...counts].map(([groupId, count]) => ({ groupId, count }));
}

interface Line {
  readonly title: string;
  readonly severity: Level | undefined;
  /** The largest group first. */
  readonly members: { readonly message: AlertMessage; readonly entities: readonly EntityLine[] }[];
}

function linesOf(messages: readonly AlertMessage[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const message of messages) {
    const title = titleOf(message.envelope, message.defender?.title);
    const key = JSON.stringify([message.envelope.rule?.id ?? '', title, message.severity ?? '']);
    const line = lines.get(key) ?? { title, severity: message.severity, members: [] };
    line.members.push({ message, entities: entityLines(message) });
    lines.set(key, line);
  }
  for (const line of lines.values()) line.members.sort((a, b) => b.message.count - a.message.count);
  return [...lines.values()].sort((a, b) => rank(b.severity) - rank(a.severity) || countOf(b) - countOf(a));
}

function rank(severity: Level | undefined): number {
  return severity === undefined ? -1 : LEVELS.indexOf(severity);
}

function countOf(line: Line): number {
  return line.members.reduce((sum, { message }) => sum + message.count, 0);
}

/** @param named the titles that have lines of their own. */
function titleLine(line: Line, named: ReadonlySet<string>, searches: Searches): TitleLine {
  const counts = new Map<string, number>();
  let more = 0;
  for (const { message, entities } of line.members) {
    const place =
      entities.find(({ kind }) => kind === 'host') ?? entities.find(({ kind }) => kind === 'user');
    if (place === undefined) continue;
    // Of a group on several hosts, nothing says how many alerts each has.
    const known = place.names.length + place.more === 1 ? message.count : 1;
    for (const name of place.names) counts.set(name, (counts.get(name) ?? 0) + known);
    more += place.more;
  }
  const places = [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
  const rules = line.members.flatMap(({ message }) => message.others.map(({ rule }) => rule.title));
  const others = [...new Set(rules)].filter((title) => !named.has(title));
  const [largest] = line.members;
  const links =
    largest === undefined
      ? []
      : [
          ...portalPages(largest.message).slice(0, 1),
          ...huntingAll(line.members.map(({ message }) => message)),
          ...searchLinks(largest.message, searches).slice(0, 1),
        ];
  return {
    mark: severityMark(line.severity),
    title: line.title,
    count: countOf(line),
    groups: line.members.length,
    places: places.slice(0, MOST_HOSTS),
    morePlaces: more + Math.max(0, places.length - MOST_HOSTS),
    others: others.slice(0, MOST_OTHERS),
    moreOthers: Math.max(0, others.length - MOST_OTHERS),
    links: links.slice(0, MOST_LINKS),
  };
}
