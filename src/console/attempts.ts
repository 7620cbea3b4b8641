/** Reads parts of a view, of which each may be unknown while the others are shown. */
import { redact } from '../config/redact.ts';
import type { Activity } from '../relay/activity/activity.ts';
import { MOST_PROCESSES } from '../relay/activity/read.ts';
import { messageOf } from '../shared/errors.ts';
import type { ConsoleContext } from './page.ts';

export interface Attempts {
  /** Why parts are unknown, one sentence each. */
  readonly trouble: string[];
  /** Undefined where `work` fails. @param what begins the sentence: `What was delivered is unknown`. */
  attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined>;
}

export function attempts({ signal, host }: Pick<ConsoleContext, 'signal' | 'host'>): Attempts {
  const trouble: string[] = [];
  return {
    trouble,
    async attempt(what, work) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        trouble.push(`${what}: ${redact(messageOf(error), host.secrets)}`);
        return undefined;
      }
    },
  };
}

/** What processes wrote and the figures lack, one sentence each; none where the figures have all of it. */
export function lacking(activity: Pick<Activity, 'unreadable' | 'unread'> | undefined): readonly string[] {
  if (activity === undefined) return [];
  const { unreadable, unread } = activity;
  const sentences: string[] = [];
  if (unreadable > 0) {
    sentences.push(
      unreadable === 1
        ? 'What one process wrote about itself cannot be read: the figures lack it.'
        : `What ${unreadable} processes wrote about themselves cannot be read: the figures lack them.`,
    );
  }
  if (unread > 0) {
    const others = unread === 1 ? 'one that started before them' : `${unread} that started before them`;
    sentences.push(
      `Only the ${MOST_PROCESSES} processes, or isolates of a Worker, that started last are looked at: the figures lack ${others}.`,
    );
  }
  return sentences;
}
