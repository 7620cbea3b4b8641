import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { increment } from '../shared/counts.ts';
import { sortFiles } from './folder.ts';
import type { RuleContext, RuleFile } from './ruleset.ts';
import { columnLookup, findTable, tableNames } from './schema/index.ts';
import {
  type CompiledRule,
  compileCorrelations,
  compileRule,
  defaultMappings,
  parseSigmaFile,
  type SigmaCorrelation,
  type SigmaRule,
} from './sigma/index.ts';
import { nativeMappings } from './sigma/mappings/native.ts';
import { readMappings } from './sigma/mappings/read-file.ts';

/** What becomes of the rules of one log source. */
export interface SourceCoverage {
  /** `windows/process_creation`. */
  readonly source: string;
  readonly rules: number;
  readonly running: number;
}

/** Why rules cannot run, most frequent first. */
export interface Obstacle {
  /** The diagnostic's code, `unknown-column` for instance. */
  readonly code: string;
  readonly rules: number;
  /** One of the messages. */
  readonly example: string;
}

export interface Coverage {
  readonly rules: number;
  readonly running: number;
  readonly sources: readonly SourceCoverage[];
  readonly obstacles: readonly Obstacle[];
  /** ATT&CK techniques of the rules that run -> how many rules, in alphabetical order. */
  readonly techniques: ReadonlyMap<string, number>;
  /** Tables -> how many rules run on them. */
  readonly tables: ReadonlyMap<string, number>;
  readonly failures: readonly Diagnostic[];
}

/**
 * How much of a set of Sigma rules would run: each rule by itself, whatever the others are like; a correlation when the rules
 * that it watches run.
 *
 * @param rules files that hold Sigma rules, wherever they lie.
 * @param own the user's rule files, for their mappings.
 */
export function coverageOf(
  rules: readonly RuleFile[],
  own: readonly RuleFile[],
  { variables }: Pick<RuleContext, 'variables'>,
): Coverage {
  const mappings = [
    ...defaultMappings,
    ...nativeMappings(tableNames),
    ...sortFiles(own).mappings.flatMap((file) => readMappings(file, () => {})),
  ];
  const sources = new Map<string, { rules: number; running: number }>();
  const obstacles = new Map<string, { rules: number; example: string }>();
  const techniques = new Map<string, number>();
  const tables = new Map<string, number>();
  const failures: Diagnostic[] = [];
  let total = 0;
  let running = 0;

  const columnsOf = (table: string) => {
    const schema = findTable(table);
    return schema && columnLookup(schema);
  };
  const runningRules: CompiledRule[] = [];
  const correlations: SigmaCorrelation[] = [];
  const judge = (rule: SigmaRule) => {
    const problems: Diagnostic[] = [];
    const report = (diagnostic: Diagnostic) => problems.push(diagnostic);
    const compiled = compileRule(rule, { columnsOf, variables, mappings, report });
    const errors = problems.filter(({ severity }) => severity === 'error');
    const runs = compiled.length > 0 && errors.length === 0;
    if (runs) runningRules.push(...compiled);
    add(rule, sourceOf(rule), runs, errors);
    for (const { table } of runs ? compiled : []) increment(tables, table);
  };
  const add = (
    rule: SigmaRule | SigmaCorrelation,
    source: string,
    runs: boolean,
    errors: readonly Diagnostic[],
  ) => {
    const counts = sources.get(source) ?? { rules: 0, running: 0 };
    counts.rules += 1;
    total += 1;
    if (runs) {
      counts.running += 1;
      running += 1;
      for (const tag of new Set(rule.tags.map((one) => one.toLowerCase()))) {
        const technique = /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1];
        if (technique) increment(techniques, technique.toUpperCase());
      }
    } else note(errors);
    sources.set(source, counts);
  };
  const note = (errors: readonly Diagnostic[]) => {
    failures.push(...errors);
    for (const code of new Set(errors.map((one) => one.code))) {
      const known = obstacles.get(code) ?? { rules: 0, example: '' };
      const example = known.example || (errors.find((one) => one.code === code)?.message ?? '');
      obstacles.set(code, { rules: known.rules + 1, example });
    }
  };

  for (const file of rules) {
    const { documents, diagnostics } = parseSigmaFile(file);
    const found = documents.filter((document): document is SigmaRule => document.kind === 'rule');
    for (const rule of found) judge(rule);
    const waiting = documents.filter((document) => document.kind === 'correlation');
    correlations.push(...waiting);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length === 0) continue;
    total += found.length + waiting.length === 0 ? 1 : 0;
    note(errors);
  }
  const problems: Diagnostic[] = [];
  const ran = [...new Set(runningRules.map(({ rule }) => rule))];
  compileCorrelations(correlations, ran, runningRules, {
    columnsOf,
    report: (diagnostic) => problems.push(diagnostic),
  });
  for (const correlation of correlations) {
    const errors = problems.filter(({ span }) => span === correlation.rulesSpan);
    add(correlation, 'correlation', errors.length === 0, errors);
  }
  return {
    rules: total,
    running,
    sources: [...sources]
      .map(([source, counts]) => ({ source, ...counts }))
      .sort((a, b) => b.rules - a.rules),
    obstacles: [...obstacles].map(([code, found]) => ({ code, ...found })).sort((a, b) => b.rules - a.rules),
    techniques: new Map([...techniques].sort()),
    tables: new Map([...tables].sort((a, b) => b[1] - a[1])),
    failures,
  };
}

function sourceOf({ logsource: { product, category, service } }: SigmaRule): string {
  return [product, category, service].filter((name) => name !== undefined).join('/') || 'none';
}
