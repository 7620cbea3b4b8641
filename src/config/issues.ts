import { z } from 'zod';
import { didYouMean } from '../diagnostics/nearest.ts';
import { type Path, pathText, valueAt } from '../diagnostics/path.ts';
import { relayConfigSchema } from './schema.ts';
import { keysAt, schemaAt, unwrap } from './schema-walk.ts';

type Issue = z.core.$ZodIssue;

/** One mistake, not yet with its place in the file. */
export interface Finding {
  readonly severity?: 'error' | 'warning';
  readonly code: string;
  readonly path: Path;
  /** Underline the key instead of the value. */
  readonly atKey?: boolean;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a zod issue means to a person. `data` is what was parsed; its values are never quoted. */
export function findingsOf(issue: Issue, data: unknown): readonly Finding[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, data));
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message ?? 'another name';
    return [
      { code: 'bad-format', path, atKey: true, message: `the name ${quoted(path.at(-1))} must be ${wanted}` },
    ];
  }
  if (valueAt(data, path) === undefined) return [missingKey(path, data, wantedFor(issue, path, data))];
  const wanted = wantedFor(issue, path, data);
  if (issue.code === 'invalid_type' || (issue.code === 'invalid_union' && issue.errors.length > 0)) {
    const value = valueAt(data, path);
    return [
      {
        code: 'wrong-type',
        path,
        message: `${pathText(path)} is ${kindOf(value)}, but must be ${wanted}`,
        hint: quotesHint(issue, value),
      },
    ];
  }
  const code = CODES[issue.code] ?? 'bad-format';
  return [
    {
      code,
      path,
      message: `${pathText(path)} must be ${wanted}`,
      hint: nearHint(issue, valueAt(data, path)),
    },
  ];
}

const CODES: Readonly<Record<string, string>> = {
  invalid_value: 'not-allowed',
  invalid_union: 'not-allowed',
  too_big: 'out-of-range',
  too_small: 'out-of-range',
};

function unknownKey(path: Path, key: string, data: unknown): Finding {
  const allowed = keysAt(relayConfigSchema, data, path) ?? [];
  const where = path.length === 0 ? '' : ` in ${pathText(path)}`;
  const hint =
    didYouMean(key, allowed) ?? (allowed.length > 0 ? `allowed here: ${allowed.join(', ')}` : undefined);
  return {
    code: 'unknown-key',
    path: [...path, key],
    atKey: true,
    message: `unknown key ${quoted(key)}${where}`,
    hint,
  };
}

function missingKey(path: Path, data: unknown, wanted: string): Finding {
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? '' : ` in ${pathText(parent)}`;
  const schema = schemaAt(relayConfigSchema, data, path);
  const description = schema && z.globalRegistry.get(schema)?.description;
  const hint = `${String(path.at(-1))} must be ${wanted}${description ? `. ${description}` : ''}`;
  return {
    code: 'missing-key',
    path: parent,
    atKey: true,
    message: `${quoted(path.at(-1))} is missing${where}`,
    hint,
  };
}

/** What belongs there: completes "... must be". */
function wantedFor(issue: Issue, path: Path, data: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return formatAt(path, data) ?? TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values.map(quoted));
    case 'invalid_union':
      if ('options' in issue && Array.isArray(issue.options)) return oneOf(issue.options.map(quoted));
      return issue.errors.map(([first]) => (first ? wantedFor(first, [], undefined) : '')).join(' or ');
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), 'least');
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), 'most');
    case 'invalid_format':
      if (issue.format === 'url') return 'an address such as "https://host.example:8088"';
      if (issue.format === 'starts_with')
        return `text that begins with ${quoted(Reflect.get(issue, 'prefix'))}`;
      return issue.message;
    default:
      return issue.message;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

/** The format of a text key, where its schema names one: better than "text". */
function formatAt(path: Path, data: unknown): string | undefined {
  const schema = schemaAt(relayConfigSchema, data, path);
  if (!schema) return undefined;
  const { schema: inner } = unwrap(schema);
  if (!(inner instanceof z.ZodString || inner instanceof z.ZodURL)) return undefined;
  const issue = z.safeParse(inner, ' ').error?.issues.find(({ code }) => code === 'invalid_format');
  return issue && wantedFor(issue, path, data);
}

function bound(origin: string, limit: number, end: 'least' | 'most'): string {
  const count = String(limit);
  if (origin === 'array') return `a list with at ${end} ${count} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string' && limit === 1 && end === 'least') return 'text that is not empty';
  if (origin === 'string') return `text of at ${end} ${count} characters`;
  return `${count} or ${end === 'least' ? 'more' : 'less'}`;
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? (choices[0] ?? '') : `one of ${choices.join(', ')}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  return Number.isInteger(value) ? 'a number' : 'a number with a fraction';
}

function quotesHint(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return 'in quotes it is text';
  }
  const unquoted = typeof value === 'string' && /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value);
  return unquoted && issue.expected !== 'array' && issue.expected !== 'object'
    ? 'write it without quotes'
    : undefined;
}

function nearHint(issue: Issue, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (issue.code === 'invalid_value') return didYouMean(value, issue.values.map(String));
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return didYouMean(value, issue.options.map(String));
  }
  return undefined;
}

function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'symbol' ? value.toString() : value);
}
