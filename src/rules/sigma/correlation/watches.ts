/** Resolves which rules and correlations each correlation watches. */
import type { SigmaCorrelation } from '../types.ts';
import type { CompiledCorrelation, Watched } from './program.ts';

/** A rule or correlation that a correlation watches. */
export interface Watch {
  /** The name by which the correlation refers to it. */
  readonly name: string;
  /** Its position in the correlation's list. */
  readonly position: number;
  readonly from: Watched;
}

/** What each correlation watches, as far as each of its names refers to exactly one document. */
export type Watches = ReadonlyMap<SigmaCorrelation, readonly Watch[]>;

/** Documents by the names that may refer to them. */
export type KnownNames = ReadonlyMap<string, readonly Watched[]>;

/** Indexes documents by id and name, and by title if no document has the title as its name. */
export function namesOf(documents: readonly Watched[]): KnownNames {
  const known = new Map<string, Watched[]>();
  const titles = new Map<string, Watched[]>();
  const add = (to: Map<string, Watched[]>, name: string, document: Watched) => {
    const list = to.get(name);
    if (list) list.push(document);
    else to.set(name, [document]);
  };
  for (const document of documents) {
    for (const name of new Set([document.id, document.name])) {
      if (name !== undefined) add(known, name, document);
    }
    add(titles, document.title, document);
  }
  return new Map([...titles, ...known]);
}

/** The documents that a name may refer to. Documents in the correlation's own file take precedence. */
export function candidates(known: KnownNames, name: string, { file }: SigmaCorrelation): readonly Watched[] {
  const all = known.get(name) ?? [];
  const near = all.filter((document) => document.file === file);
  return near.length > 0 ? near : all;
}

export function findWatches(correlations: readonly SigmaCorrelation[], known: KnownNames): Watches {
  return new Map(
    correlations.map((correlation) => [
      correlation,
      correlation.rules.flatMap((name, position): Watch[] => {
        const [from, ...others] = candidates(known, name, correlation);
        return from && others.length === 0 ? [{ name, position, from }] : [];
      }),
    ]),
  );
}

/** Whether a correlation watches a document, directly or through other correlations. */
export function reaches(
  from: SigmaCorrelation,
  target: Watched,
  watches: Watches,
  visited = new Set<SigmaCorrelation>(),
): boolean {
  if (visited.has(from)) return false;
  visited.add(from);
  return (watches.get(from) ?? []).some(
    ({ from: next }) =>
      next === target || (next.kind === 'correlation' && reaches(next, target, watches, visited)),
  );
}

/** Sorts correlations so that each comes after the correlations that it watches. There must be no circles. */
export function inOrder(
  compiled: readonly CompiledCorrelation[],
  watches: Watches,
): readonly CompiledCorrelation[] {
  const ordered = new Set<CompiledCorrelation>();
  const visit = (one: CompiledCorrelation) => {
    if (ordered.has(one)) return;
    for (const { from } of watches.get(one.correlation) ?? []) {
      const before = compiled.find(({ correlation }) => correlation === from);
      if (before) visit(before);
    }
    ordered.add(one);
  };
  for (const one of compiled) visit(one);
  return [...ordered];
}

/**
 * The rules and correlations that raise no alert of their own: they are watched, and none of the correlations that watch them
 * says `generate: true`.
 */
export function silentAmong(
  correlations: Iterable<SigmaCorrelation>,
  watches: Watches,
): ReadonlySet<Watched> {
  const silent = new Set<Watched>();
  const loud = new Set<Watched>();
  for (const correlation of correlations) {
    for (const { from } of watches.get(correlation) ?? []) (correlation.generate ? loud : silent).add(from);
  }
  for (const one of loud) silent.delete(one);
  return silent;
}
