/** What all processes did, read once for all views that ask within a few seconds: each read lists the state and gets up to a hundred documents. */
import type { Activity } from '../relay/activity/activity.ts';
import { readActivity } from '../relay/activity/read.ts';
import type { Clock } from '../shared/clock.ts';
import { withDeadline } from '../shared/deadline.ts';
import { Kept } from '../shared/kept.ts';
import type { ConsoleContext } from './page.ts';

/** Processes write every 15 seconds, and the page Now asks every 5. Milliseconds. */
const FRESH_MS = 4_000;
/** Less than a view may take, so that it says which part of it is unknown. Milliseconds. */
const LONGEST_MS = 15_000;

/** The last read of a process or an isolate. A failure is not kept. @param shares see Kept. */
export function keptActivity(
  clock: Pick<Clock, 'monotonic'>,
  { shares }: { readonly shares: boolean },
): Kept<Activity> {
  return new Kept({ clock, shares, freshMs: FRESH_MS });
}

/**
 * The activity of all processes, some seconds old at most: see its `at`. A read goes on when the view that began it is aborted, because
 * others may wait for it. Throws as readActivity does, DeadlineError, and the reason of the context's signal.
 */
export async function activityOf({
  activity,
  ports,
  services: { clock },
  signal,
}: Pick<ConsoleContext, 'activity' | 'ports' | 'services' | 'signal'>): Promise<Activity> {
  const read = (until: AbortSignal) => readActivity(ports.documents, clock, until);
  const shared = () => withDeadline(LONGEST_MS, undefined, read, clock);
  const known = await withDeadline(LONGEST_MS, signal, () => activity.get(shared), clock);
  // On Workers another request is reading it, for which this one cannot wait.
  return known ?? (await withDeadline(LONGEST_MS, signal, read, clock));
}
