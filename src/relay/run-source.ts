/** What runs for one source besides its blobs' tasks: the decision where to begin, the sweeps, the watch. Each source runs separately. */
import { loggedError } from '../shared/errors.ts';
import { beginReading } from './discovery/first-reading.ts';
import { type SweepSchedule, sweepRegularly } from './discovery/sweep-regularly.ts';
import type { BeginningSource } from './source/sources.ts';
import { decideStart } from './source/start.ts';
import { deletedOn } from './status/retention.ts';
import { watchRegularly } from './status/watch.ts';

/** Pauses between two tries to read a source that does not answer yet: the first, doubled up to the longest. Milliseconds. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** Decides where the reading of a source begins; true where nothing was ever read of it. Throws BlobError and CheckpointError. */
export async function decideSource({ deps, account, startAt, begin }: BeginningSource): Promise<boolean> {
  const { containerPrefix } = account;
  const { start, isFirst } = await decideStart(deps, { containerPrefix, startAt });
  begin.start = start;
  begin.isDecided = true;
  return isFirst;
}

/**
 * {@link decideSource} where `start_at` says something and nothing is decided yet. Never throws: a source that does not answer is
 * asked again at the next call, and its blobs wait.
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

/** {@link decideSource}, again and again while the source does not answer: the others need not wait for it. */
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
 * @param isFirst as {@link decideSource} said; undefined: it is asked here.
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
