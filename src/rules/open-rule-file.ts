/** Reads the rule files that hold plain data (tables, exceptions, overrides, mappings, tests, schema), and reports mistakes as it finds them. */
import type { z } from 'zod';
import type { Diagnostic, Finding } from '../diagnostics/diagnostic.ts';
import { findingsOf } from '../diagnostics/issues.ts';
import type { Path } from '../diagnostics/path.ts';
import { type DataFile, type DataFileKind, inPlace, readDataFile } from '../diagnostics/yaml/file.ts';
import { formatOf, isDatabaseFile, isListFile, LIST_LENGTHS } from './lists/list-files.ts';
import type { RuleFile } from './rule-file.ts';

/** The length limit of a rule file, in UTF-16 units: far more than any rule needs, and still parsed within a fraction of a second. */
export const MAX_FILE_LENGTH = 1_048_576;

/** The most bytes that hosts read of a file. A longer one cannot be compiled, and must not be read into memory. */
export function maxBytesOf(path: string): number {
  if (isDatabaseFile(path)) return LIST_LENGTHS.mmdb;
  return 4 * (isListFile(path) ? LIST_LENGTHS[formatOf(path) ?? 'text'] : MAX_FILE_LENGTH);
}

const BOUNDS = { characters: MAX_FILE_LENGTH, values: 1_000_000 };

/** What messages call each kind of rule file, and its limits. Sigma files are read by `sigma/language/parse.ts`. */
export const RULE_FILES = {
  table: {
    ...BOUNDS,
    starter: 'a table file begins with "table:"; "xdr-relay rules new" writes a commented one',
  },
  exceptions: { ...BOUNDS, starter: 'a file of exceptions begins with "exceptions:"' },
  overrides: { ...BOUNDS, starter: 'a file of overrides begins with "overrides:"' },
  mapping: { ...BOUNDS, starter: 'a mapping file begins with "mappings:"' },
  shape: { ...BOUNDS, starter: 'the mapping of a shape begins with "table:"' },
  groups: { ...BOUNDS, starter: 'a groups file begins with "groups:"' },
  schema: {
    ...BOUNDS,
    starter: 'a schema file begins with "tables:"; "xdr-relay schema import" writes one',
  },
  list: { ...BOUNDS, starter: 'a list begins with "entries:"' },
  lists: { ...BOUNDS, starter: 'a file that declares lists begins with "lists:"' },
  test: { ...BOUNDS, starter: 'a test file begins with "tests:"' },
} as const satisfies Readonly<Record<string, DataFileKind>>;

/** A rule file that was read. */
export interface OpenRuleFile extends DataFile {
  /** Reports findings; findings of one call belong together. */
  report(...findings: readonly Finding[]): void;
}

/** Reads a rule file. Undefined if it cannot be parsed; the mistakes were reported. */
export function openRuleFile(
  source: RuleFile,
  kind: DataFileKind,
  report: (diagnostic: Diagnostic) => void,
): OpenRuleFile | undefined {
  const { file, diagnostics } = readDataFile(source, kind);
  for (const diagnostic of diagnostics) report(diagnostic);
  if (!file || file.unreadable) return undefined;
  return {
    ...file,
    report(...findings) {
      for (const diagnostic of inPlace(findings, file)) report(diagnostic);
    },
  };
}

/** Checks part of a file against a schema. Undefined if it has mistakes, which were reported. */
export function checkRuleFile<T>(
  file: OpenRuleFile,
  schema: z.ZodType<T>,
  data: unknown,
  at: Path = [],
): T | undefined {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  file.report(...findingsOf(result.error.issues, { schema, data, at }));
  return undefined;
}
