/** Captures: operators have the next rows of a table kept for the playground, where relay.yaml allows that and shows rows of the table. */
import { z } from 'zod';
import type { RelayConfig } from '../../config/schema.ts';
import { capturedRows, captures, startCapture, stopCapture } from '../../relay/capture/ask.ts';
import {
  type Capture,
  type Captured,
  captureTable,
  KEPT_MS,
  LONGEST_MS,
  MOST_ROWS,
} from '../../relay/capture/document.ts';
import { tableLabel } from '../../relay/source/table.ts';
import { RelayError } from '../../shared/errors.ts';
import type { CaptureDone, CapturedTable, CaptureView, RunningCapture } from '../model/capture.ts';
import { type Act, act, type View, view } from '../page.ts';
import { rowPolicy, shownRow } from '../rows.ts';

const MINUTE_MS = 60_000;

/** In any case of letters. */
const table = z.string().max(128).toLowerCase().pipe(captureTable);

const captureView = view({
  path: 'capture',
  query: z.strictObject({ table: table.optional() }),
  keptMs: 0,
  async read({ table: name }, { config, ports, services, signal }): Promise<CaptureView> {
    const { documents } = ports;
    const why = whyNot(config, name);
    const [running, captured] = await Promise.all([
      captures(documents, services.clock, signal),
      name === undefined ? undefined : capturedRows(documents, services.clock, name, signal),
    ]);
    return {
      at: services.clock.now(),
      ...(why !== undefined && { why }),
      running: running.map(runningOf),
      ...(captured && { captured: capturedOf(captured, config) }),
    };
  },
});

const starting = act({
  path: 'capture/start',
  body: z.strictObject({
    table,
    rows: z.number().int().min(1).max(MOST_ROWS).default(20),
    minutes: z
      .number()
      .int()
      .min(1)
      .max(LONGEST_MS / MINUTE_MS)
      .default(5),
  }),
  describe: ({ table: name, rows, minutes }) =>
    `captures the next ${rows} rows of ${tableLabel(name)} for ${minutes} minutes`,
  async run({ table: name, rows, minutes }, { config, ports, services, viewer }): Promise<CaptureDone> {
    const why = whyNot(config, name);
    if (why !== undefined) throw new RelayError('capture_not_allowed', why);
    const asked = { table: name, by: viewer.name, rows, ms: minutes * MINUTE_MS };
    await startCapture(ports.documents, services.clock, asked);
    return {
      said: `The next ${rows} rows of ${tableLabel(name)} are kept, for ${minutes} minutes at most. Consumers begin within 20 seconds.`,
    };
  },
});

const stopping = act({
  path: 'capture/stop',
  body: z.strictObject({ table, forget: z.boolean().default(false) }),
  describe: ({ table: name, forget }) =>
    `ends the capture of ${tableLabel(name)}${forget ? ', and removes its rows' : ''}`,
  async run({ table: name, forget }, { ports }): Promise<CaptureDone> {
    const label = tableLabel(name);
    const found = await stopCapture(ports.documents, name, { forget });
    if (!found) return { said: `Nothing of ${label} was captured.` };
    const kept = forget ? 'Its rows are removed.' : 'Its rows are kept for an hour after its start.';
    return { said: `The capture of ${label} has ended; consumers learn of that within 20 seconds. ${kept}` };
  },
});

/** Rows that nobody could look at are not kept either. */
function whyNot(config: Pick<RelayConfig, 'console'>, name: string | undefined): string | undefined {
  if (config.console?.capture !== true)
    return 'Rows are not captured: the setting console.capture in relay.yaml does not allow it.';
  // Without a table, whether any rows are shown.
  const shown = name === undefined ? config.console.rows.show : rowPolicy(config, name).shown;
  return shown
    ? undefined
    : 'Rows of this table are not captured: the setting console.rows does not show them.';
}

function runningOf({ table: name, by, startedOn, until, most }: Capture): RunningCapture {
  return { table: name, by, startedOn, until, most };
}

function capturedOf(captured: Captured, config: RelayConfig): CapturedTable {
  const { full, tooLong, rows, startedOn } = captured;
  const policy = rowPolicy(config, captured.table);
  return {
    ...runningOf(captured),
    expires: startedOn + KEPT_MS,
    full,
    tooLong,
    rows: rows.map(({ at, text }) => ({ at, row: shownRow(Buffer.from(text), policy) })),
  };
}

export const captureViews: readonly View[] = [captureView];
export const captureActs: readonly Act[] = [starting, stopping];
