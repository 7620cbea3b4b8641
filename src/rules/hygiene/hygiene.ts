/** Finds rules that nobody may need, own or trust any more: the core of `rules hygiene`. */
import { type Diagnostic, diagnostic } from '../../diagnostics/diagnostic.ts';
import type { hygieneCodes } from '../../diagnostics/hygiene-codes.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { plural } from '../../shared/readable.ts';
import { mayBeTitle } from '../../shared/title-template.ts';
import type { CompiledProgram } from '../compile.ts';
import type { SigmaCorrelation, SigmaRule } from '../sigma/index.ts';
import type { RuleTest } from '../testing/collect.ts';
import type { HitCounts } from './hits.ts';

/** What `rules hygiene` finds besides exceptions that have expired or end soon. */
export type HygieneCode = keyof typeof hygieneCodes;

export interface HygieneOptions {
  readonly tests: readonly RuleTest[];
  /** How often the rules matched; undefined: that is not known, and no rule is never hit or noisy. */
  readonly hits: HitCounts | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** For how many milliseconds a rule may be experimental. */
  readonly experimentalFor: number;
  /** The share of its tables' rows above which a rule is noisy: 0 to 1. */
  readonly noisyShare: number;
}

export interface Hygiene {
  /** All warnings. */
  readonly findings: readonly Diagnostic[];
  /** The number of rules and correlations that raise alerts. */
  readonly rules: number;
  /** How many of them matched nothing and are not called never hit, since there were no rows of their tables. */
  readonly unjudged: number;
  /** Those that matched, most frequent first. */
  readonly noisiest: readonly NoisyRule[];
}

export interface NoisyRule {
  readonly title: string;
  readonly file: string;
  readonly hits: number;
  /** The rows of its tables; for a correlation, all rows. */
  readonly rows: number;
}

/** A rule or a correlation that raises alerts, with the tables of its rows; undefined for a correlation. */
interface Judged {
  readonly rule: SigmaRule | SigmaCorrelation;
  readonly tables: ReadonlySet<string> | undefined;
}

/** Fewer matches than these are not noise, whatever their share: a small corpus says little. */
const LEAST_NOISE = 10;

/** Judges the rules of a set that compiled. Rules that only correlations count are judged by their correlations. */
export function hygieneOf(compiled: CompiledProgram, options: HygieneOptions): Hygiene {
  const judged = judgedRules(compiled);
  const hits = options.hits && judged.map((one) => ({ ...one, ...hitsOf(one, options.hits) }));
  const findings = [
    ...(hits ?? []).flatMap((one) => hitFindings(one, options)),
    ...judged.flatMap(({ rule }) => [
      ...ownerFindings(rule),
      ...testFindings(rule, options.tests),
      ...statusFindings(rule, options),
    ]),
    ...disabled(compiled),
    ...compiled.diagnostics.filter(
      ({ code }) => code === 'expired-exception' || code === 'exception-ends-soon',
    ),
  ];
  return {
    findings,
    rules: judged.length,
    unjudged: (hits ?? []).filter((one) => one.hits === 0 && one.rows === 0).length,
    noisiest: (hits ?? [])
      .filter((one) => one.hits > 0)
      .map((one) => ({ title: one.rule.title, file: one.rule.file, hits: one.hits, rows: one.rows }))
      .sort((a, b) => b.hits - a.hits || (a.title < b.title ? -1 : 1)),
  };
}

function judgedRules({ compiledRules, correlations }: CompiledProgram): readonly Judged[] {
  const tables = new Map<SigmaRule, Set<string>>();
  for (const { rule, table } of compiledRules) {
    if (correlations.silent.has(rule)) continue;
    tables.set(rule, (tables.get(rule) ?? new Set()).add(table.toLowerCase()));
  }
  return [
    ...[...tables].map(([rule, of]): Judged => ({ rule, tables: of })),
    ...correlations.correlations
      .filter(({ correlation }) => !correlations.silent.has(correlation))
      .map(({ correlation }): Judged => ({ rule: correlation, tables: undefined })),
  ];
}

function hitsOf({ rule, tables }: Judged, counts: HitCounts | undefined): { hits: number; rows: number } {
  let rows = 0;
  for (const [table, count] of counts?.rows ?? []) if (tables?.has(table) !== false) rows += count;
  return { hits: counts?.of(rule) ?? 0, rows };
}

function hitFindings(
  { rule, hits, rows }: Judged & { readonly hits: number; readonly rows: number },
  { noisyShare }: HygieneOptions,
): readonly Diagnostic[] {
  if (hits === 0 && rows > 0) {
    const of = rule.kind === 'rule' ? ' of its tables' : '';
    return [found(rule, 'never-hit', `"${rule.title}" matched none of ${plural(rows, 'row')}${of}`)];
  }
  if (hits >= LEAST_NOISE && hits > rows * noisyShare) {
    const share = rows === 0 ? '' : ` (${((100 * hits) / rows).toFixed(1)} %)`;
    return [
      found(
        rule,
        'noisy-rule',
        `"${rule.title}" matched ${hits.toLocaleString('en-US')} of ${plural(rows, 'row')}${share}`,
      ),
    ];
  }
  return [];
}

function ownerFindings(rule: SigmaRule | SigmaCorrelation): readonly Diagnostic[] {
  if ((rule.author ?? '').trim() !== '') return [];
  return [found(rule, 'no-owner', `"${rule.title}" names no author`, 'add "author:"')];
}

function testFindings(rule: SigmaRule | SigmaCorrelation, tests: readonly RuleTest[]): readonly Diagnostic[] {
  const { title, id, alert } = rule;
  const template = alert?.title?.text;
  const isNamed = (name: string) =>
    name === title || name === id || (template !== undefined && mayBeTitle(template, name));
  if (
    tests.some(({ expect }) => [expect.alerts, expect.messages].some((one) => namesIn(one).some(isNamed)))
  ) {
    return [];
  }
  return [found(rule, 'no-test', `no test expects an alert of "${title}"`)];
}

function namesIn(expected: RuleTest['expect']['alerts']): readonly string[] {
  if (expected === undefined) return [];
  return Array.isArray(expected) ? expected : Object.keys(expected);
}

function statusFindings(
  rule: SigmaRule | SigmaCorrelation,
  { now, experimentalFor }: HygieneOptions,
): readonly Diagnostic[] {
  const since = rule.modified ?? rule.date;
  if (rule.status !== 'experimental' || since === undefined) return [];
  const at = Date.parse(`${since.replaceAll('/', '-')}T00:00:00Z`);
  if (Number.isNaN(at) || now - at < experimentalFor) return [];
  const days = plural(Math.floor((now - at) / DAY_MS), 'day');
  const message = `"${rule.title}" is experimental, and was changed last on ${since}, ${days} ago`;
  return [found(rule, 'long-experimental', message)];
}

function disabled({ overrides }: CompiledProgram): readonly Diagnostic[] {
  return overrides.flatMap(({ file, line, rules }) =>
    rules
      .filter(({ changes }) => changes.some(({ key, to }) => key === 'enabled' && to === false))
      .map(({ title }) =>
        diagnostic(
          file,
          { line, column: 1, length: 0 },
          { code: 'disabled-rule', message: `the override switches "${title}" off` },
          'warning',
        ),
      ),
  );
}

function found(
  { file, span }: SigmaRule | SigmaCorrelation,
  code: HygieneCode,
  message: string,
  hint?: string,
): Diagnostic {
  return diagnostic(file, span, { code, message, hint }, 'warning');
}
