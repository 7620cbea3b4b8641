/** Compares how often rules matched on a corpus of rows with what a file of expectations says. */
import { z } from 'zod';
import { type Diagnostic, diagnostic, START } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile } from '../open-rule-file.ts';
import type { Program } from '../program.ts';
import type { RuleFile } from '../rule-file.ts';
import { alertNames } from './alert-names.ts';

const count = z.number().int().min(0).max(1e12);
const bounds = z
  .strictObject({ at_least: count.optional(), at_most: count.optional(), exactly: count.optional() })
  .refine((given) => Object.keys(given).length > 0, 'a mapping with at_least, at_most or exactly')
  .refine(
    ({ exactly, ...others }) => exactly === undefined || Object.keys(others).length === 0,
    'either exactly, or at_least and at_most',
  )
  .refine(
    ({ at_least = 0, at_most = Infinity }) => at_least <= at_most,
    'bounds of which at_least is not above at_most',
  );

/** The shape of a file of expectations. */
export const expectationsFile = z.strictObject({
  unexpected: z
    .enum(['fail', 'warn', 'ignore'])
    .default('warn')
    .describe('What it means if a rule matches that is not listed.'),
  rules: z.record(z.string(), z.union([count, bounds])).describe('By title or id, how often a rule matches.'),
});

const LIMITS = {
  characters: 4_194_304,
  values: 200_000,
  starter: 'a file of expectations begins with "rules:"',
};

/** What is expected of one rule. */
export interface RuleExpectation {
  /** The title or the id, as the file has it. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

export interface Expectations {
  readonly file: OpenRuleFile;
  /** The text of the file. */
  readonly text: string;
  readonly unexpected: 'fail' | 'warn' | 'ignore';
  readonly rules: readonly RuleExpectation[];
}

/** How often a rule matched, and what was expected. */
export interface ExpectationResult extends RuleExpectation {
  readonly found: number;
  readonly finding?: Diagnostic;
}

/** Reads a file of expectations. Undefined if it has mistakes, which were reported. */
export function readExpectations(
  file: RuleFile,
  report: (diagnostic: Diagnostic) => void,
): Expectations | undefined {
  const open = openRuleFile(file, LIMITS, report);
  const content = open && checkRuleFile(open, expectationsFile, open.data);
  if (!content) return undefined;
  const rules = Object.entries(content.rules).map(([name, given]): RuleExpectation => {
    const { exactly, at_least, at_most } = typeof given === 'number' ? { exactly: given } : given;
    return { name, least: exactly ?? at_least ?? 0, most: exactly ?? at_most ?? Infinity };
  });
  return { file: open, text: file.text, unexpected: content.unexpected, rules };
}

/** Reports a rule that the program does not have. Undefined if it has it. */
function unknownRule(
  { file }: Expectations,
  name: string,
  names: ReadonlySet<string>,
): Diagnostic | undefined {
  if (names.has(name)) return undefined;
  const message = `no rule that raises alerts has the title or id "${name}"`;
  const hint = didYouMean(name, names);
  return diagnostic(file.path, file.span(['rules', name], 'key'), { code: 'unknown-rule', message, hint });
}

/** @param counts how often each rule of the program matched, by title. */
export function compareCounts(
  expectations: Expectations,
  program: Program,
  counts: ReadonlyMap<string, number>,
): { readonly results: readonly ExpectationResult[]; readonly findings: readonly Diagnostic[] } {
  const { file, unexpected, rules } = expectations;
  const { names, rules: known } = alertNames(program);
  const ids = new Map(known.map(({ title, id }) => [title, id]));
  const idOf = (title: string) => ids.get(title);
  const byName = new Map(counts);
  for (const [title, found] of counts) {
    const id = idOf(title);
    if (id !== undefined) byName.set(id, found);
  }
  const results = rules.map((rule): ExpectationResult => {
    const { name, least, most } = rule;
    const found = byName.get(name) ?? 0;
    const unknown = unknownRule(expectations, name, names);
    if (unknown) return { ...rule, found, finding: unknown };
    if (found >= least && found <= most) return { ...rule, found };
    const message = `"${name}" matched ${found.toLocaleString('en-US')} rows, expected ${wanted(rule)}`;
    return {
      ...rule,
      found,
      finding: diagnostic(file.path, file.span(['rules', name], 'key'), {
        code: 'failed-expectation',
        message,
      }),
    };
  });
  const listed = new Set(rules.map(({ name }) => name));
  const others = [...counts]
    .filter(([title]) => !listed.has(title) && !listed.has(idOf(title) ?? title))
    .sort();
  const unlisted =
    unexpected === 'ignore'
      ? []
      : others.map(([title, found]) => {
          const message = `"${title}" matched ${found.toLocaleString('en-US')} rows, and is not listed`;
          const mistake = {
            code: 'unexpected-match',
            message,
            hint: 'list it, or set "unexpected: ignore"',
          } as const;
          return diagnostic(file.path, START, mistake, unexpected === 'fail' ? 'error' : 'warning');
        });
  return { results, findings: [...results.flatMap(({ finding }) => finding ?? []), ...unlisted] };
}

function wanted({ least, most }: RuleExpectation): string {
  const told = (value: number) => value.toLocaleString('en-US');
  if (least === most) return `exactly ${told(least)}`;
  const parts = [
    ...(least > 0 ? [`at least ${told(least)}`] : []),
    ...(most < Infinity ? [`at most ${told(most)}`] : []),
  ];
  return parts.join(' and ');
}
