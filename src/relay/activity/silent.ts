/** Processes that no longer write, and of which a person is told: one rule for what needs attention and for every page. */
import { HOUR_MS } from '../../shared/duration.ts';
import { formatAge, plural } from '../../shared/readable.ts';
import type { Activity, ProcessActivity } from './activity.ts';

/** A process that was killed longer ago is history, unless no consumer is alive: others have its work. Milliseconds. */
const RECENTLY_MS = HOUR_MS;

/** Processes that were killed, hang, or do not reach their state. */
export interface SilentProcesses {
  readonly count: number;
  /** The one that wrote last. */
  readonly host: string;
  /** When it did, ms since the epoch. */
  readonly writtenOn: number;
  /** Whether a consumer is alive that does their work; undefined where not all documents were read. */
  readonly isReplaced: boolean | undefined;
}

type Read = Pick<Activity, 'at' | 'processes' | 'unread'>;

/** Whether a process is alive that reads rows. What waits in memory is known only then: an endpoint or a console alone holds no row. */
export function hasConsumer({ processes }: Pick<Activity, 'processes'>): boolean {
  return processes.some(({ state, consumes }) => state === 'alive' && consumes);
}

/** Undefined where there are none. */
export function silentProcesses({ at, processes, unread }: Read): SilentProcesses | undefined {
  const isReplaced = hasConsumer({ processes }) || (unread > 0 ? undefined : false);
  const isWanted = ({ state, writtenOn }: ProcessActivity) =>
    state === 'stale' && (isReplaced === false || at - writtenOn < RECENTLY_MS);
  const silent = processes.filter(isWanted).toSorted((a, b) => b.writtenOn - a.writtenOn);
  const [last] = silent;
  return last && { count: silent.length, host: last.host, writtenOn: last.writtenOn, isReplaced };
}

/** `the process on web-1:4711 has not written for 3m: killed, ...`. @param at ms since the epoch. */
export function silentSentence({ count, host, writtenOn }: SilentProcesses, at: number): string {
  const who = count === 1 ? `the process on ${host} has` : `${plural(count, 'process', 'processes')} have`;
  return `${who} not written for ${formatAge(at - writtenOn)}: killed, hanging, or without access to the state`;
}
