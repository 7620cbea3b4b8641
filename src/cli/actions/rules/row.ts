/** Reads a row that a command is given as a file. */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { parseExact } from '../../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';

/** A row, and its table if it is a line of a blob, which says it. */
export interface GivenRow {
  readonly table?: string;
  readonly properties: JsonObject;
}

/** Reads a file without the byte order mark that editors on Windows and PowerShell write. @param file `-` for standard input. */
export async function readText(file: string): Promise<string> {
  try {
    const text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8');
    return text.replace(/^\ufeff/, '');
  } catch (cause) {
    throw new RelayError('file_unreadable', `${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Reads a line of a blob, or the columns alone. Throws a RelayError for a file that holds no such JSON. */
export async function readRow(file: string): Promise<GivenRow> {
  const text = await readText(file);
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (cause) {
    throw new RelayError('row_unreadable', `${file}: ${messageOf(cause)}`, { cause });
  }
  if (!isJsonObject(value)) throw new RelayError('row_unreadable', `${file}: not a JSON object`);
  const { category, properties } = value;
  if (typeof category === 'string' && isJsonObject(properties)) {
    return { table: category.replace(/^AdvancedHunting-/i, ''), properties };
  }
  return { properties: value };
}
