/** From what zod finds wrong to what is said of it. The schema's own messages complete the sentence `<key> must be ...`. */
import { z } from 'zod';
import type { Finding } from './diagnostic.ts';
import { type Path, valueAt } from './path.ts';
import { keysAt, schemaAt, unwrap } from './schema-walk.ts';
import { missingKey, mustBe, notAllowed, oneOf, quoted, unknownKey, wrongType } from './sentences.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

/** What was checked: zod's own paths begin at `at`. */
export interface Checked {
  readonly schema: Schema;
  readonly data: unknown;
  /** Where `data` lies in the file. */
  readonly at: Path;
}

/** What zod's issues mean to a person. Never quotes a value of the data. */
export function findingsOf(issues: readonly Issue[], checked: Checked): readonly Finding[] {
  return issues.flatMap((issue) => findings(issue, checked));
}

function findings(issue: Issue, checked: Checked): readonly Finding[] {
  const { schema, data, at } = checked;
  const path = [...at, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, data, issue.path) ?? [];
    return issue.keys.map((key) => ({
      ...unknownKey(path, key, allowed),
      path: [...path, key],
      atKey: true,
    }));
  }
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message ?? 'another name';
    const message = `the name ${quoted(issue.path.at(-1))} must be ${wanted}`;
    return [{ code: 'bad-format', path, atKey: true, message }];
  }
  const found = valueAt(data, issue.path);
  if (found === undefined && issue.path.length > 0) return [missing(issue, checked, path)];
  switch (issue.code) {
    case 'invalid_type':
      return [{ ...wrongType(path, found, wanted(issue, checked)), hint: quotesHint(issue, found), path }];
    case 'invalid_value':
      return [{ ...notAllowed(path, found, issue.values), path }];
    case 'invalid_union':
      return ofUnion(issue, found, checked);
    case 'too_big':
    case 'too_small':
      return [{ ...mustBe('out-of-range', path, wanted(issue, checked)), path }];
    default:
      return [{ ...mustBe('bad-format', path, wanted(issue, checked)), path }];
  }
}

function missing(issue: Issue, checked: Checked, path: Path): Finding {
  const schema = schemaAt(checked.schema, checked.data, issue.path);
  const description = schema && z.globalRegistry.get(schema)?.description;
  const parent = path.slice(0, -1);
  return {
    ...missingKey(parent, String(path.at(-1)), wanted(issue, checked), description),
    path: parent,
    atKey: true,
  };
}

/** The mistake in the option that was meant; where the value is of no option's type, what would be. */
function ofUnion(issue: z.core.$ZodIssueInvalidUnion, found: unknown, checked: Checked): readonly Finding[] {
  const path = [...checked.at, ...issue.path];
  const tags = discriminators(issue);
  if (tags) return [{ ...notAllowed(path, found, tags), path }];
  const meant = closest(issue.errors);
  if (meant === undefined || meant.some(isTypeOfWhole)) {
    return [{ ...wrongType(path, found, wanted(issue, checked)), path }];
  }
  return meant.flatMap((one) => findings({ ...one, path: [...issue.path, ...one.path] } as Issue, checked));
}

/** The values of the key that tells the options apart, where the union has one and its value is none of them. */
function discriminators(issue: Issue): readonly unknown[] | undefined {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options : undefined;
}

function isTypeOfWhole({ code, path }: Issue): boolean {
  return code === 'invalid_type' && path.length === 0;
}

/** Of a union's options, the one that got furthest before it failed. */
function closest(options: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const depth = (issues: readonly Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const typeErrors = (issues: readonly Issue[]) => (issues.some(isTypeOfWhole) ? 1 : 0);
  return [...options].sort(
    (a, b) => typeErrors(a) - typeErrors(b) || depth(b) - depth(a) || a.length - b.length,
  )[0];
}

/** What belongs there: completes `... must be`. */
function wanted(issue: Issue, checked: Checked): string {
  switch (issue.code) {
    case 'invalid_type':
      return formatAt(issue.path, checked) ?? TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union': {
      const tags = discriminators(issue);
      if (tags) return oneOf(tags);
      const formats = formatsOfUnionAt(issue.path, checked);
      if (formats !== undefined) return formats;
      const first = issue.errors.flatMap(([one]) => (one ? wanted(one, NOTHING) : []));
      return [...new Set(first)].join(' or ');
    }
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), 'least');
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), 'most');
    case 'invalid_format':
      if (issue.format === 'url') return 'an address such as "https://host.example:8088"';
      if (issue.format === 'starts_with')
        return `a string that begins with ${quoted(Reflect.get(issue, 'prefix'))}`;
      return issue.message;
    default:
      return issue.message;
  }
}

/** For issues inside a union, whose paths lead nowhere in the whole. */
const NOTHING: Checked = { schema: z.unknown(), data: undefined, at: [] };

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

/** The format of a string, where its schema names one: better than "a string". */
function formatAt(path: Path, { schema, data }: Checked): string | undefined {
  const found = schemaAt(schema, data, path);
  return found && formatOf(found);
}

function formatOf(schema: z.core.$ZodType): string | undefined {
  const { schema: inner } = unwrap(schema);
  if (!(inner instanceof z.ZodString || inner instanceof z.ZodURL)) return undefined;
  const issue = z.safeParse(inner, ' ').error?.issues.find(({ code }) => code === 'invalid_format');
  return issue && wanted(issue, NOTHING);
}

/** What the options of a union at a place want where one of them is text of some format; undefined where none is. */
function formatsOfUnionAt(path: Path, { schema, data }: Checked): string | undefined {
  const found = schemaAt(schema, data, path);
  const union = found && unwrap(found).schema;
  if (!(union instanceof z.ZodUnion)) return undefined;
  const formats = union.options.map(formatOf);
  if (formats.every((format) => format === undefined)) return undefined;
  const isList = union.options.some((option) => unwrap(option).schema instanceof z.ZodArray);
  return [...formats.filter((format) => format !== undefined), ...(isList ? ['a list'] : [])].join(' or ');
}

function bound(origin: string, limit: number, end: 'least' | 'most'): string {
  const count = limit.toLocaleString('en-US');
  if (origin === 'array') return `a list with at ${end} ${count} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string' && limit === 1 && end === 'least') return 'a string that is not empty';
  if (origin === 'string') return `a string of at ${end} ${count} characters`;
  return `${limit} or ${end === 'least' ? 'more' : 'less'}`;
}

function quotesHint(issue: z.core.$ZodIssueInvalidType, value: unknown): string | undefined {
  const { expected } = issue;
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return 'in quotes it is a string';
  }
  const unquoted = typeof value === 'string' && /^(?:-?\d+(?:\.\d+)?|true|false)$/.test(value);
  return unquoted && (expected === 'number' || expected === 'int' || expected === 'boolean')
    ? 'write it without quotes'
    : undefined;
}
