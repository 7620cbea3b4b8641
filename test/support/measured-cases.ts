import type { Refusal } from '../../lab/receivers/picky.ts';
import type { MeasuredCase } from './measured-case.ts';

// The cases that were measured before failures were isolated, in any size.

/** What the filter of case 01 (cases/relay/01-content-403.json) looks for. */
const INJECTION = "' OR 1=1";
const FILTER_PAGE: Refusal = {
  status: 403,
  headers: { 'content-type': 'text/html' },
  body: '<!DOCTYPE html><html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is 1337.</body></html>',
};

interface Size {
  readonly name: string;
  /** Tables without a bad row. */
  readonly tables: number;
  /** Rows in each of them. */
  readonly rows: number;
}

const ok = (rows: number) => Array.from({ length: rows }, () => 'ok');

/** One row in the middle of table 0, which the destination always fails; it takes all else. */
export function oneBadRow(
  { name, tables, rows }: Size,
  how: 'status_500' | 'reset' | 'silence',
  more: Partial<MeasuredCase> = {},
): MeasuredCase {
  const first = ok(rows);
  const at = rows >> 1;
  first[at] = 'evil';
  const bad = `t0-${at}`;
  const refusal: Refusal = how === 'status_500' ? { status: 500, body: 'Internal Server Error' } : how;
  return {
    name,
    tables: [first, ...Array.from({ length: tables }, () => ok(rows))],
    refuses: (_, marks) => (marks.includes(bad) ? refusal : undefined),
    poisoned: new Set([bad]),
    ...more,
  };
}

/** Table 0 is always answered 422, whatever its rows. */
export function oneBadTable({ name, tables, rows }: Size, more: Partial<MeasuredCase> = {}): MeasuredCase {
  const bad = ok(rows);
  return {
    name,
    tables: [bad, ...Array.from({ length: tables }, () => ok(rows))],
    refuses: (_, marks) =>
      marks.some((mark) => mark.startsWith('t0-')) ? { status: 422, body: 'unknown table' } : undefined,
    poisoned: new Set(bad.map((_, row) => `t0-${row}`)),
    ...more,
  };
}

/** A filter in front of the destination answers 403 with a page to requests with a certain text in them. */
export function filteredText({ name, tables, rows }: Size, more: Partial<MeasuredCase> = {}): MeasuredCase {
  const first = ok(rows);
  const at = rows >> 1;
  first[at] = `sqlcmd where n='${INJECTION}`;
  return {
    name,
    tables: [first, ...Array.from({ length: tables }, () => ok(rows))],
    refuses: (body) => (body.includes(INJECTION) ? FILTER_PAGE : undefined),
    poisoned: new Set([`t0-${at}`]),
    ...more,
  };
}
