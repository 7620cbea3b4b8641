/** Chooses the columns of a row that a rule may go by: those that tell what happens, and that are the same when it happens again. */
import type { JsonObject } from '../../shared/json.ts';
import { isAddressColumn } from '../schema/addresses.ts';
import type { TableSchema } from '../schema/index.ts';

/** A column of the row, and how the rule asks for it. */
export interface Chosen {
  readonly column: string;
  readonly modifiers: '' | '|contains' | '|contains|all' | '|endswith';
  readonly values: readonly (string | number)[];
}

export interface ChosenColumns {
  readonly chosen: readonly Chosen[];
  /** What else the row holds that may tell it apart: hashes, addresses, versions. They change soon, so they are suggestions. */
  readonly others: readonly { readonly column: string; readonly value: string | number }[];
}

/** The columns that say most, in the order of a rule. Most tables have a few of them. */
const TELLING = [
  'ActionType', 'Operation', 'EventType', 'FileName', 'ProcessVersionInfoOriginalFileName', 'ProcessCommandLine',
  'InitiatingProcessFileName', 'RegistryKey', 'RegistryValueName', 'RemoteUrl', 'RemotePort', 'Protocol', 'LogonType',
  'FailureReason', 'Application', 'ObjectType', 'QueryType', 'Query', 'Title', 'Category', 'ServiceSource', 'DetectionSource',
  'ThreatTypes', 'ThreatNames', 'DetectionMethods', 'DeliveryAction', 'EmailDirection', 'Subject', 'FileType', 'UrlDomain', 'Workload',
  'EntityType', 'EvidenceRole', 'OAuthAppId', 'UserAgent', 'RequestMethod', 'ResourceType', 'Severity',
] as const; // biome-ignore format: one list

/** Columns that the same event has otherwise next time, or that name a person or a device. */
const VOLATILE =
  /(?:Id|Ids|Guid|Time|Timestamp|Date|Sid|Upn|Name|Names|Address|Addresses|Url|Domain|Token|Hash|MD5|SHA1|SHA256|Path|Folder|Number|Count|Version|Location|City|Country|State|Group|Tags|Owner|Manager|Phone|Description|Recipient|Sender|Subject|Fields|Data|Info|Content|Details|Key|Value|Certificate|Signature|Issuer)$/i;
const MOST_CHOSEN = 6;
const MOST_OTHERS = 6;
const LONGEST = 200;
const OTHERS =
  /^(?:SHA256|SHA1|MD5|FolderPath|RemoteIP|InitiatingProcessSHA256|InitiatingProcessCommandLine|RegistryValueData|SenderFromDomain)$/;

/** Chooses columns. Empty if the row holds nothing that a rule could compare. */
export function chooseColumns(row: JsonObject, schema: TableSchema): ChosenColumns {
  const chosen: Chosen[] = [];
  const add = (column: string): void => {
    if (chosen.length >= MOST_CHOSEN || chosen.some((one) => one.column === column)) return;
    const found = chosenFrom(column, row, schema);
    if (found) chosen.push(found);
  };
  for (const column of TELLING) add(column);
  const isOnlyAction = chosen.every(({ column }) => column === 'ActionType');
  // What remains is less telling; it is used where there is nothing better.
  if (isOnlyAction) for (const column of schema.columns.keys()) if (!VOLATILE.test(column)) add(column);
  if (chosen.length === 0) for (const column of schema.columns.keys()) add(column);
  const others = [...schema.columns.keys()].flatMap((column) => {
    const value = comparable(column, row, schema);
    const isChosen = chosen.some((one) => one.column === column);
    if (!OTHERS.test(column) || isChosen || value === undefined) return [];
    return [{ column, value: typeof value === 'string' ? beginningOf(value) : value }];
  });
  return { chosen, others: others.slice(0, MOST_OTHERS) };
}

/** A value that a rule can compare: a short text, or a whole number of a column of numbers. */
function comparable(column: string, row: JsonObject, { columns }: TableSchema): string | number | undefined {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  const type = columns.get(column);
  if (type === 'string' || type === 'guid') {
    const isText = typeof value === 'string' && value !== '' && value.isWellFormed();
    return isText && !/\p{Cc}/u.test(value) ? value : undefined;
  }
  const isNumber = (type === 'int' || type === 'long') && typeof value === 'number';
  return isNumber && Number.isSafeInteger(value) ? value : undefined;
}

function chosenFrom(column: string, row: JsonObject, schema: TableSchema): Chosen | undefined {
  const value = comparable(column, row, schema);
  if (value === undefined) return undefined;
  if (typeof value === 'number') return { column, modifiers: '', values: [value] };
  if (column.endsWith('CommandLine')) return commandLine(column, value);
  if (column === 'RegistryKey') return registryKey(value);
  if (column === 'RemoteUrl') return { column, modifiers: '|contains', values: [hostIn(value)] };
  // A name of a file has no path; what holds one says something else than its column.
  if (/FileName$/.test(column) && /[\\/]/.test(value)) return undefined;
  return value.length > LONGEST || isAddressColumn(column)
    ? undefined
    : { column, modifiers: '', values: [value] };
}

/** Pieces of a command line that another use of the command would have too: switches and words, not paths of a user, names or numbers. */
function commandLine(column: string, text: string): Chosen | undefined {
  const [, ...rest] = text.split(/\s+/);
  const pieces = rest
    .flatMap((piece) => piece.split(/["',;=]+/))
    .filter((piece) => /^[-/]?[A-Za-z][A-Za-z-]{2,30}$/.test(piece) && !/^[-/]?[A-Z]{2,}-?\d/.test(piece));
  const values = [...new Set(pieces)].slice(0, 3);
  if (values.length === 0) return undefined;
  return { column, modifiers: values.length === 1 ? '|contains' : '|contains|all', values };
}

/** The end of a key, from behind the hive and the user. */
function registryKey(text: string): Chosen | undefined {
  const path = text.replace(/^HKEY_[A-Z_]+(?:\\S-1-[\d-]+(?:_Classes)?|\\\.DEFAULT)?/i, '');
  if (path.length < 2 || path.length > LONGEST) return undefined;
  const modifiers = '|endswith';
  return { column: 'RegistryKey', modifiers, values: [path] };
}

/** The host of an address, without the user's name, which may have a password behind it; else the beginning of the text. */
function hostIn(text: string): string {
  const authority = /^[a-z][a-z\d+.-]{0,30}:\/\/([^/?#\s]+)/i.exec(text)?.[1];
  const host =
    authority && /^(?:\[[^\]]+\]|[^:]+)/.exec(authority.slice(authority.lastIndexOf('@') + 1))?.[0];
  return beginningOf(host ?? text);
}

/** The first characters of a text; no half of a surrogate pair, which no rule can compare. */
function beginningOf(text: string): string {
  return text.slice(0, text.slice(0, LONGEST).isWellFormed() ? LONGEST : LONGEST - 1);
}
