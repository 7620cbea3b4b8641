/** Writes generated rows at the pace that was asked for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Generator } from '../lab/generator/generator.ts';
import type { Writer } from '../lab/writer.ts';

export interface PumpOptions {
  readonly rows: number | undefined;
  /** Rows a second; 0: as fast as they can be written. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

const TICK_MS = 50;
/** Rows made at one go: more would keep the receivers waiting. */
const ROWS_A_TICK = 1000;
/** Bytes that may wait for Azurite. */
const MOST_WAITING = 32 * 1_048_576;
const HOUR_MS = 3_600_000;
/** So many rows, or a tenth of them, still go to the hour before: its blobs grow after their time, as Defender's do. */
const LATE_ROWS = 1000;

/** Writes rows at the given rate until there are enough of them, or until it is told to stop. */
export async function pump(generator: Generator, writer: Writer, options: PumpOptions): Promise<void> {
  const { rate, signal } = options;
  const rows = options.rows ?? Number.POSITIVE_INFINITY;
  const late = Math.min(LATE_ROWS, rows / 10);
  const start = performance.now();
  let made = 0;
  writer.setHour(Date.now() - HOUR_MS);
  while (made < rows) {
    signal.throwIfAborted();
    const wanted = rate === 0 ? rows : ((performance.now() - start) / 1000) * rate;
    const end = Math.min(made + ROWS_A_TICK, Math.floor(wanted), rows);
    while (made < end && writer.waiting < MOST_WAITING) {
      if (made >= late) writer.setHour(undefined);
      writer.add(generator.next());
      made++;
    }
    await writer.append();
    await delay(rate === 0 ? 0 : TICK_MS, undefined, { signal });
  }
  await writer.finish();
}
