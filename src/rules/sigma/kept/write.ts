/** Writes compiled detections in the form in which they are kept. */
import type { Span } from '../../../diagnostics/diagnostic.ts';
import type { Expression, FieldSource, Token, Value, ValueTest } from '../language/expression.ts';
import type { OwnConditions, SigmaRule } from '../types.ts';
import {
  CASED,
  type KeptBody,
  type KeptExpression,
  type KeptHead,
  type KeptSource,
  type KeptSpan,
  type KeptTable,
  type KeptTest,
  type KeptToken,
  TEXT_MODES,
} from './form.ts';
import { namedRenderings } from './renderings.ts';

/** A rule as it is written, with what its detection comes to on each table of its log source. */
export interface CompiledConditions {
  readonly rule: SigmaRule;
  readonly tables: readonly OwnConditions[];
}

/** What is kept of a file's rules; undefined if something of them cannot be kept, as what depends on a list. */
export function keptForm(
  diagnostics: KeptHead['diagnostics'],
  rules: readonly CompiledConditions[],
): { readonly head: KeptHead; readonly body: KeptBody } | undefined {
  const body: (KeptExpression | 0)[][] = [];
  const heads: KeptHead['rules'][number][] = [];
  for (const { rule, tables } of rules) {
    const { written: _, kept: __, ...header } = rule;
    const written: KeptTable[] = [];
    const expressions: (KeptExpression | 0)[] = [];
    for (const conditions of tables) {
      if (!conditions.isOwn) return undefined;
      const writer = new Writer(conditions);
      const expression = conditions.expression();
      const kept = expression === undefined ? 0 : writer.expression(expression);
      if (kept === undefined) return undefined;
      expressions.push(kept);
      const { found, losses, runs, table } = conditions;
      written.push({ table: table.table, found, losses, runs, sources: writer.sources });
    }
    heads.push({ rule: header, tables: written });
    body.push(expressions);
  }
  return { head: { diagnostics, rules: heads }, body };
}

/** Writes one expression. Its methods return undefined for what cannot be kept. */
class Writer {
  readonly sources: KeptSource[] = [];
  readonly #positions = new Map<FieldSource, number>();
  readonly #parts = new Map<Expression, number>();
  readonly #conditions: OwnConditions;

  constructor(conditions: OwnConditions) {
    this.#conditions = conditions;
  }

  expression(of: Expression): KeptExpression | undefined {
    const span = spanOf(of.span);
    switch (of.kind) {
      case 'and':
      case 'or': {
        const items = all(of.items, (item) => this.expression(item));
        return items && [of.kind, span, of.label ?? 0, ...items];
      }
      case 'not': {
        const item = this.expression(of.item);
        return item && ['not', span, item];
      }
      case 'part': {
        // A condition may name a large part many times.
        const known = this.#parts.get(of);
        if (known !== undefined) return ['again', known];
        const item = this.expression(of.item);
        this.#parts.set(of, this.#parts.size);
        return item && ['part', span, of.name, item];
      }
      case 'unavailable': {
        const { kind: _, span: __, ...rest } = of;
        return ['unavailable', span, rest];
      }
      case 'field': {
        const source = this.#source(of.source);
        const values = all(of.values, (value) => {
          const test = this.#test(value);
          return test && ([value.label, spanOf(value.span), test] as const);
        });
        if (source === undefined || !values || of.isScope) return undefined;
        return ['field', span, source, of.label, ...values];
      }
    }
  }

  #test({ test, label }: Value): KeptTest | undefined {
    switch (test.kind) {
      case 'text': {
        const mode = TEXT_MODES.indexOf(test.mode) + (test.cased ? CASED : 0);
        return test.literal === label ? [mode] : [mode, test.literal];
      }
      case 'wildcard':
        return ['wildcard', test.cased, ...test.tokens.map(tokenOf)];
      case 'regex':
        return ['regex', test.source, flagsOf(test)];
      case 'compare':
        return ['compare', test.op, typeof test.value === 'bigint' ? String(test.value) : test.value];
      case 'time':
        return ['time', test.part, test.op, test.value];
      case 'cidr':
        return ['cidr', test.network];
      case 'null':
      case 'exists':
        return [test.kind];
      case 'field': {
        const source = this.#source(test.source);
        const mode = TEXT_MODES.indexOf(test.mode) + (test.cased ? CASED : 0);
        return source === undefined ? undefined : ['field', source, mode];
      }
      case 'list':
        return undefined;
    }
  }

  #source(of: FieldSource): number | undefined {
    const known = this.#positions.get(of);
    if (known !== undefined) return known;
    const source = this.#sourceForm(of);
    if (source === undefined) return undefined;
    this.#positions.set(of, this.sources.length);
    return this.sources.push(source) - 1;
  }

  #sourceForm(of: FieldSource): KeptSource | undefined {
    switch (of.kind) {
      case 'any':
        return 0;
      case 'column':
        return of.path;
      case 'join':
        return ['join', of.with, ...of.paths];
      case 'rendered': {
        const name = namedRenderings(this.#conditions.table).names.get(of.rendering);
        const inputs = all(of.inputs, (input) => this.#sourceForm(input));
        return name === undefined || !inputs ? undefined : ['rendered', name, inputs];
      }
    }
  }
}

function spanOf({ line, column, length }: Span): KeptSpan {
  return [line, column, length];
}

function tokenOf(token: Token): KeptToken {
  if (typeof token === 'string') return token;
  if ('oneOf' in token) return [token.oneOf];
  return token.any === 'many' ? 0 : 1;
}

function flagsOf({ flags }: Extract<ValueTest, { kind: 'regex' }>): string {
  return (['i', 'm', 's'] as const).filter((flag) => flags[flag]).join('');
}

/** Undefined if one of them is. */
function all<T, R>(items: readonly T[], form: (item: T) => R | undefined): R[] | undefined {
  const forms: R[] = [];
  for (const item of items) {
    const made = form(item);
    if (made === undefined) return undefined;
    forms.push(made);
  }
  return forms;
}
