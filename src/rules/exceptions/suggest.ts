/** Writes an exception that keeps rows like one from raising a rule's alerts again, for a person to narrow and to commit. */
import { ExactNumber } from '../../shared/exact-number.ts';
import type { JsonValue } from '../../shared/json.ts';
import { sigmaText, yamlValue } from '../draft/escape.ts';

export interface ExceptionSource {
  /** The rule's id, or its title if it has none. */
  readonly rule: string;
  /** The rule's title. */
  readonly title: string;
  /** What the row has, by Defender's names of its columns. */
  readonly columns: readonly { readonly column: string; readonly value: JsonValue }[];
  /** Who answers for the exception. */
  readonly owner: string;
  /** The day on which it ends: `2026-12-31`. */
  readonly expires: string;
}

/** Columns that one exception names: more make it no safer. */
const MOST_COLUMNS = 12;
/** A longer value is compared by its beginning. Characters. */
const LONGEST = 1_000;
/** The end of a value that was cut where an alert was stored. */
const CUT = '…';

/**
 * The text of a file of `exceptions/`: every column must have its value. Undefined if no column has a value that a detection can compare,
 * because the exception would then take away all of the rule's alerts.
 *
 * Values come from a row, so an attacker may have chosen them: they are escaped for Sigma and for YAML, and stand on one line each.
 */
export function suggestedException({
  rule,
  title,
  columns,
  owner,
  expires,
}: ExceptionSource): string | undefined {
  const tests = new Map<string, string>();
  for (const { column, value } of columns) {
    const test = testOf(column, value);
    if (test === undefined || tests.size >= MOST_COLUMNS) continue;
    const [key, text] = test;
    if (!tests.has(key)) tests.set(key, text);
  }
  if (tests.size === 0) return undefined;
  const named = `Expected: ${title}`.slice(0, 200).toWellFormed();
  return `exceptions:
  - title: ${yamlValue(named)}
    rules: ${yamlValue(rule)}
    detection:
      expected:
${[...tests].map(([key, text]) => `        ${key}: ${text}`).join('\n')}
      condition: expected
    owner: ${yamlValue(owner.trim() === '' ? 'Who can be asked about it' : owner)}
    expires: ${expires}
`;
}

function testOf(column: string, value: JsonValue): readonly [key: string, text: string] | undefined {
  // A name that cannot be a column would be another key of the detection, or a modifier.
  if (!/^[A-Za-z_][\w.-]{0,199}$/.test(column)) return undefined;
  if (typeof value === 'number') return [column, yamlValue(value)];
  if (typeof value === 'boolean') return [column, yamlValue(String(value))];
  if (value instanceof ExactNumber) return [column, yamlValue(value.text)];
  if (typeof value !== 'string' || value === '') return undefined;
  const isCut = value.length > LONGEST || value.endsWith(CUT);
  if (!isCut) return [column, yamlValue(sigmaText(value))];
  const beginning = value
    .slice(0, LONGEST)
    .replace(/…$/, '')
    .replace(/[\ud800-\udbff]$/, '');
  return beginning === '' ? undefined : [`${column}|startswith`, yamlValue(sigmaText(beginning))];
}
