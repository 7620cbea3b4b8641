/** Finds the columns that hold a field, and checks them against the table's schema. */
import type { Mistake, Span } from '../../../diagnostics/diagnostic.ts';
import { asQuestion } from '../../../diagnostics/nearest.ts';
import { isAddressColumn } from '../../schema/addresses.ts';
import type { ColumnLookup, ColumnType } from '../../schema/index.ts';
import { unknownColumn } from '../../unknown-names.ts';
import { address } from '../rendering/address.ts';
import { renderingOf } from '../rendering/of-mapping.ts';
import { REGISTRY_DATA_COLUMNS } from '../rendering/registry-data.ts';
import type { Rendering } from '../rendering/rendering.ts';
import type { FieldMapping } from '../types.ts';
import type { FieldSource, Unavailable } from './expression.ts';
import { KEYWORDS } from './field-key.ts';
import { type FieldScope, report, tableOf, unavailable } from './field-scope.ts';
import type { Comparison } from './modifiers.ts';
import type { FieldSources } from './sources.ts';

/** The comparisons that columns of each type allow. */
const COMPARABLE: Readonly<Record<ColumnType, ReadonlySet<Comparison['kind']>>> = {
  string: new Set(['text', 'regex', 'cidr', 'list', 'exists', 'field']),
  number: new Set(['text', 'regex', 'compare', 'list', 'exists', 'field']),
  boolean: new Set(['text', 'regex', 'exists', 'field']),
  datetime: new Set(['text', 'regex', 'time', 'exists', 'field']),
  object: new Set(['text', 'regex', 'cidr', 'list', 'compare', 'time', 'exists', 'field']),
};

/** The mapping of the field that is being compiled, or why there is none. Keywords have no columns. Undefined if an error was reported. */
export function mappingOf(field: FieldScope): FieldMapping | Unavailable | undefined {
  const { key, nameSpan } = field;
  if (key.field !== KEYWORDS) return findMapping(key.field, nameSpan, field);
  const { kind } = key.plan.comparison;
  if (kind === 'text' || kind === 'regex') return { columns: [] };
  const message = `"|${nameOf(kind)}" needs a field before it`;
  report(field, nameSpan, { code: 'bad-modifier', message });
  return undefined;
}

/** The mapping of a field that a key or a `fieldref` names, or why there is none. Undefined if an error was reported. */
export function findMapping(
  name: string,
  span: Span,
  field: FieldScope,
): FieldMapping | Unavailable | undefined {
  const { mapField, columns: lookup } = field.context;
  const mapping = mapField ? mapField(name) : { columns: [name] };
  if (!mapping || mapping.missing !== undefined) {
    const message = `${tableOf(field)} has nothing that corresponds to the field "${name}"`;
    const hint = mapping?.missing ?? 'a mapping file in transforms/mappings can say which column it is';
    return unavailable(field, span, { code: 'unmapped-field', message, hint });
  }
  if (mapping.approximate !== undefined) {
    const message = `the field "${name}": ${mapping.approximate}`;
    report(field, span, { code: 'approximate-mapping', message }, 'warning');
  }
  if (!lookup) return mapping;
  const mistakes = pathsOf(mapping).flatMap((path) => mistakeIn(path, name, lookup, field) ?? []);
  const missing = mistakes.find(({ code }) => code === 'unknown-column');
  if (missing) return unavailable(field, span, missing);
  for (const mistake of mistakes) report(field, span, mistake);
  return mistakes.length === 0 ? mapping : undefined;
}

/** The modifier that asks for a comparison. */
function nameOf(kind: Comparison['kind']): string {
  if (kind === 'field') return 'fieldref';
  return kind === 'list' ? 'in_list' : kind;
}

export function isMapping(found: FieldMapping | Unavailable): found is FieldMapping {
  return !('kind' in found);
}

function mistakeIn(path: string, name: string, lookup: ColumnLookup, field: FieldScope): Mistake | undefined {
  const root = path.split('.', 1)[0] ?? path;
  const direct = lookup.column(path)?.type;
  const type = direct ?? lookup.column(root)?.type;
  if (type === undefined) {
    return unknownColumn(tableOf(field), root, asQuestion(namesNear(name, root, field)));
  }
  // Objects, and strings that hold JSON, may contain any key.
  if (direct !== undefined || type === 'object' || type === 'string') return undefined;
  return { code: 'type-mismatch', message: `the column "${root}" is a ${type}: it has nothing inside` };
}

/** Names that the author may have meant: fields of the mapping first, then columns of the table. */
function namesNear(name: string, column: string, { context }: FieldScope): readonly string[] {
  const fields = context.nearestFields?.(name) ?? [];
  return fields.length > 0 ? fields : (context.columns?.nearest(column) ?? []);
}

/** Whether all columns of a mapping allow the comparison that the field's modifiers ask for. If not, an error is reported. */
export function isComparable(mapping: FieldMapping, field: FieldScope): boolean {
  const lookup = field.context.columns;
  if (!lookup) return true;
  const { comparison } = field.key.plan;
  const rendering = renderingOf(mapping);
  if (rendering && !rendering.isTransparent) return isRenderedComparable(rendering, field);
  for (const path of pathsOf(mapping)) {
    // Values inside an object or inside JSON may be of any type.
    const type = lookup.column(path)?.type ?? (path.includes('.') ? 'object' : undefined);
    if (type === undefined || COMPARABLE[type].has(comparison.kind)) continue;
    const { name, wanted } = describe(comparison);
    const message = `"|${name}" compares ${wanted}, but the column "${path}" is a ${type}`;
    report(field, field.nameSpan, { code: 'type-mismatch', message });
    return false;
  }
  return true;
}

/** Whether rendered columns allow the field's comparison. They are strings, which may hold numbers or addresses. */
function isRenderedComparable({ name: form, compares }: Rendering, field: FieldScope): boolean {
  const { comparison } = field.key.plan;
  const also = { numbers: 'compare', addresses: 'cidr', none: undefined }[compares ?? 'none'];
  if (['text', 'regex', 'exists', 'field', 'list', also].includes(comparison.kind)) return true;
  const { name, wanted } = describe(comparison);
  const message = `"|${name}" compares ${wanted}, but "${field.key.field}" is compared as ${form}`;
  report(field, field.nameSpan, { code: 'type-mismatch', message });
  return false;
}

/** Describes a comparison for messages: its modifier, and what it compares. */
function describe(comparison: Comparison): { readonly name: string; readonly wanted: string } {
  switch (comparison.kind) {
    case 'compare':
      return { name: comparison.op, wanted: 'numbers' };
    case 'time':
      return { name: comparison.part, wanted: 'dates' };
    case 'cidr':
      return { name: 'cidr', wanted: 'addresses' };
    case 'list':
      return { name: 'in_list', wanted: 'strings' };
    default:
      return { name: comparison.kind, wanted: 'strings' };
  }
}

/**
 * The sources of a mapped field, in the form in which it is compared.
 * @param use `other` for the field that a `fieldref` names: only the usual spelling of its values is compared.
 */
export function sourcesOf(
  mapping: FieldMapping,
  sources: FieldSources,
  use: 'own' | 'other' = 'own',
): readonly FieldSource[] {
  const rendering = renderingOf(mapping);
  const inForm = (inputs: readonly FieldSource[], form: Rendering): FieldSource =>
    sources.rendered(inputs, use === 'other' ? (form.usual?.rendering ?? form) : form);
  const { columns, join, render, convert } = mapping;
  if (render && rendering) {
    return [
      inForm(
        columns.map((path) => sources.column(path)),
        rendering,
      ),
    ];
  }
  const beside =
    convert === 'registry-data' ? REGISTRY_DATA_COLUMNS.slice(1).map((path) => sources.column(path)) : [];
  const read = join
    ? [sources.join(join.columns, join.with)]
    : columns.map((path) => {
        const column = sources.column(path);
        return isAddressColumn(path) ? inForm([column], address) : column;
      });
  return rendering ? read.map((source) => inForm([source, ...beside], rendering)) : read;
}

function pathsOf({ join, columns }: FieldMapping): readonly string[] {
  return join ? join.columns : columns;
}
