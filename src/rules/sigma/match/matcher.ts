/** Matches all detections of a table together: an index proposes the detections that may match a row. */
import type { CompiledDetection, RecordView } from '../types.ts';
import { Candidates } from './candidates.ts';
import { learnLikelihood } from './likelihood.ts';
import { allNeeds } from './needs.ts';
import { compilePredicate, type Predicate } from './predicates.ts';
import { rankBy } from './ranking.ts';
import { requirementsOf } from './requirements.ts';
import { SharedTests } from './shared-tests.ts';

/** Many detections that are matched together. */
export interface Matcher {
  /** The positions of the detections that match, ascending. */
  match(record: RecordView): readonly number[];
}

/** The subject of a cut that may affect any detection: the index did not search all of a string and may have missed candidates. */
const INDEX = 'all detections';

const NONE: readonly number[] = [];

/**
 * Indexes detections (of one table) by the literals that they need, so that a row is tested only by detections that may match it. The index is
 * built for the first row: a start with thousands of rules does not wait for the indexes of tables without rows.
 *
 * One pass over each column in which a literal is searched proposes candidates. Only these are evaluated, and tests that several of them
 * share are run once.
 */
export function buildMatcher(detections: readonly CompiledDetection[]): Matcher {
  let built: Matcher | undefined;
  return {
    match(record) {
      built ??= indexed(detections);
      return built.match(record);
    },
  };
}

function indexed(detections: readonly CompiledDetection[]): Matcher {
  const likelihood = learnLikelihood((visit) => {
    for (const { expression } of detections) allNeeds(expression, visit);
  });
  const requirements = requirementsOf(detections, likelihood);
  const candidates = new Candidates(detections, requirements);
  const shared = new SharedTests();
  const compileTests = shared.compile.bind(shared);
  const predicates: (Predicate | undefined)[] = detections.map(() => undefined);
  /** Compiles a detection on first use, because most rules are never tried. */
  const compile = (position: number): Predicate => {
    const settled = new Set(requirements[position]?.settled);
    const expression = detections[position]?.expression;
    const compiler = { compileTests, rank: rankBy(likelihood, settled) };
    const predicate = expression ? compilePredicate(expression, compiler) : () => false;
    predicates[position] = predicate;
    return predicate;
  };

  return {
    match(record) {
      record.work.subject = INDEX;
      const count = candidates.of(record);
      if (count === 0) return NONE;
      shared.nextRow();
      let matched: number[] | undefined;
      for (let at = 0; at < count; at++) {
        const position = candidates.positions[at] as number;
        record.work.subject = position;
        const predicate = predicates[position] ?? compile(position);
        if (!predicate(record)) continue;
        matched ??= [];
        matched.push(position);
      }
      if (!matched) return NONE;
      return matched.length > 1 ? matched.sort((a, b) => a - b) : matched;
    },
  };
}
