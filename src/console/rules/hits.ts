/** How often rules matched in the last 24 hours. */
import { MOST_RULES } from '../../relay/activity/document.ts';
import { readActivity } from '../../relay/activity/read.ts';
import { messageOf } from '../../shared/errors.ts';
import type { ConsoleContext } from '../page.ts';

/** Hits by the label of the rule. */
export interface Hits {
  /** By hour, the oldest first; undefined for a rule without hits. */
  of(rule: string): readonly number[] | undefined;
  /** Undefined where it is not known. */
  total(rule: string): number | undefined;
}

/** Undefined where they are not known, with a sentence that says why: that is not zero. */
export async function readHits(
  context: ConsoleContext,
): Promise<{ readonly hits?: Hits; readonly trouble?: string }> {
  const { ports, services, signal } = context;
  try {
    const { rules, processes, unreadable } = await readActivity(ports.documents, services.clock, signal);
    if (processes.length === 0) {
      const why =
        unreadable > 0 ? 'what the processes wrote cannot be read' : 'no process has written any yet';
      return { trouble: `The hits of the rules are not known: ${why}` };
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
    return {
      hits,
      ...(unreadable > 0 && { trouble: 'Some hits are missing: what a process wrote cannot be read' }),
    };
  } catch (thrown) {
    signal.throwIfAborted();
    return { trouble: `The hits of the rules are not known: ${messageOf(thrown)}` };
  }
}
