import { isScalar, type Node, type Scalar } from 'yaml';
import { diagnostic, type Mistake, type Severity, type Span } from '../../../diagnostics/diagnostic.ts';
import { asQuestion, nearest } from '../../../diagnostics/nearest.ts';
import { spanOf, spanWithin } from '../../../diagnostics/yaml/places.ts';
import type { ColumnType } from '../../schema/index.ts';
import type { CompileContext, FieldMapping } from '../types.ts';
import { parseCidr } from './cidr.ts';
import type { Expression, FieldSource, Token, Value, ValueTest } from './expression.ts';
import { type FieldKey, KEYWORDS, parseKey } from './field-key.ts';
import { fold } from './fold.ts';
import { type Given, GivenError, readValues } from './given.ts';
import {
  convertFileName,
  convertHash,
  convertNumber,
  prefixPattern,
  prefixTokens,
  replaceInPattern,
  replaceInTokens,
} from './mapped-values.ts';
import { isModifierError, type ModifierPlan, planModifiers } from './modifiers.ts';
import { compileRegex } from './regex.ts';
import { anySource, type FieldSources } from './sources.ts';
import { parseText, plainText } from './text.ts';
import { expandPlaceholders, textAlternatives, textTests, ValueError } from './values.ts';

/** What a column of each type can't be compared by. */
const COMPARABLE: Readonly<Record<ColumnType, ReadonlySet<string>>> = {
  string: new Set(['text', 'regex', 'cidr', 'exists', 'field']),
  number: new Set(['text', 'regex', 'compare', 'exists', 'field']),
  boolean: new Set(['text', 'regex', 'exists', 'field']),
  datetime: new Set(['text', 'regex', 'time', 'exists', 'field']),
  object: new Set(['text', 'regex', 'cidr', 'compare', 'time', 'exists', 'field']),
};

/** Compiles `FileName|endswith: [a.exe, b.exe]`. Undefined when an error was reported. */
export function compileField(
  key: Scalar,
  value: Node | null,
  context: CompileContext,
): Expression | undefined {
  const parsed = parseKey(key, context);
  if (!parsed) return undefined;
  return new FieldCompiler(parsed, context).compile(value);
}

/** Compiles a keyword: a text looked for anywhere in the row. */
export function compileKeyword(value: Node, context: CompileContext): Expression | undefined {
  const plan = planModifiers([]);
  if (isModifierError(plan)) return undefined;
  return new FieldCompiler({ node: value, field: KEYWORDS, label: 'keywords', plan }, context).compile(value);
}

class FieldCompiler {
  readonly #key: FieldKey;
  readonly #context: CompileContext;
  readonly #fieldSpan: Span;

  constructor(key: FieldKey, context: CompileContext) {
    this.#key = key;
    this.#context = context;
    this.#fieldSpan = isScalar(key.node)
      ? spanWithin(key.node, 0, key.field.length, context.lines)
      : spanOf(key.node, context.lines);
  }

  compile(node: Node | null): Expression | undefined {
    const { plan } = this.#key;
    const mapping = this.#mapping();
    const given = this.#values(node);
    if (!mapping || !given) return undefined;
    if (plan.all && given.length === 1) {
      const message = '"|all" has no meaning for a single value';
      const mistake: Mistake = { code: 'single-all', message, hint: 'remove "|all"' };
      this.#report(this.#fieldSpan, mistake, 'warning');
    }
    const compiled = given.map((value) => this.#value(value, mapping));
    if (compiled.some((item) => item === undefined)) return undefined;
    const items = compiled.filter((item) => item !== undefined && item !== 'dropped') as Expression[];
    if (items.length === 0) {
      if (given.length > 0) {
        const message = `none of these values of "${this.#key.field}" can be found in ${this.#table()}`;
        this.#report(this.#fieldSpan, { code: 'unmappable-value', message });
      }
      return undefined;
    }
    const span = spanOf(this.#key.node, this.#context.lines);
    const linked = plan.all ? join('and', items, span) : join('or', mergeFields(items), span);
    return plan.negated ? { kind: 'not', item: linked, span } : linked;
  }

  #mapping(): FieldMapping | undefined {
    const { field, plan } = this.#key;
    if (field === KEYWORDS) {
      const { kind } = plan.comparison;
      if (kind === 'text' || kind === 'regex') return { columns: [] };
      const message = `"|${kind === 'field' ? 'fieldref' : kind}" needs a field before it`;
      this.#report(this.#fieldSpan, { code: 'bad-modifier', message });
      return undefined;
    }
    return this.#map(field, this.#fieldSpan);
  }

  /** The columns of a field, checked against the table's schema. */
  #map(field: string, span: Span): FieldMapping | undefined {
    const { mapField, columns: lookup } = this.#context;
    const mapping = mapField ? mapField(field) : { columns: [field] };
    if (!mapping) {
      const message = `${this.#table()} has nothing that corresponds to the field "${field}"`;
      const hint = 'a mapping file in transforms/mappings can say which column it is';
      this.#report(span, { code: 'unmapped-field', message, hint });
      return undefined;
    }
    if (mapping.approximate !== undefined) {
      const message = `the field "${field}": ${mapping.approximate}`;
      this.#report(span, { code: 'approximate-mapping', message }, 'warning');
    }
    if (!lookup) return mapping;
    let valid = true;
    for (const path of mapping.join ? mapping.join.columns : mapping.columns) {
      const type = typeOf(lookup, path);
      if (type === undefined) {
        valid = false;
        this.#report(span, this.#unknownColumn(field, rootOf(path)));
      } else if (
        path.includes('.') &&
        lookup.column(path) === undefined &&
        type !== 'object' &&
        type !== 'string'
      ) {
        valid = false;
        const message = `the column "${rootOf(path)}" is a ${type}: it has nothing inside`;
        this.#report(span, { code: 'type-mismatch', message });
      }
    }
    return valid ? mapping : undefined;
  }

  #unknownColumn(field: string, name: string): Mistake {
    return {
      code: 'unknown-column',
      message: `${this.#table()} has no column "${name}"`,
      hint: asQuestion(this.#nearest(field, name)),
    };
  }

  /** Names that were meant, perhaps: the field's own, of which the mapping knows more than the table, then columns. */
  #nearest(field: string, column: string): readonly string[] {
    const { columns, fieldNames = [] } = this.#context;
    const fields = nearest(field, fieldNames);
    return fields.length > 0 ? fields : (columns?.nearest(column) ?? []);
  }

  /** Says so when a column can't be compared this way. */
  #comparable(paths: readonly string[], span: Span): boolean {
    const lookup = this.#context.columns;
    if (!lookup) return true;
    const { comparison } = this.#key.plan;
    for (const path of paths) {
      const direct = lookup.column(path)?.type;
      // What a JSON text or object holds inside may be of any type.
      const type = direct ?? (path.includes('.') ? 'object' : undefined);
      if (type === undefined || COMPARABLE[type].has(comparison.kind)) continue;
      const name =
        comparison.kind === 'compare'
          ? comparison.op
          : comparison.kind === 'time'
            ? comparison.part
            : comparison.kind;
      const wanted =
        { compare: 'numbers', time: 'dates', cidr: 'addresses' }[comparison.kind as string] ?? 'strings';
      const message = `"|${name}" compares ${wanted}, but the column "${path}" is a ${type}`;
      this.#report(span, { code: 'type-mismatch', message });
      return false;
    }
    return true;
  }

  #values(node: Node | null): readonly Given[] | undefined {
    try {
      return readValues(node, this.#key.node);
    } catch (error) {
      if (!(error instanceof GivenError)) throw error;
      this.#report(spanOf(error.node, this.#context.lines), error);
      return undefined;
    }
  }

  /** One value of the rule, on every column that may hold the field; `dropped` where the table can't hold it. */
  #value(given: Given, mapping: FieldMapping): Expression | 'dropped' | undefined {
    try {
      return this.#alternatives(given, mapping);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.#report(spanOf(given.node, this.#context.lines), error);
      return undefined;
    }
  }

  #alternatives(given: Given, mapping: FieldMapping): Expression | 'dropped' | undefined {
    const { plan, field } = this.#key;
    const span = spanOf(given.node, this.#context.lines);
    if (field === KEYWORDS && given.value === null) {
      throw new ValueError('bad-value', 'a keyword is a string');
    }
    if (given.value === null) {
      if (plan.comparison.kind !== 'text' || plan.steps.length > 0 || plan.cased || plan.expand)
        throw new ValueError('bad-value', 'null has no modifiers but "|neq"');
      return this.#onColumns(mapping, [{ label: 'null', span, test: { kind: 'null' } }], 'and');
    }
    if (plan.comparison.kind === 'exists') {
      if (typeof given.value !== 'boolean')
        throw new ValueError('bad-value', '"|exists" takes true or false');
      const exists = this.#onColumns(mapping, [{ label: 'exists', span, test: { kind: 'exists' } }], 'or');
      return given.value || !exists ? exists : { kind: 'not', item: exists, span };
    }
    const raws = plan.expand ? expandPlaceholders(given.raw, this.#context.variables) : [given.raw];
    const results: Expression[] = [];
    for (const raw of raws.flatMap((text) => this.#mapped(text, mapping, span))) {
      const result = this.#raw(raw, given, mapping, span);
      if (result === undefined) return undefined;
      if (result !== 'dropped') results.push(result);
    }
    return results.length === 0 ? 'dropped' : join('or', mergeFields(results), span);
  }

  /** What the columns hold in place of a value; nothing where they can't hold it. */
  #mapped(raw: string, mapping: FieldMapping, span: Span): readonly string[] {
    const { values, closed, convert } = mapping;
    const key = values && plainText(parseText(raw))?.toLowerCase();
    const mapped = key !== undefined && values && Object.hasOwn(values, key) ? values[key] : undefined;
    if (mapped !== undefined) return typeof mapped === 'string' ? [mapped] : mapped;
    if (closed) {
      this.#unmappable(raw, span);
      return [];
    }
    return [convert === 'registry-data' || convert === 'hex' ? convertNumber(raw, convert) : raw];
  }

  #raw(raw: string, given: Given, mapping: FieldMapping, span: Span): Expression | 'dropped' | undefined {
    const { comparison, cased } = this.#key.plan;
    const one = (test: ValueTest, label = raw): Expression | undefined =>
      this.#onColumns(mapping, [{ label, span, test }], 'or');
    switch (comparison.kind) {
      case 'text':
        return this.#text(raw, mapping, span);
      case 'regex': {
        if (mapping.convert !== undefined || mapping.closed) throw unmappable(this.#key.field, this.#table());
        const replaced = mapping.replace ? replaceInPattern(raw, mapping.replace) : raw;
        const pattern = mapping.prefix === undefined ? replaced : prefixPattern(replaced, mapping.prefix);
        const regex = compileRegex(pattern, comparison.flags);
        if (typeof regex === 'string')
          throw new ValueError('bad-regex', `the regular expression can't be used: ${regex}`);
        if ('severity' in regex) throw new ValueError(regex.code, regex.message, regex.hint);
        const { plain, finding } = regex;
        if (finding) this.#report(span, finding, 'warning');
        if (!plain)
          return one({ kind: 'regex', source: pattern, regex: regex.regex, literal: regex.literal });
        const { i } = comparison.flags;
        return one({
          kind: 'text',
          mode: plain.mode,
          literal: i ? fold(plain.literal) : plain.literal,
          cased: !i,
        });
      }
      case 'cidr': {
        const contains = parseCidr(raw);
        if (!contains)
          throw new ValueError('bad-cidr', `"${raw}" is not a network`, 'such as 10.0.0.0/8 or fe80::/10');
        return one({ kind: 'cidr', contains });
      }
      case 'compare':
      case 'time': {
        if (typeof given.value !== 'number' || !Number.isFinite(given.value)) {
          throw new ValueError(
            'bad-value',
            `"|${comparison.kind === 'time' ? comparison.part : comparison.op}" takes a number`,
          );
        }
        return one({ ...comparison, value: given.value });
      }
      case 'field': {
        const other = this.#map(raw, span);
        if (!other) return undefined;
        const sources = sourcesOf(other, this.#context.sources);
        const values = sources.map(
          (source): Value => ({
            label: raw,
            span,
            test: { kind: 'field', source, mode: comparison.mode, cased },
          }),
        );
        return this.#onColumns(mapping, values, 'or');
      }
      case 'exists':
        return 'dropped';
    }
  }

  #text(raw: string, mapping: FieldMapping, span: Span): Expression | 'dropped' | undefined {
    const { plan, field } = this.#key;
    const { columns } = mapping;
    const hash = mapping.convert === 'hashes' ? convertHash(raw, columns) : undefined;
    if (mapping.convert === 'hashes' && !hash) {
      this.#unmappable(raw, span);
      return 'dropped';
    }
    const steps = field === KEYWORDS && !hasPlace(plan) ? [...plan.steps, 'contains' as const] : plan.steps;
    let alternatives = textAlternatives(hash?.value ?? raw, { ...plan, steps });
    if (mapping.replace) {
      const { replace } = mapping;
      alternatives = alternatives.flatMap((tokens) => replaceInTokens(tokens, replace));
    }
    const { prefix } = mapping;
    if (prefix !== undefined) alternatives = alternatives.map((tokens) => prefixTokens(tokens, prefix));
    if (mapping.convert === 'file-name')
      alternatives = alternatives.map((tokens) => this.#fileName(tokens, raw, span));
    const values = alternatives
      .flatMap((tokens) => textTests(tokens, plan.cased))
      .map((test): Value => ({ label: raw, span, test }));
    return this.#onColumns(hash ? { columns: [hash.column] } : mapping, values, 'or');
  }

  #fileName(tokens: readonly Token[], raw: string, span: Span): readonly Token[] {
    const converted = convertFileName(tokens);
    if (converted === undefined) throw unmappable(this.#key.field, this.#table());
    if (converted.folder) {
      const message = `${this.#table()} has only the file's name for "${this.#key.field}": the folder in "${raw}" is not compared`;
      this.#report(span, { code: 'folder-not-compared', message }, 'warning');
    }
    return converted.tokens;
  }

  #onColumns(mapping: FieldMapping, values: readonly Value[], link: 'and' | 'or'): Expression | undefined {
    const { label, field, node } = this.#key;
    const span = spanOf(node, this.#context.lines);
    if (field === KEYWORDS) return { kind: 'field', source: anySource, values, label, span };
    const paths = mapping.join?.columns ?? mapping.columns;
    if (!values.every(({ test }) => test.kind === 'null') && !this.#comparable(paths, this.#fieldSpan))
      return undefined;
    const items = sourcesOf(mapping, this.#context.sources).map(
      (source): Expression => ({ kind: 'field', source, values, label, span }),
    );
    return join(link, items, span);
  }

  /** A value the table never holds: left out of a list of alternatives, but nothing can do without one of `|all`. */
  #unmappable(raw: string, span: Span): void {
    const { plan, field } = this.#key;
    if (plan.all) throw unmappable(field, this.#table());
    const message = `${this.#table()} never holds "${raw}" as "${field}": this value is left out`;
    this.#report(span, { code: 'unmappable-value', message }, 'warning');
  }

  #table(): string {
    return this.#context.columns?.table ?? 'the table';
  }

  #report(span: Span, mistake: Mistake, severity?: Severity): void {
    this.#context.report(diagnostic(this.#context.file, span, mistake, severity));
  }
}

function unmappable(field: string, table: string): ValueError {
  return new ValueError('unmappable-value', `${table} does not hold what this value of "${field}" asks for`);
}

function hasPlace(plan: ModifierPlan): boolean {
  return plan.steps.some((step) => step === 'contains' || step === 'startswith' || step === 'endswith');
}

function rootOf(path: string): string {
  return path.split('.', 1)[0] ?? path;
}

function typeOf(lookup: NonNullable<CompileContext['columns']>, path: string): ColumnType | undefined {
  return (lookup.column(path) ?? lookup.column(rootOf(path)))?.type;
}

/** Where a mapped field is read from. */
export function sourcesOf(
  { join: joined, columns }: FieldMapping,
  sources: FieldSources,
): readonly FieldSource[] {
  return joined ? [sources.join(joined.columns, joined.with)] : columns.map((path) => sources.column(path));
}

function join(kind: 'and' | 'or', items: readonly Expression[], span: Span): Expression {
  const [first] = items;
  return items.length === 1 && first ? first : { kind, items, span };
}

/** Fields of one source side by side as one with all their values: what makes long lists fast. */
function mergeFields(items: readonly Expression[]): readonly Expression[] {
  const merged: Expression[] = [];
  const bySource = new Map<FieldSource, Value[]>();
  for (const item of items) {
    if (item.kind !== 'field') {
      if (item.kind === 'or') merged.push(...item.items);
      else merged.push(item);
      continue;
    }
    const known = bySource.get(item.source);
    if (known) {
      known.push(...item.values);
      continue;
    }
    const values = [...item.values];
    bySource.set(item.source, values);
    merged.push({ ...item, values });
  }
  return merged;
}
