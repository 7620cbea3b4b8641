/** Reads a row that a command is given as a file. */
import { placeIn } from '../../../rules/lists/text-places.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { parseExact } from '../../../shared/exact-numbers.ts';
import { isJsonObject, type JsonObject } from '../../../shared/json.ts';
import { jsonMistake } from '../../../shared/json-mistake.ts';
import { readAtMost } from '../../read-at-most.ts';

/** A row, and its table if it is a line of a blob, which says it. */
export interface GivenRow {
  readonly table?: string;
  readonly properties: JsonObject;
}

/** Far more than a row, or a rule file, has. Bytes. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads a file of at most 16 MiB without the byte order mark that editors on Windows and PowerShell write. @param file `-` for standard input. */
export async function readText(file: string): Promise<string> {
  try {
    const text = await readAtMost(file, MAX_BYTES);
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
    throw new RelayError('row_unreadable', `${file}: ${mistakeIn(text) ?? messageOf(cause)}`, { cause });
  }
  if (!isJsonObject(value)) throw new RelayError('row_unreadable', `${file}: not a JSON object`);
  const { category, properties } = value;
  if (typeof category === 'string' && isJsonObject(properties)) {
    return { table: category.replace(/^AdvancedHunting-/i, ''), properties };
  }
  return { properties: value };
}

/** `line 3, column 5: a comma or } must come here`. */
function mistakeIn(text: string): string | undefined {
  const mistake = jsonMistake(text);
  if (!mistake) return undefined;
  const { line, column } = placeIn(text, mistake.at);
  return `line ${line}, column ${column}: ${mistake.message}`;
}
