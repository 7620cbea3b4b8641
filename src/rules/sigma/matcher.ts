import type { CompiledDetection, RecordView } from './types.ts';

/** Many detections, tried together. */
export interface Matcher {
  /** The positions of the detections that match, ascending. */
  match(record: RecordView): readonly number[];
}

/** Indexes detections (of one table) by the literals they need, so that a row meets only those that may match it. */
export function buildMatcher(_detections: readonly CompiledDetection[]): Matcher {
  throw new Error('not built yet');
}
