/** Reads rows as a blob's rows are read: lines of Defender's stream, a JSON array of them, or columns alone. */
import { Buffer } from 'node:buffer';
import { documentSplitter } from '../../../src/blobs/rows/document.ts';
import { formatOf } from '../../../src/blobs/rows/format.ts';
import { type ParsedRow, parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../src/blobs/rows/raw-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { isJsonObject, type JsonValue } from '../../../src/shared/json.ts';

/** A row with its bytes. */
export interface ReadRow {
  readonly raw: RawRow;
  readonly parsed: ParsedRow;
}

export interface RowsFrom {
  readonly text: string;
  /** The table of rows that are columns alone. */
  readonly table: string;
  /** `container/name` of the blob that the rows are read as if from. */
  readonly blob: string;
  /** The envelope's time of rows that are columns alone. */
  readonly time: string;
}

/** Rows that are looked at. */
export const MOST_ROWS = 200;
/** `limits.row` as relay.yaml has it by default, bytes. */
const ROW_LIMIT = 4 * 1024 * 1024;

const TENANT = '00000000-0000-4000-8000-000000000000';

/** The rows in their order, at most {@link MOST_ROWS}, and how many there are. */
export function readRows(from: RowsFrom): { readonly rows: readonly ReadRow[]; readonly total: number } {
  const bytes = Buffer.from(blobText(from));
  const isDocument = formatOf(bytes) === 'document';
  const splitter = isDocument ? documentSplitter(0, ROW_LIMIT) : scannedLineSplitter(0, ROW_LIMIT, scanPage);
  const raws = [...splitter.push(bytes)];
  const rest = splitter.rest();
  if (rest) raws.push(rest);
  const rows = raws.slice(0, MOST_ROWS).map((raw) => ({ raw, parsed: parseRow(raw, from.blob, ROW_LIMIT) }));
  return { rows, total: raws.length };
}

/** The text as a blob would have it: the relay reads a last line only when its line end is there. */
function blobText({ text, table, time }: RowsFrom): string {
  const trimmed = text.trim();
  const whole = parsedOf(trimmed);
  if (Array.isArray(whole) && whole.some((one) => isColumns(one))) {
    // The digits of numbers stay as they were written only where rows have their envelope.
    return linesOf(
      whole.map((one) =>
        isColumns(one) ? enveloped(JSON.stringify(one), table, time) : JSON.stringify(one),
      ),
    );
  }
  if (Array.isArray(whole)) return trimmed;
  if (isJsonObject(whole) && Array.isArray(whole.records)) return trimmed;
  if (isJsonObject(whole)) {
    const line = trimmed.replace(/\r?\n\s*/g, ' ');
    return linesOf([isColumns(whole) ? enveloped(line, table, time) : line]);
  }
  return linesOf(
    trimmed.split(/\r?\n/).map((line) => (isColumns(parsedOf(line)) ? enveloped(line, table, time) : line)),
  );
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}

/** Whether a value is the columns of a row without what Azure puts around them. */
function isColumns(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && !('properties' in value && 'category' in value);
}

function enveloped(columns: string, table: string, time: string): string {
  const category = JSON.stringify(`AdvancedHunting-${table}`);
  return `{"time":${JSON.stringify(time)},"tenantId":"${TENANT}","operationName":"Publish","category":${category},"properties":${columns}}`;
}

function parsedOf(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
