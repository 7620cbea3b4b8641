/** The kinds of findings of `rules hygiene`. */
import type { DiagnosticCode } from '../diagnostics/codes.ts';

export const HYGIENE_KINDS = [
  'never-hit',
  'noisy-rule',
  'no-owner',
  'no-test',
  'disabled-rule',
  'long-experimental',
  'expired-exception',
  'exception-ends-soon',
] as const satisfies readonly DiagnosticCode[];

export type HygieneKind = (typeof HYGIENE_KINDS)[number];
