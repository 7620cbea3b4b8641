import type { Diagnostic } from '../diagnostics.ts';
import type { RuleFile } from '../ruleset.ts';
import type { SigmaDocument } from './types.ts';

export interface ParsedSigmaFile {
  readonly documents: readonly SigmaDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one file of Sigma rules, correlations or filters. Never throws: what is wrong is in `diagnostics`. */
export function parseSigmaFile(_file: RuleFile): ParsedSigmaFile {
  throw new Error('not built yet');
}
