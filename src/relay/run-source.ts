/** Runs what a source needs besides its blobs' tasks: the decision where reading begins, the sweeps, the watch. Each source runs separately. */
import { loggedError } from '../shared/errors.ts';
import { beginReading } from './discovery/first-reading.ts';
import { type SweepSchedule, sweepRegularly } from './discovery/sweep-regularly.ts';
import type { BeginningSource } from './source/sources.ts';
import { decideStart } from './source/start.ts';
import { deletedOn } from './status/retention.ts';
import { watchRegularly } from './status/watch.ts';

/** The first pause between two tries to read a source that does not respond yet; it doubles up to the longest, below. Milliseconds. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** Decides where the reading of a source begins. Returns true if nothing was ever read from it. Throws BlobError and CheckpointError. */
export async function decideSource({ deps, account, startAt, begin }: BeginningSource): Promise<boolean> {
  const { containerPrefix } = account;
  const { start, isFirst } = await decideStart(deps, { containerPrefix, startAt });
  begin.start = start;
  begin.isDecided = true;
  return isFirst;
}

/**
 * Calls {@link decideSource} if `start_at` is set and nothing is decided yet. Never throws: if the source does not respond, its blobs wait,
 * and the next call tries again.
 */
export async function decideOnce(source: BeginningSource): Promise<void> {
  const { begin, deps, startAt } = source;
  if (begin.isDecided) return;
  try {
    if (startAt === undefined) begin.isDecided = true;
    else await decideSource(source);
  } catch (error) {
    deps.logger.error('The source cannot be read; its blobs wait', {
      ...loggedError(error),
    });
  }
}

/** Repeats {@link decideSource} until the source responds. Other sources do not wait for it. */
async function decidePatiently(source: BeginningSource, stop: AbortSignal): Promise<boolean> {
  const { clock, logger } = source.deps;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await decideSource(source);
    } catch (error) {
      const seconds = pause / 1000;
      logger.error('The source cannot be read; its blobs wait', {
        ...loggedError(error),
        nextTrySeconds: seconds,
      });
    }
    await clock.sleep(pause, stop);
  }
}

/**
 * Sweeps and watches a source until stopped.
 *
 * @param isFirst the result of {@link decideSource}; undefined to call it here.
 */
export async function runSource(
  source: BeginningSource,
  schedule: SweepSchedule,
  isFirst: boolean | undefined,
  stop: AbortSignal,
): Promise<void> {
  const { deps, account, retentionMs } = source;
  const { containerPrefix } = account;
  let first: boolean;
  try {
    first = isFirst ?? (await decidePatiently(source, stop));
  } catch (error) {
    if (stop.aborted) return;
    throw error;
  }
  const watch = { containerPrefix, deletedOn: deletedOn({ retentionMs }), most: Number.POSITIVE_INFINITY };
  await Promise.all([
    sweepRegularly(source, schedule, stop),
    watchRegularly(deps, { ...watch, intervalMs: schedule.intervalMs }, stop),
    beginReading(deps, { containerPrefix, wideMs: schedule.wideMs, isFirst: first }, stop),
  ]);
}
