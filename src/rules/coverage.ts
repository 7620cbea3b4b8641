/** How much of a set of Sigma rules would run here, and why the others do not. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { increment } from '../shared/counts.ts';
import { compileDetections } from './detections.ts';
import { sortFiles } from './folder.ts';
import { knownSchema } from './known-schema.ts';
import type { RuleFile } from './rule-file.ts';
import type { RuleContext } from './ruleset.ts';
import { columnLookup } from './schema/index.ts';
import {
  defaultMappings,
  FieldSources,
  nativeMappings,
  readMappings,
  type SigmaCorrelation,
  type SigmaRule,
} from './sigma/index.ts';

/** What becomes of the rules of one log source. */
export interface SourceCoverage {
  /** `windows/process_creation`. */
  readonly source: string;
  readonly rules: number;
  /** Rules that run on proven mappings; rules on unproven mappings are counted in `unproven`. */
  readonly running: number;
  readonly unproven: number;
}

/** A way in which rules that run differ from what they say. */
export interface Caveat {
  /** `approximate` covers fields that are not quite their columns, and folders that are not compared. */
  readonly kind: 'approximate' | 'lost-alternative' | 'wider';
  readonly rules: number;
}

/** Why rules cannot run, most frequent first. */
export interface Obstacle {
  /** The diagnostic's code, `unknown-column` for instance. */
  readonly code: string;
  readonly rules: number;
  /** The message of one of the rules. */
  readonly example: string;
}

export interface Coverage {
  readonly rules: number;
  readonly running: number;
  /** Rules that would run on mappings that no public row confirms. They are not counted in `running`. */
  readonly unproven: number;
  /** The caveats of all rules that run. */
  readonly caveats: readonly Caveat[];
  readonly sources: readonly SourceCoverage[];
  readonly obstacles: readonly Obstacle[];
  /** ATT&CK techniques of the rules that run -> how many rules, in alphabetical order. */
  readonly techniques: ReadonlyMap<string, number>;
  /** Techniques without their sub-techniques' numbers -> how many rules that run detect them or one of their sub-techniques. */
  readonly families: ReadonlyMap<string, number>;
  /** Tables -> how many rules run on them. */
  readonly tables: ReadonlyMap<string, number>;
  readonly failures: readonly Diagnostic[];
}

/**
 * Surveys how much of a set of Sigma rules would run. Each rule is judged by itself; a correlation runs when the rules that
 * it watches run.
 *
 * @param rules files that hold Sigma rules; their paths do not matter.
 * @param own the user's rule files, which supply mappings, the schema and the columns of table files.
 */
export function coverageOf(
  rules: readonly RuleFile[],
  own: readonly RuleFile[],
  { variables }: Pick<RuleContext, 'variables'>,
): Coverage {
  const folder = sortFiles(own);
  const { schema, parsed } = knownSchema(folder, () => {});
  const mappings = [
    ...defaultMappings,
    ...nativeMappings(new Set([...schema.tableNames, ...parsed.map(({ table }) => table)])),
    ...folder.mappings.flatMap((file) => readMappings(file, schema, () => {})),
  ];
  // No row is evaluated, so all tables can share the numbering of fields.
  const sources = new FieldSources();
  const compiled = compileDetections(
    rules,
    {
      columnsOf(table) {
        const known = schema.find(table);
        return known && columnLookup(known);
      },
      tableNames: schema.tableNames,
      sourcesOf: () => sources,
      variables,
      mappings,
    },
    'alone',
  );
  const survey = new Survey();
  for (const { documents, diagnostics } of compiled.files) {
    survey.addFile(
      documents.some(({ kind }) => kind !== 'filter'),
      errorsAmong(diagnostics),
    );
  }
  for (const { rule, compiled: runs, diagnostics } of compiled.rules) {
    const fate =
      runs.length === 0 ? 'refused' : runs.every(({ isUnproven }) => isUnproven) ? 'unproven' : 'runs';
    survey.addDocument(rule, fate, errorsAmong(diagnostics));
    if (runs.length > 0) survey.addCaveats(diagnostics);
    for (const { table } of runs) survey.addTable(table);
  }
  for (const { correlation, diagnostics } of compiled.correlations) {
    const errors = errorsAmong(diagnostics);
    survey.addDocument(correlation, errors.length === 0 ? 'runs' : 'refused', errors);
  }
  return survey.coverage();
}

type Fate = 'runs' | 'unproven' | 'refused';

function caveatOf({ code, effect }: Diagnostic): Caveat['kind'] | undefined {
  if (effect !== undefined) return effect;
  return code === 'approximate-mapping' || code === 'folder-not-compared' ? 'approximate' : undefined;
}

/** Counts the rules that run, those that cannot, and the reasons. */
class Survey {
  readonly #sources = new Map<string, { rules: number; running: number; unproven: number }>();
  readonly #caveats = new Map<Caveat['kind'], number>();
  readonly #obstacles = new Map<string, { rules: number; example: string }>();
  readonly #techniques = new Map<string, number>();
  readonly #families = new Map<string, number>();
  readonly #tables = new Map<string, number>();
  readonly #failures: Diagnostic[] = [];
  #rules = 0;
  #running = 0;
  #unproven = 0;

  /** Counts a file with errors from which no rule could be read as one rule. */
  addFile(hasRules: boolean, errors: readonly Diagnostic[]): void {
    if (errors.length === 0) return;
    if (!hasRules) this.#rules += 1;
    this.#note(errors);
  }

  addDocument(document: SigmaRule | SigmaCorrelation, fate: Fate, errors: readonly Diagnostic[]): void {
    const source = document.kind === 'rule' ? sourceOf(document) : 'correlation';
    const counts = this.#sources.get(source) ?? { rules: 0, running: 0, unproven: 0 };
    this.#sources.set(source, counts);
    counts.rules += 1;
    this.#rules += 1;
    if (fate === 'refused') {
      this.#note(errors);
      return;
    }
    if (fate === 'unproven') {
      counts.unproven += 1;
      this.#unproven += 1;
      return;
    }
    counts.running += 1;
    this.#running += 1;
    const techniques = techniquesOf(document);
    for (const technique of techniques) increment(this.#techniques, technique);
    for (const family of new Set(techniques.map((one) => one.slice(0, 5)))) increment(this.#families, family);
  }

  addCaveats(warnings: readonly Diagnostic[]): void {
    for (const kind of new Set(warnings.flatMap((one) => caveatOf(one) ?? [])))
      increment(this.#caveats, kind);
  }

  addTable(table: string): void {
    increment(this.#tables, table);
  }

  coverage(): Coverage {
    return {
      rules: this.#rules,
      running: this.#running,
      unproven: this.#unproven,
      caveats: [...this.#caveats].map(([kind, rules]) => ({ kind, rules })).sort((a, b) => b.rules - a.rules),
      sources: [...this.#sources]
        .map(([source, counts]) => ({ source, ...counts }))
        .sort((a, b) => b.rules - a.rules),
      obstacles: [...this.#obstacles]
        .map(([code, found]) => ({ code, ...found }))
        .sort((a, b) => b.rules - a.rules),
      techniques: new Map([...this.#techniques].sort()),
      families: new Map([...this.#families].sort()),
      tables: new Map([...this.#tables].sort((a, b) => b[1] - a[1])),
      failures: this.#failures,
    };
  }

  #note(errors: readonly Diagnostic[]): void {
    this.#failures.push(...errors);
    for (const code of new Set(errors.map((one) => one.code))) {
      const known = this.#obstacles.get(code) ?? { rules: 0, example: '' };
      const example = known.example || (errors.find((one) => one.code === code)?.message ?? '');
      this.#obstacles.set(code, { rules: known.rules + 1, example });
    }
  }
}

function errorsAmong(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ severity }) => severity === 'error');
}

function techniquesOf({ tags }: SigmaRule | SigmaCorrelation): readonly string[] {
  return [...new Set(tags.map((tag) => tag.toLowerCase()))].flatMap(
    (tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1]?.toUpperCase() ?? [],
  );
}

function sourceOf({ logsource: { product, category, service } }: SigmaRule): string {
  return [product, category, service].filter((name) => name !== undefined).join('/') || 'none';
}
