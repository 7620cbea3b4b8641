/** A file of rows: how it is written, and what is known of it. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

/** A row as it lies in a blob, line end included. */
export interface BenchRow {
  readonly table: string;
  readonly line: Buffer;
}

/** Rows in a file, as they lie in a blob. */
export interface RowFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** Rows of DeviceProcessEvents: those that the work W keeps. */
  readonly processRows: number;
}

/** A pause for signals after so many rows. */
const TURN = 500;

/** Writes the first `count` rows. */
export async function writeRows(path: string, rows: Iterable<BenchRow>, count: number): Promise<RowFile> {
  const file = createWriteStream(path);
  let written = 0;
  let bytes = 0;
  let processRows = 0;
  for (const { table, line } of rows) {
    if (!file.write(line)) await once(file, 'drain');
    written += 1;
    bytes += line.length;
    if (table === 'DeviceProcessEvents') processRows += 1;
    if (written === count) break;
    if (written % TURN === 0) await turn();
  }
  file.end();
  await once(file, 'close');
  return { path, rows: written, bytes, processRows };
}
