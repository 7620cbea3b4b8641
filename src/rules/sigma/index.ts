/**
 * The Sigma condition language, compiled: the public face of `rules/sigma`.
 *
 * Source: Sigma specification 2.1 (SigmaHQ/sigma-specification).
 */

export {
  type CompiledCorrelation,
  type CorrelationFeed,
  type CorrelationProgram,
  compileCorrelations,
  contributions,
} from './correlation.ts';
export { type CorrelationState, correlationState } from './correlation-state.ts';
export {
  type CorrelationLimits,
  CorrelationWindows,
  type Fulfilled,
  type PlacedRow,
} from './correlation-windows.ts';
export { type CorrelationAlert, Correlator } from './correlator.ts';
export { compileDetection } from './detection.ts';
export { defaultMappings } from './mappings/index.ts';
export { buildMatcher, type Matcher } from './matcher.ts';
export { type ParsedSigmaFile, parseSigmaFile } from './parse.ts';
export { viewRecord } from './record.ts';
export { compileRule } from './rule.ts';
export type * from './types.ts';
export type { CorrelationDefinition } from './window.ts';
