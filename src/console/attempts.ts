/** Reads parts of a view, of which each may be unknown while the others are shown. */
import { redact } from '../config/redact.ts';
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

/** The sentence about documents of processes that could not be read; undefined where all could. */
export function unreadableSentence(unreadable: number): string | undefined {
  if (unreadable === 0) return undefined;
  if (unreadable === 1) return 'What one process wrote about itself cannot be read: the figures lack it.';
  return `What ${unreadable} processes wrote about themselves cannot be read: the figures lack them.`;
}
