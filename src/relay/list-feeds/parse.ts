/** Reads what feeds send: text, CSV, JSON or a STIX bundle, into rows of a list. */

import type { ListType } from '../../rules/lists/list.ts';
import { readCsv } from '../../rules/schema/csv.ts';
import { messageOf } from '../../shared/errors.ts';
import { isJsonObject, type JsonValue } from '../../shared/json.ts';
import { FeedError } from './errors.ts';
import { indicatorsOf, stixObjects } from './stix.ts';

/** The rows of a feed: the key first. */
export interface FeedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What is declared about a feed, as far as reading it depends on it. */
export interface FeedForm {
  readonly format: 'text' | 'csv' | 'json' | 'stix';
  readonly column?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly items?: string | undefined;
}

const MOST_ROWS = 2_000_000;
const MOST_COLUMNS = 64;
const KEY = 'value';

/** Reads the text of a feed. Throws FeedError `feed_unreadable`. @param now for indicators that have ended. */
export function readFeed(text: string, form: FeedForm, type: ListType, now: number): FeedRows {
  if (form.format === 'text' || form.format === 'csv') mustBeText(text);
  switch (form.format) {
    case 'text':
      return readLines(text, type);
    case 'csv':
      return readTable(text, form);
    case 'json':
      return readItems(parsed(text), form);
    case 'stix': {
      const objects = stixObjects(parsed(text));
      if (!objects) throw unreadable('it is no STIX bundle');
      return indicatorRows(
        indicatorsOf(objects, type).filter(
          ({ revoked, validUntil }) => !revoked && !hasEnded(validUntil, now),
        ),
      );
    }
  }
}

/** Any line is a value of a list of text, so that a page that asks to sign in, or an archive, would replace the list. */
function mustBeText(text: string): void {
  if (/^\ufeff?\s*<(?:!doctype\s+html|html|head|body)\b/i.test(text)) throw unreadable('it is a web page');
  if (text.includes('\0')) throw unreadable('it is not text, but perhaps an archive');
}

/** Whether an indicator has ended. One whose end cannot be read has not. */
export function hasEnded(validUntil: string | undefined, now: number): boolean {
  return validUntil !== undefined && Date.parse(validUntil) <= now;
}

/** Rows of indicators; of a value that several have, the first. */
export function indicatorRows(
  indicators: Iterable<{ readonly id: string; readonly name: string; readonly values: readonly string[] }>,
): FeedRows {
  const rows: string[][] = [];
  for (const { id, name, values } of indicators) for (const value of values) rows.push([value, id, name]);
  return { columns: [KEY, 'indicator', 'name'], rows };
}

export function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (thrown) {
    throw unreadable(`it is not JSON: ${messageOf(thrown)}`);
  }
}

/** One value a line; comments begin with `#` or `;`, in lists of addresses and the like also behind a value. */
function readLines(text: string, type: ListType): FeedRows {
  const rows: string[][] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const value = (type === 'text' ? line : line.replace(/\s[#;].*/s, '')).trim();
    if (value === '' || value.startsWith('#') || value.startsWith(';')) continue;
    if (rows.length === MOST_ROWS) throw tooMany();
    rows.push([value]);
  }
  return { columns: [KEY], rows };
}

function readTable(text: string, { column, columns }: FeedForm): FeedRows {
  const bare = text.replace(/^\ufeff/, '').replace(/^#[^\n]*(?:\n|$)/gm, '');
  const { records, mistake } = readCsv(bare, ',', MOST_ROWS + 2);
  if (mistake) throw unreadable(`line ${mistake.line}: ${mistake.message}`);
  if (records.length > MOST_ROWS + 1) throw tooMany();
  const names = (columns ?? records[0]?.cells ?? []).map((name) => name.trim());
  if (names.length === 0 || names.length > MOST_COLUMNS) throw unreadable(`it has ${names.length} columns`);
  const at = column === undefined ? 0 : names.indexOf(column);
  if (at < 0) throw unreadable(`it has no column "${column}", but ${names.slice(0, 10).join(', ')}`);
  const order = [at, ...[...names.keys()].filter((index) => index !== at)];
  const rows = records
    .slice(columns ? 0 : 1)
    .map(({ cells }) =>
      order.map((index) => (index === at ? (cells[index] ?? '').trim() : (cells[index] ?? ''))),
    );
  return { columns: order.map((index) => names[index] ?? ''), rows };
}

function readItems(document: JsonValue, { items, column }: FeedForm): FeedRows {
  let list: JsonValue | undefined = document;
  for (const step of items?.split('.') ?? []) {
    list = isJsonObject(list) && Object.hasOwn(list, step) ? list[step] : undefined;
  }
  if (!Array.isArray(list))
    throw unreadable(`there is no list ${items === undefined ? '' : `at "${items}"`}`.trim());
  if (list.length > MOST_ROWS) throw tooMany();
  const entries = list as readonly JsonValue[];
  const names = new Set<string>();
  for (const entry of entries)
    if (isJsonObject(entry)) for (const name of Object.keys(entry)) names.add(name);
  if (names.size === 0) return { columns: [KEY], rows: entries.map((entry) => [cellOf(entry).trim()]) };
  const key = column ?? [...names][0] ?? KEY;
  if (!names.has(key))
    throw unreadable(`its entries have no "${key}", but ${[...names].slice(0, 10).join(', ')}`);
  const others = [...names].filter((name) => name !== key).slice(0, MOST_COLUMNS - 1);
  const rows = entries.map((entry) => {
    if (!isJsonObject(entry)) return [cellOf(entry).trim(), ...others.map(() => '')];
    const cell = (name: string) => (Object.hasOwn(entry, name) ? cellOf(entry[name] ?? null) : '');
    return [cell(key).trim(), ...others.map(cell)];
  });
  return { columns: [key, ...others], rows };
}

function cellOf(value: JsonValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function unreadable(why: string): FeedError {
  return new FeedError('feed_unreadable', `the feed cannot be read: ${why}`);
}

function tooMany(): FeedError {
  return new FeedError(
    'feed_too_large',
    `the feed has more than ${MOST_ROWS.toLocaleString('en-US')} values`,
  );
}
