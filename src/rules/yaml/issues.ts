import { z } from 'zod';
import type { Path } from './locate.ts';
import { suggest, type YamlFile } from './parse.ts';

/** Parses part of a file with a zod schema; reports each issue in its place. Undefined when there was one. */
export function check<T>(file: YamlFile, schema: z.ZodType<T>, value: unknown, at: Path = []): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const finding of result.error.issues.flatMap((issue) => findings(schema, value, issue))) {
    const { code, message, hint, path, part } = finding;
    file.report(
      { severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) },
      [...at, ...path],
      part,
    );
  }
  return undefined;
}

type Issue = z.core.$ZodIssue;

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path: Path;
  readonly part?: 'key';
}

function findings(schema: z.ZodType, value: unknown, issue: Issue): Finding[] {
  const { path } = issue;
  const found = valueAt(value, path);
  if (found === undefined && path.length > 0 && issue.code !== 'unrecognized_keys') {
    return [{ code: 'missing-key', message: `missing key "${String(path.at(-1))}"`, path }];
  }
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = keysOf(schemaAt(schema, path));
      return issue.keys.map((key) => ({
        code: 'unknown-key',
        message: `unknown key "${key}"`,
        hint: suggest(key, allowed),
        path: [...path, key],
        part: 'key',
      }));
    }
    case 'invalid_type':
      return [wrongType([issue.expected], found, path)];
    case 'invalid_value': {
      const hint = suggest(String(found), issue.values.map(String));
      return [{ code: 'bad-value', message: `${describe(found)} is not allowed here`, hint, path }];
    }
    case 'invalid_union': {
      const types = issue.errors.flat().flatMap((one) => (one.code === 'invalid_type' ? [one.expected] : []));
      const best = closest(issue.errors);
      if (best === undefined || best.every(isTypeOfWhole)) return [wrongType(types, found, path)];
      return best.flatMap((one) =>
        findings(schema, value, { ...one, path: [...path, ...one.path] } as Issue),
      );
    }
    default:
      return [{ code: 'bad-value', message: issue.message, path }];
  }
}

function wrongType(expected: readonly string[], found: unknown, path: Path): Finding {
  const names = [...new Set(expected.map((type) => TYPE_NAMES[type] ?? type))].join(' or ');
  return { code: 'wrong-type', message: `expected ${names}, found ${describe(found)}`, path };
}

function isTypeOfWhole({ code, path }: Issue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

/** Of a union's branches, the one that got furthest before it failed. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const typeErrors = (issues: readonly Issue[]) => (issues.some(isTypeOfWhole) ? 1 : 0);
  return [...branches].sort(
    (a, b) => typeErrors(a) - typeErrors(b) || depth(b) - depth(a) || a.length - b.length,
  )[0];
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const segment of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[segment];
  }
  return at;
}

function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  let at: z.ZodType | undefined = unwrap(schema);
  for (const segment of path) {
    if (at instanceof z.ZodObject) at = unwrap(at.shape[String(segment)] as z.ZodType | undefined);
    else if (at instanceof z.ZodArray) at = unwrap(at.element as z.ZodType);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType as z.ZodType);
    else return undefined;
  }
  return at;
}

function unwrap(schema: z.ZodType | undefined): z.ZodType | undefined {
  let at = schema;
  while (at instanceof z.ZodOptional || at instanceof z.ZodDefault || at instanceof z.ZodPrefault) {
    at = at.unwrap() as z.ZodType;
  }
  if (at instanceof z.ZodUnion) {
    return at.options.find((option) => option instanceof z.ZodObject) as z.ZodType | undefined;
  }
  return at;
}

function keysOf(schema: z.ZodType | undefined): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
};

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  return `${typeof value} ${String(value)}`;
}
