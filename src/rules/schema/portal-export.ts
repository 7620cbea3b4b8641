/** Reads the result of `{EventType} | getschema | project ColumnName, ColumnType` as the portal and its APIs export it: CSV or JSON. */
import { type Diagnostic, diagnostic, type Mistake, START } from '../../diagnostics/diagnostic.ts';
import { oneOf } from '../../diagnostics/sentences.ts';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { readCsv } from './csv.ts';
import { KUSTO_TYPES, type KustoType, type TableSchema } from './index.ts';
import { isName, MAX_COLUMNS, MAX_TABLES } from './own-file.ts';
import { decodeText } from './text-encoding.ts';

/** The size limit of an export, in bytes: one file with every column of `getschema` for all tables of a tenant is smaller. */
export const MAX_EXPORT_BYTES = 16 * 1024 * 1024;

/** How many mistakes of one file are reported. */
const MOST_TOLD = 20;
/** The limit of records: a file with more is not a schema. */
const MAX_RECORDS = 200_000;

export interface PortalExport {
  readonly tables: readonly TableSchema[];
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text, to show the places of mistakes. */
  readonly text: string;
}

/** One column of one table, as an export has it. */
interface ExportRecord {
  readonly line: number;
  /** The number of the entry in a JSON file, where a line would not help. */
  readonly entry: number | undefined;
  readonly table: string | undefined;
  readonly column: string;
  readonly type: string;
}

/**
 * Reads an export. Never throws.
 *
 * @param table the table of a file that does not name its table; if undefined, the file's name says it. From a file with a column
 * for the table, `table` selects one.
 */
export function readPortalExport(path: string, bytes: Uint8Array, table: string | undefined): PortalExport {
  const text = decodeText(bytes);
  if (text === undefined) {
    return refused(path, '', {
      ...NO_SCHEMA,
      message: 'the file is not text',
      hint: 'export the result as CSV',
    });
  }
  if (text.trim() === '') return refused(path, '', { code: 'empty-file', message: 'the file is empty' });
  const read = /^\s*[[{]/.test(text) ? recordsOfJson(text) : recordsOfCsv(text);
  if ('message' in read) return refused(path, text, read, read.line);
  const collected = new Collected(path, table);
  for (const record of read) collected.add(record);
  return { ...collected.result(), text };
}

const NO_SCHEMA = {
  code: 'no-schema-export',
  hint: 'run "<table> | getschema | project ColumnName, ColumnType" in the portal and export its result',
} as const;

type Refusal = Mistake & { readonly line?: number };

function refused(path: string, text: string, mistake: Mistake, line = 1): PortalExport {
  return { tables: [], diagnostics: [diagnostic(path, { ...START, line }, mistake)], text };
}

/** Collects tables and mistakes while records are read. */
class Collected {
  readonly #path: string;
  readonly #only: string | undefined;
  readonly #fallback: string | undefined;
  readonly #tables = new Map<string, { readonly table: string; readonly columns: Map<string, KustoType> }>();
  readonly #diagnostics: Diagnostic[] = [];
  #mistakes = 0;

  constructor(path: string, table: string | undefined) {
    this.#path = path;
    this.#only = table;
    this.#fallback = table ?? tableInName(path);
  }

  add(record: ExportRecord): void {
    const name = record.table ?? this.#fallback;
    if (name === undefined) {
      const message = 'neither the file nor its name says which table it is about';
      this.#tell(record, { code: 'missing-key', message, hint: 'name it with --table' });
      return;
    }
    if (this.#only !== undefined && name.toLowerCase() !== this.#only.toLowerCase()) return;
    const column = record.column;
    if (!isName(name)) this.#tell(record, badName('table', name));
    else if (!isName(column)) this.#tell(record, badName('column', column));
    else this.#put(name, column, record);
  }

  result(): Omit<PortalExport, 'text'> {
    if (this.#mistakes > MOST_TOLD) {
      const message = `${this.#mistakes - MOST_TOLD} more mistakes like these`;
      this.#diagnostics.push(diagnostic(this.#path, START, { ...NO_SCHEMA, message }));
    }
    if (this.#tables.size === 0 && this.#mistakes === 0) {
      const message =
        this.#only === undefined
          ? 'the file has no columns'
          : `the file has no columns of the table "${this.#only}"`;
      this.#diagnostics.push(diagnostic(this.#path, START, { ...NO_SCHEMA, message }));
    }
    return { tables: [...this.#tables.values()], diagnostics: this.#diagnostics };
  }

  #put(table: string, column: string, record: ExportRecord): void {
    const type = kustoType(record.type);
    if (type === undefined) {
      const message = `the type of ${column} is ${quoted(record.type)}, but must be ${oneOf(KUSTO_TYPES)}`;
      this.#tell(record, { code: 'not-allowed', message });
      return;
    }
    const key = table.toLowerCase();
    const found = this.#tables.get(key) ?? { table, columns: new Map<string, KustoType>() };
    const before = found.columns.get(column);
    const isFull = before === undefined && found.columns.size >= MAX_COLUMNS;
    if (isFull || (!this.#tables.has(key) && this.#tables.size >= MAX_TABLES)) {
      const message = `the file has more than ${MAX_TABLES} tables, or ${MAX_COLUMNS} columns of one`;
      this.#tell(record, { code: 'too-large', message });
    } else if (before !== undefined && before !== type) {
      const message = `${table}.${column} is ${type} here, and ${before} above`;
      this.#tell(record, { code: 'type-conflict', message });
    } else {
      this.#tables.set(key, found);
      found.columns.set(column, type);
    }
  }

  #tell({ line, entry }: ExportRecord, mistake: Mistake): void {
    this.#mistakes += 1;
    if (this.#mistakes > MOST_TOLD) return;
    const message = entry === undefined ? mistake.message : `entry ${entry}: ${mistake.message}`;
    this.#diagnostics.push(diagnostic(this.#path, { ...START, line }, { ...mistake, message }));
  }
}

function badName(what: 'table' | 'column', name: string): Mistake {
  const message = `${quoted(name)} is no name of a ${what}: letters, digits and "_", at most 128`;
  return { code: 'bad-format', message };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** The table that a file name such as `DeviceEvents.csv` or `DeviceEvents (1).csv` contains. */
function tableInName(path: string): string | undefined {
  const name = path
    .replace(/^.*[/\\]/, '')
    .replace(/\.\w+$/, '')
    .replace(/ ?\(\d+\)$/, '');
  return isName(name) ? name : undefined;
}

// The headings of the columns that are read, in lower case, without spaces and "_".

const TABLE_NAMES: ReadonlySet<string> = new Set(['table', 'tablename', 'eventtype', '$table']);
const COLUMN_NAMES: ReadonlySet<string> = new Set(['columnname', 'column']);
/** The first heading that an export has is used. `DataType` is the .NET name of the type. */
const TYPE_NAMES = ['columntype', 'type', 'datatype'] as const;

/** The positions of an export's columns. */
interface Header {
  readonly table: number;
  readonly column: number;
  readonly type: number;
}

function headerOf(cells: readonly string[]): Header | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase().replace(/[ _]/g, ''));
  const column = names.findIndex((name) => COLUMN_NAMES.has(name));
  const type = TYPE_NAMES.map((name) => names.indexOf(name)).find((index) => index >= 0);
  if (column < 0 || type === undefined) return undefined;
  return { table: names.findIndex((name) => TABLE_NAMES.has(name)), column, type };
}

function recordOf(cells: readonly string[], header: Header): Pick<ExportRecord, 'table' | 'column' | 'type'> {
  const cell = (index: number) => (cells[index] ?? '').trim();
  return {
    table: header.table < 0 ? undefined : cell(header.table),
    column: cell(header.column),
    type: cell(header.type),
  };
}

function recordsOfCsv(whole: string): readonly ExportRecord[] | Refusal {
  // Excel declares the separator in the first line.
  const said = /^sep=(.)\r?\n/i.exec(whole);
  const text = said ? `\n${whole.slice(said[0].length)}` : whole;
  const [separator, header] =
    [...(said?.[1] ?? ''), ',', ';', '\t'].flatMap((one): [string, Header][] => {
      const found = headerOf(readCsv(text, one, 1).records[0]?.cells ?? []);
      return found ? [[one, found]] : [];
    })[0] ?? [];
  if (separator === undefined || header === undefined) {
    return { ...NO_SCHEMA, message: 'the first line does not name the columns ColumnName and ColumnType' };
  }
  const { records, mistake } = readCsv(text, separator, MAX_RECORDS + 2);
  if (mistake) return { ...NO_SCHEMA, ...mistake };
  if (records.length > MAX_RECORDS) return tooMany();
  return records.slice(1).map(({ line, cells }) => ({ line, entry: undefined, ...recordOf(cells, header) }));
}

function tooMany(): Refusal {
  return {
    ...NO_SCHEMA,
    code: 'too-large',
    message: `the file has more than ${MAX_RECORDS.toLocaleString('en-US')} lines`,
  };
}

function recordsOfJson(text: string): readonly ExportRecord[] | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ...NO_SCHEMA, message: 'the file begins like JSON, and is none' };
  }
  const found = entriesOf(value);
  if (found.length > MAX_RECORDS) return tooMany();
  const records = found.map((entry, index) => {
    const names = Object.keys(entry);
    const header = headerOf(names);
    const cells = names.map((name) => (typeof entry[name] === 'string' ? entry[name] : ''));
    return header && { line: 1, entry: index + 1, ...recordOf(cells, header) };
  });
  const complete = records.filter((record) => record !== undefined);
  if (complete.length < records.length || records.length === 0) {
    return { ...NO_SCHEMA, message: 'the file is JSON without entries of ColumnName and ColumnType' };
  }
  return complete;
}

/** The entries of a list of objects, of `results` (Microsoft Graph's hunting API), or of `tables` (Azure's query APIs, whose rows are lists). */
function entriesOf(value: unknown): readonly JsonObject[] {
  if (Array.isArray(value)) return value.map((entry) => (isJsonObject(entry) ? entry : {}));
  if (!isJsonObject(value)) return [];
  const part = (object: JsonObject, name: string) =>
    Object.entries(object).find(([key]) => key.toLowerCase() === name)?.[1];
  const results = part(value, 'results');
  if (Array.isArray(results)) return entriesOf(results);
  const tables = part(value, 'tables');
  return (Array.isArray(tables) ? tables : []).flatMap((table) => {
    const [columns, rows] = isJsonObject(table) ? [part(table, 'columns'), part(table, 'rows')] : [];
    if (!Array.isArray(columns) || !Array.isArray(rows)) return [];
    const names = columns.map((column) => {
      const name = isJsonObject(column) ? (part(column, 'name') ?? part(column, 'columnname')) : undefined;
      return typeof name === 'string' ? name : '';
    });
    return rows.map((row) =>
      Object.fromEntries(
        names.map((name, index) => [name, Array.isArray(row) ? (row[index] ?? null) : null]),
      ),
    );
  });
}

/** The portal's names for types, and the .NET names. */
const SYNONYMS: ReadonlyMap<string, KustoType> = new Map([
  ['boolean', 'bool'],
  ['sbyte', 'bool'],
  ['date', 'datetime'],
  ['object', 'dynamic'],
  ['uuid', 'guid'],
  ['uniqueid', 'guid'],
  ['int32', 'int'],
  ['int64', 'long'],
  ['double', 'real'],
  ['decimal', 'real'],
  ['data.sqltypes.sqldecimal', 'real'],
  ['timespan', 'string'],
  ['time', 'string'],
]);

function kustoType(name: string): KustoType | undefined {
  const plain = name.toLowerCase().replace(/^system\./, '');
  return KUSTO_TYPES.find((known) => known === plain) ?? SYNONYMS.get(plain);
}
