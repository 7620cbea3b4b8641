import type { Node, Scalar } from 'yaml';
import type { Span } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import type { CompileContext } from '../types.ts';
import {
  isModifier,
  isModifierError,
  MODIFIERS,
  type Modifier,
  type ModifierPlan,
  planModifiers,
} from './modifiers.ts';
import { spanOf, spanWithin } from './spans.ts';

/** The field of keywords, which have none. */
export const KEYWORDS = '';

/** `FileName|endswith`, understood. */
export interface FieldKey {
  readonly node: Node;
  readonly field: string;
  readonly label: string;
  readonly plan: ModifierPlan;
}

/** Reads a field's key. Undefined when an error was reported. */
export function parseKey(key: Scalar, context: CompileContext): FieldKey | undefined {
  const label = String(key.value);
  const [field = '', ...names] = label.split('|');
  const modifiers: Modifier[] = [];
  let at = field.length + 1;
  const spans: Span[] = [];
  let valid = true;
  for (const name of names) {
    const span = spanWithin(key, at, name.length, context.lines);
    at += name.length + 1;
    if (isModifier(name)) {
      modifiers.push(name);
      spans.push(span);
      continue;
    }
    valid = false;
    const hint = didYouMean(name, MODIFIERS);
    context.report({
      severity: 'error',
      code: 'unsupported-modifier',
      file: context.file,
      span,
      message: `Sigma has no modifier "|${name}".`,
      hint: hint ?? `modifiers: ${MODIFIERS.join(', ')}`,
    });
  }
  if (!valid) return undefined;
  const plan = planModifiers(modifiers);
  if (!isModifierError(plan)) return { node: key, field, label, plan };
  const span = spans[plan.index] ?? spanOf(key, context.lines);
  const { code, message, hint } = plan;
  context.report({ severity: 'error', code, file: context.file, span, message, ...(hint ? { hint } : {}) });
  return undefined;
}
