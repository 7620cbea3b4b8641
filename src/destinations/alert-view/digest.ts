/** Many alerts in one message: by rule, the gravest first, with how many and on which devices. Nothing is escaped or cut. */
import { increment } from '../../shared/counts.ts';
import { type Envelope, LEVELS, type Level } from '../../shared/event.ts';
import { answer } from './questions.ts';
import { severityMark, titleOf } from './title.ts';

const MOST_GROUPS = 20;
const MOST_PLACES = 5;

/** Alerts of one rule and severity. */
export interface DigestGroup {
  readonly mark: string;
  readonly title: string;
  readonly count: number;
  /** Devices, else users, else recipients: the most frequent first. */
  readonly places: readonly { readonly name: string; readonly count: number }[];
  /** How many further places there are. */
  readonly morePlaces: number;
}

export interface DigestView {
  /** `🔴 CRITICAL 20 alerts` */
  readonly headline: string;
  /** The headline and the first titles, for notifications. */
  readonly summary: string;
  readonly groups: readonly DigestGroup[];
  /** How many further groups there are. */
  readonly moreGroups: number;
  /** Times of the first and the last alert, as their rows have them. */
  readonly from: string;
  readonly to: string;
}

/** The view of a batch of at least one. */
export function digestView(envelopes: readonly Envelope[]): DigestView {
  const groups = groupsOf(envelopes);
  const noun = envelopes.every((envelope) => envelope.rule !== undefined) ? 'alerts' : 'events';
  const headline = `${severityMark(groups[0]?.severity)} ${envelopes.length} ${noun}`.trim();
  const titles = groups.slice(0, 3).map((group) => group.title);
  const times = envelopes.map((envelope) => envelope.time).sort();
  return {
    headline,
    summary: `${headline}: ${titles.join(', ')}`,
    groups: groups.slice(0, MOST_GROUPS).map(shown),
    moreGroups: Math.max(0, groups.length - MOST_GROUPS),
    from: times[0] ?? '',
    to: times.at(-1) ?? '',
  };
}

interface Group {
  readonly title: string;
  readonly severity: Level | undefined;
  readonly members: Envelope[];
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

function shown({ title, severity, members }: Group): DigestGroup {
  const counts = new Map<string, number>();
  for (const { event } of members) {
    const name = answer(event, 'device') ?? answer(event, 'user') ?? answer(event, 'recipient');
    if (name !== undefined) increment(counts, name);
  }
  const places = [...counts].sort(([, a], [, b]) => b - a).map(([name, count]) => ({ name, count }));
  return {
    mark: severityMark(severity),
    title,
    count: members.length,
    places: places.slice(0, MOST_PLACES),
    morePlaces: Math.max(0, places.length - MOST_PLACES),
  };
}
