/** How often rules matched in the last 24 hours. */
import type { Activity, ProcessActivity } from '../../relay/activity/activity.ts';
import { MOST_RULES } from '../../relay/activity/document.ts';
import { silentProcesses, silentSentence } from '../../relay/activity/silent.ts';
import { messageOf } from '../../shared/errors.ts';
import { activityOf } from '../activity.ts';
import { lacking } from '../attempts.ts';
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
  const { signal } = context;
  try {
    const activity = await activityOf(context);
    const { rules, processes, unreadable } = activity;
    if (processes.length === 0) {
      const why =
        unreadable > 0 ? 'what the processes wrote cannot be read' : 'no process has written any yet';
      return { trouble: `The hits of the rules are not known: ${why}`, processes };
    }
    // A document holds so many rules, those with the most hits: of any other it does not say that it had none, nor does one that was not read.
    const isAll = rules.length < MOST_RULES && lacking(activity).length === 0;
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

/** Why hits are missing that there may have been; undefined where none are. */
function missing(activity: Activity): string | undefined {
  const silent = silentProcesses(activity);
  const sentences = lacking(activity).map((sentence) => `Some hits are missing. ${sentence}`);
  if (silent) {
    sentences.push(
      `Stale hits: ${silentSentence(silent, activity.at)}. What was counted there since is missing.`,
    );
  }
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}
