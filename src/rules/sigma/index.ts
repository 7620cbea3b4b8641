/**
 * The Sigma condition language, compiled: the public face of `rules/sigma`.
 *
 * Source: Sigma specification 2.1 (SigmaHQ/sigma-specification).
 */

export { compileCorrelations } from './correlation/compile.ts';
export { type CorrelationAlert, Correlator } from './correlation/correlator.ts';
export { contributions } from './correlation/feeds.ts';
export type { CorrelationDefinition } from './correlation/group-window.ts';
export type { CompiledCorrelation, CorrelationFeed, CorrelationProgram } from './correlation/program.ts';
export { type CorrelationState, correlationState } from './correlation/state.ts';
export { namesOf } from './correlation/watches.ts';
export {
  type CorrelationLimits,
  CorrelationWindows,
  type Fulfilled,
  type PlacedRow,
} from './correlation/windows.ts';
export { compileDetection } from './detection.ts';
export type { KeptDetections } from './kept/entry.ts';
export {
  keptText,
  LONGEST_KEPT_TEXT,
  type RefusalOfText,
  RefusedTextError,
  readKeptText,
} from './kept/kept-text.ts';
export { type DetectionsLoad, KnownDetections, type LoadFigures } from './kept/known-detections.ts';
export { type Condition, isConditionError, parseCondition } from './language/condition.ts';
export { expirySchema, expiryTime } from './language/expiry.ts';
export { MODIFIER_GUIDE, type ModifierExample, type ModifierGuide } from './language/modifier-guide.ts';
export { type ParsedSigmaFile, parseSigmaFile, SIGMA_FILE } from './language/parse.ts';
export { FieldSources, type KnownSources } from './language/sources.ts';
export { isMany, parseText } from './language/text.ts';
export { defaultMappings } from './mappings/defaults.ts';
export { misspeltLogsource } from './mappings/names.ts';
export { nativeMappings } from './mappings/native.ts';
export { readMappings } from './mappings/read-file.ts';
export { buildMatcher, type Matcher } from './match/matcher.ts';
export { viewRecord, viewRow } from './match/record.ts';
export { type NarrowingOutcome, resolveNarrowings } from './narrowings.ts';
export { compileRule } from './rule.ts';
export type * from './types.ts';
