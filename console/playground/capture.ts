/** Rows of the stream for the playground: asks the relay to keep the next ones of a table, and waits for them. */
import type { CaptureDone, CaptureStartBody, CaptureView } from '../../src/console/model/capture.ts';
import { readView, sendAct } from '../api.ts';

/** Consumers look for captures every 20 s, and Workers every 30 s. Milliseconds. */
const PATIENCE_MS = 90_000;
const EVERY_MS = 2_000;
/** After the first row, so long for others of the table to come. Milliseconds. */
const COMPANY_MS = 6_000;

/**
 * The next rows of a table as lines of JSON. Rejects with a sentence for the person: the relay's own, or that none came within
 * 90 s.
 */
export async function captureRows(table: string, signal: AbortSignal): Promise<string> {
  const began = performance.now();
  let { running } = await look(table, signal);
  if (!running) {
    await sendAct<CaptureDone>('capture/start', { table } satisfies CaptureStartBody);
    ({ running } = await look(table, signal));
  }
  const startedOn = running?.startedOn ?? 0;
  let firstAt: number | undefined;
  for (;;) {
    const { captured, running: stillRuns } = await look(table, signal);
    // What an earlier capture has kept is not what comes now.
    const rows = captured && captured.startedOn >= startedOn ? captured.rows : [];
    const now = performance.now();
    if (rows.length > 0) firstAt ??= now;
    const isOver = captured?.full === true || !stillRuns || now - (firstAt ?? now) >= COMPANY_MS;
    if (rows.length > 0 && isOver) return linesOf(rows);
    if (now - began > PATIENCE_MS) {
      throw new Error(
        `No row of ${table} came within ${PATIENCE_MS / 1000} s. The capture goes on for some minutes: ask again.`,
      );
    }
    await pause(EVERY_MS, signal);
  }
}

async function look(table: string, signal: AbortSignal) {
  const { why, running, captured } = await readView<CaptureView>('capture', { table }, signal);
  if (why !== undefined) throw new Error(why);
  return { captured, running: running.find((one) => one.table === table.toLowerCase()) };
}

function linesOf(rows: NonNullable<CaptureView['captured']>['rows']): string {
  const [hidden] = rows.filter(({ row }) => row.text === undefined);
  if (hidden) throw new Error(hidden.row.why ?? 'The rows are not shown.');
  return rows.map(({ row }) => row.text).join('\n');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('The page was left.'));
    });
  });
}
