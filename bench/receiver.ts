/** The receiver of what is delivered, as the benches use it. */
import { setTimeout as delay } from 'node:timers/promises';
import { startChild } from '../lab/process.ts';
import { programFile, readReport } from './program.ts';

/** What came so far. */
export interface Received {
  readonly events: number;
  readonly requests: number;
  /** As they came, compressed. */
  readonly bytes: number;
  /** When the rows with a column `Mark` came first; milliseconds since the epoch. */
  readonly marks: readonly (readonly [string, number])[];
}

export interface BenchReceiver {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Its process, for what it costs. */
  readonly pid: number;
  received(): Promise<Received>;
  /** Counts from 0. */
  reset(): Promise<void>;
  /**
   * Resolves with what came once `events` have come. Rejects when nothing more comes for a while, or when the signal is aborted.
   *
   * @param words what the sender said last, for the error.
   */
  until(events: number, signal: AbortSignal, words: () => string): Promise<Received>;
  stop(): Promise<void>;
}

const LOOK_MS = 100;
/** Longer than the longest pause of a relay that has work. */
const SILENCE_MS = 90_000;

/** Starts a receiver in a process of its own. */
export async function startReceiver(): Promise<BenchReceiver> {
  const listening = Promise.withResolvers<number>();
  const child = startChild({
    name: 'The receiver',
    args: [programFile('receiver')],
    ownGroup: true,
    onLine(line) {
      const read = readReport(line);
      if (read && 'port' in read) listening.resolve(read.port);
    },
  });
  const port = await Promise.race([listening.promise, child.ended]);
  const url = `http://127.0.0.1:${port}`;
  const received = async () => (await (await fetch(url)).json()) as Received;
  return {
    url,
    port,
    pid: child.pid ?? 0,
    received,
    async reset() {
      await (await fetch(url, { method: 'DELETE' })).arrayBuffer();
    },
    async until(events, signal, words) {
      let most = -1;
      let changedAt = performance.now();
      for (;;) {
        const now = await received();
        if (now.events >= events) return now;
        if (now.events > most) {
          most = now.events;
          changedAt = performance.now();
        }
        if (performance.now() - changedAt > SILENCE_MS)
          throw new Error(
            `${most} of ${events} events came, and nothing more for ${SILENCE_MS / 1000} s.\n${words()}`,
          );
        await delay(LOOK_MS, undefined, { signal });
      }
    },
    async stop() {
      await child.stop('SIGKILL');
    },
  };
}
