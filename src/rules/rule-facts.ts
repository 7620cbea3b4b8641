/** What a compiled set says of its rules and their places, as plain data: it is small beside the program, which need not be kept for it. */
import type { Level } from '../shared/event.ts';
import type { CompiledProgram } from './compile.ts';
import type { Program, TableProgram } from './program.ts';
import type { CorrelationRule } from './ruleset.ts';
import type { SigmaDocument, SigmaHeader } from './sigma/index.ts';

/** A rule of a set. */
export interface RuleFact {
  /** Its id, or its title if it has none: the label of its metric. */
  readonly rule: string;
  readonly title: string;
  readonly id?: string;
  readonly level?: Level;
  readonly kind: 'sigma' | 'correlation' | 'route';
  readonly file?: string;
  readonly line?: number;
  /** Tables whose rows it sees; none for a correlation. */
  readonly tables: readonly string[];
  /** The destinations of its alerts. */
  readonly to: readonly string[];
  /** `silent`: it only feeds correlations. `off`: an override has switched it off. */
  readonly state: 'raises' | 'silent' | 'off';
  readonly tags: readonly string[];
}

/**
 * The rules of a set, in no particular order: Sigma rules, correlations, and routes of table files that raise alerts.
 * @param paths of the files that it was compiled from.
 */
export function ruleFacts(
  { documents }: Pick<CompiledProgram, 'documents'>,
  program: Program,
  paths: readonly string[],
): readonly RuleFact[] {
  const places = new Map(documents.map((document) => [labelOf(document), document]));
  const facts = merged([
    ...[...program.tables.values()].flatMap((table) => [
      ...detectionFacts(table),
      ...routeFacts(table, paths),
    ]),
    ...program.correlations.map((one) => correlationFact(one, places)),
  ]);
  const known = new Set(facts.map(({ rule }) => rule));
  // A document of a set without errors that is not in the program was switched off.
  const off = documents.flatMap((document): readonly RuleFact[] => {
    if (document.kind === 'filter' || known.has(labelOf(document))) return [];
    const kind = document.kind === 'rule' ? 'sigma' : 'correlation';
    return [{ ...headOf(document), kind, level: document.level, tables: [], to: [], state: 'off' }];
  });
  return [...facts, ...off];
}

/** A rule on several tables, or with several routes, is one rule. */
function merged(facts: readonly RuleFact[]): readonly RuleFact[] {
  const found = new Map<string, RuleFact>();
  for (const fact of facts) {
    const key = `${fact.kind}\n${fact.rule}`;
    const known = found.get(key) ?? fact;
    found.set(key, { ...known, tables: all(known.tables, fact.tables), to: all(known.to, fact.to) });
  }
  return [...found.values()];
}

function detectionFacts({ table, detections }: TableProgram): readonly RuleFact[] {
  return detections.map(({ compiled, level, to, silent }) => ({
    ...headOf(compiled.rule),
    kind: 'sigma',
    level,
    tables: [table],
    to,
    state: silent ? 'silent' : 'raises',
  }));
}

function routeFacts({ table, routes }: TableProgram, paths: readonly string[]): readonly RuleFact[] {
  const file = paths.find((path) => path.toLowerCase().replace(/\.ya?ml$/, '') === table.toLowerCase());
  return routes.flatMap(({ rule, to, severity }): readonly RuleFact[] => {
    if (rule === undefined) return [];
    return [
      {
        ...namesOf(rule),
        ...(severity !== undefined && { level: severity }),
        kind: 'route',
        ...(file !== undefined && { file }),
        tables: [table],
        to: [to],
        state: 'raises',
        tags: rule.tags ?? [],
      },
    ];
  });
}

function correlationFact(
  { rule, level, to, silent }: CorrelationRule,
  places: ReadonlyMap<string, SigmaDocument>,
): RuleFact {
  const document = places.get(labelOf(rule));
  const head = document ? headOf(document) : { ...namesOf(rule), tags: rule.tags ?? [] };
  return { ...head, kind: 'correlation', level, tables: [], to, state: silent ? 'silent' : 'raises' };
}

function headOf(header: SigmaHeader): Pick<RuleFact, 'rule' | 'title' | 'id' | 'file' | 'line' | 'tags'> {
  return { ...namesOf(header), file: header.file, line: header.span.line, tags: header.tags };
}

function namesOf(named: { readonly title: string; readonly id?: string }) {
  return { rule: labelOf(named), title: named.title, ...(named.id !== undefined && { id: named.id }) };
}

function labelOf({ id, title }: { readonly title: string; readonly id?: string }): string {
  return id ?? title;
}

function all(some: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...some, ...more])];
}
