/** Tries detections one by one: what the index of `buildMatcher` must agree with. */
import type { Matcher } from '../../../../src/rules/sigma/match/matcher.ts';
import type { CompiledDetection } from '../../../../src/rules/sigma/types.ts';

export function buildPlainMatcher(detections: readonly CompiledDetection[]): Matcher {
  return {
    match: (record) =>
      detections.flatMap((detection, position) => (detection.matches(record) ? [position] : [])),
  };
}
