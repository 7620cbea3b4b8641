/** How often rules matched in the last 24 hours. */
import type { Activity, ProcessActivity } from '../../relay/activity/activity.ts';
import { MOST_RULES } from '../../relay/activity/document.ts';
import { readActivity } from '../../relay/activity/read.ts';
import { HOUR_MS } from '../../shared/duration.ts';
import { messageOf } from '../../shared/errors.ts';
import { formatAge, plural } from '../../shared/readable.ts';
import type { ConsoleContext } from '../page.ts';

/** Hits by the label of the rule. */
export interface Hits {
  /** By hour, the oldest first; undefined for a rule without hits. */
  of(rule: string): readonly number[] | undefined;
  /** Undefined where it is not known. */
  total(rule: string): number | undefined;
}

export interface ReadHits {
  /** Undefined where they are not known: that is not zero. */
  readonly hits?: Hits;
  /** Why they are not known, or why some are missing: a sentence. */
  readonly trouble?: string;
  /** Empty where they are not known. */
  readonly processes: readonly ProcessActivity[];
}

/** The hits of all processes. What a stale or ended one wrote counts for a day. */
export async function readHits(context: ConsoleContext): Promise<ReadHits> {
  const { ports, services, signal } = context;
  try {
    const activity = await readActivity(ports.documents, services.clock, signal);
    const { rules, processes, unreadable } = activity;
    if (processes.length === 0) {
      const why =
        unreadable > 0 ? 'what the processes wrote cannot be read' : 'no process has written any yet';
      return { trouble: `The hits of the rules are not known: ${why}`, processes };
    }
    // The state holds so many rules, those with the most hits: of any other it does not say that it had none.
    const isAll = rules.length < MOST_RULES;
    const byRule = new Map(rules.map(({ rule, hits }) => [rule, hits.counts]));
    const hits: Hits = {
      of: (rule) => byRule.get(rule),
      total(rule) {
        const counts = byRule.get(rule);
        if (counts === undefined) return isAll ? 0 : undefined;
        return counts.reduce((sum, count) => sum + count, 0);
      },
    };
    const trouble = missing(activity);
    return { hits, processes, ...(trouble !== undefined && { trouble }) };
  } catch (thrown) {
    signal.throwIfAborted();
    return { trouble: `The hits of the rules are not known: ${messageOf(thrown)}`, processes: [] };
  }
}

/** A process that was killed longer ago is history, unless none is alive: others have its work. Milliseconds. */
const RECENTLY_MS = HOUR_MS;

/** Why hits are missing that there may have been; undefined where none are. */
function missing({ at, processes, unreadable }: Activity): string | undefined {
  if (unreadable > 0) return 'Some hits are missing: what a process wrote cannot be read';
  const isAlive = processes.some(({ state }) => state === 'alive');
  const stale = processes.filter(
    ({ state, writtenOn }) => state === 'stale' && (!isAlive || at - writtenOn < RECENTLY_MS),
  );
  if (stale.length === 0) return undefined;
  const age = formatAge(at - Math.max(...stale.map(({ writtenOn }) => writtenOn)));
  const who =
    stale.length === 1
      ? `the process ${stale[0]?.host} has`
      : `${plural(stale.length, 'process', 'processes')} have`;
  return `Stale hits: ${who} not written for ${age}, because of a kill, a hang, or a state out of reach. What was counted since is missing`;
}
