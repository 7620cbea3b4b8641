/** The context in which a field is compiled. */
import { isScalar } from 'yaml';
import { diagnostic, type Mistake, type Severity, type Span } from '../../../diagnostics/diagnostic.ts';
import { spanOf, spanWithin } from '../../../diagnostics/yaml/places.ts';
import type { CompileContext, FieldMapping } from '../types.ts';
import type { Unavailable } from './expression.ts';
import type { FieldKey } from './field-key.ts';
import { ValueError } from './values.ts';

/** A field that is being compiled. */
export interface FieldScope {
  readonly key: FieldKey;
  readonly context: CompileContext;
  /** The place of the whole key, with its modifiers. */
  readonly span: Span;
  /** The place of the field's name without modifiers. */
  readonly nameSpan: Span;
}

/** A field whose columns are known. */
export interface MappedField extends FieldScope {
  readonly mapping: FieldMapping;
}

export function fieldScope(key: FieldKey, context: CompileContext): FieldScope {
  const span = spanOf(key.node, context.lines);
  const nameSpan = isScalar(key.node) ? spanWithin(key.node, 0, key.field.length, context.lines) : span;
  return { key, context, span, nameSpan };
}

export function report({ context }: FieldScope, span: Span, mistake: Mistake, severity?: Severity): void {
  context.report(diagnostic(context.file, span, mistake, severity));
}

/** The table's name, for messages. */
export function tableOf({ context }: FieldScope): string {
  return context.columns?.table ?? 'the table';
}

/** Makes an {@link Unavailable} that is not certain: the table has no column for it, but rows may satisfy it. */
export function unavailable({ key }: FieldScope, span: Span, reason: Mistake): Unavailable {
  return { kind: 'unavailable', label: key.label, span, reason, isCertain: false };
}

/** The error for a value that has no counterpart in the table. */
export function unmappable(field: FieldScope): ValueError {
  const message = `${tableOf(field)} does not hold what this value of "${field.key.field}" asks for`;
  return new ValueError('unmappable-value', message);
}
