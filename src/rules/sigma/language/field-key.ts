/** Parses the key of a field with its modifiers, such as `FileName|endswith`. */
import type { Node, Scalar } from 'yaml';
import { diagnostic, type Span } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import { spanOf, spanWithin } from '../../../diagnostics/yaml/places.ts';
import type { CompileContext } from '../types.ts';
import {
  isModifier,
  isModifierError,
  MODIFIERS,
  type Modifier,
  type ModifierPlan,
  planModifiers,
} from './modifiers.ts';

/** The field name that stands for keywords, which have no field. */
export const KEYWORDS = '';

/** A parsed key. */
export interface FieldKey {
  readonly node: Node;
  readonly field: string;
  readonly label: string;
  readonly plan: ModifierPlan;
}

/** Parses a field's key. Undefined if an error was reported. */
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
    const message = `unknown modifier "|${name}"`;
    const hint = didYouMean(name, MODIFIERS) ?? `allowed here: ${MODIFIERS.join(', ')}`;
    context.report(diagnostic(context.file, span, { code: 'unsupported-modifier', message, hint }));
  }
  if (!valid) return undefined;
  const plan = planModifiers(modifiers);
  if (!isModifierError(plan)) return { node: key, field, label, plan };
  const span = spans[plan.index] ?? spanOf(key, context.lines);
  context.report(diagnostic(context.file, span, plan));
  return undefined;
}
