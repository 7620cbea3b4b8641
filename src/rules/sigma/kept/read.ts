/** Reads compiled detections out of the form in which they are kept. */
import type { Span } from '../../../diagnostics/diagnostic.ts';
import { parseCidr } from '../language/cidr.ts';
import type {
  CompareOp,
  Expression,
  FieldSource,
  TimePart,
  Token,
  Value,
  ValueTest,
} from '../language/expression.ts';
import { compileRegex } from '../language/regex.ts';
import { anySource, type FieldSources } from '../language/sources.ts';
import type { TableMapping } from '../types.ts';
import {
  CASED,
  type KeptExpression,
  type KeptSource,
  type KeptSpan,
  type KeptTest,
  type KeptToken,
  type KeptUnavailable,
  type KeptValue,
  TEXT_MODES,
} from './form.ts';
import { namedRenderings } from './renderings.ts';

const COMPARE_OPS: readonly CompareOp[] = ['lt', 'lte', 'gt', 'gte'];
const TIME_OPS: readonly (CompareOp | 'eq')[] = [...COMPARE_OPS, 'eq'];
const TIME_PARTS: readonly TimePart[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];

/** What was kept cannot be read: the file is compiled instead. */
export class UnreadableError extends Error {}

/** The sources of a table that a detection reads. Throws {@link UnreadableError} for a rendering that the mapping does not have. */
export function readSources(
  kept: readonly KeptSource[],
  table: TableMapping,
  sources: FieldSources,
): readonly FieldSource[] {
  const read = (source: KeptSource): FieldSource => {
    if (source === 0) return anySource;
    if (typeof source === 'string') return sources.column(source);
    if (source[0] === 'join') return sources.join(source.slice(2), source[1]);
    const rendering = namedRenderings(table).byName.get(source[1]);
    if (!rendering) throw new UnreadableError(`no rendering "${source[1]}"`);
    return sources.rendered(source[2].map(read), rendering);
  };
  return kept.map(read);
}

/** The expression of a detection on a table. Throws for what is not of this form, so that no row meets it. */
export function readExpression(kept: KeptExpression, sources: readonly FieldSource[]): Expression {
  return new Reader(sources).expression(kept);
}

class Reader {
  readonly #sources: readonly FieldSource[];
  readonly #parts: Expression[] = [];

  constructor(sources: readonly FieldSource[]) {
    this.#sources = sources;
  }

  expression(kept: KeptExpression): Expression {
    if (kept[0] === 'again') return given(this.#parts[kept[1]]);
    const span = spanOf(kept[1]);
    switch (kept[0]) {
      case 'and':
      case 'or': {
        const [kind, , label, ...written] = kept;
        const items = written.map((item) => this.expression(item));
        return label === 0 ? { kind, items, span } : { kind, items, span, label: textOf(label) };
      }
      case 'not':
        return { kind: 'not', item: this.expression(kept[2]), span };
      case 'part': {
        const part: Expression = {
          kind: 'part',
          name: textOf(kept[2]),
          item: this.expression(kept[3]),
          span,
        };
        this.#parts.push(part);
        return part;
      }
      case 'unavailable':
        return { kind: 'unavailable', span, ...unavailableOf(kept[2]) };
      case 'field': {
        const [, , source, label, ...values] = kept;
        return {
          kind: 'field',
          source: this.#source(source),
          values: values.map((value) => this.#value(value)),
          label: textOf(label),
          span,
        };
      }
      default:
        throw new UnreadableError('no expression is of this kind');
    }
  }

  #value([label, span, test]: KeptValue): Value {
    return { label, span: spanOf(span), test: this.#test(test, textOf(label)) };
  }

  #test(kept: KeptTest, label: string): ValueTest {
    if (isText(kept)) {
      const [mode, literal = label] = kept;
      return { kind: 'text', ...placeOf(mode), literal: textOf(literal) };
    }
    switch (kept[0]) {
      case 'wildcard': {
        const [kind, cased, ...tokens] = kept;
        return { kind, tokens: tokens.map(tokenOf), cased: cased === true };
      }
      case 'regex':
        return regexOf(kept[1], kept[2]);
      case 'compare': {
        const [kind, op, value] = kept;
        return {
          kind,
          op: oneOf(COMPARE_OPS, op),
          value: typeof value === 'string' ? BigInt(value) : numberOf(value),
        };
      }
      case 'time': {
        const [kind, part, op, value] = kept;
        return { kind, part: oneOf(TIME_PARTS, part), op: oneOf(TIME_OPS, op), value: numberOf(value) };
      }
      case 'cidr':
        return { kind: 'cidr', network: kept[1], contains: given(parseCidr(kept[1])) };
      case 'null':
      case 'exists':
        return { kind: kept[0] };
      case 'field': {
        const [kind, source, mode] = kept;
        return { kind, source: this.#source(source), ...placeOf(mode) };
      }
      default:
        throw new UnreadableError('no test is of this kind');
    }
  }

  #source(at: number): FieldSource {
    return given(this.#sources[numberOf(at)]);
  }
}

function isText(kept: KeptTest): kept is Extract<KeptTest, readonly [number, string?]> {
  return typeof kept[0] === 'number';
}

function placeOf(mode: number): Pick<Extract<ValueTest, { kind: 'text' }>, 'mode' | 'cased'> {
  const cased = mode >= CASED;
  return { mode: given(TEXT_MODES[cased ? mode - CASED : mode]), cased };
}

function regexOf(source: string, flags: string): ValueTest {
  const all = { i: flags.includes('i'), m: flags.includes('m'), s: flags.includes('s') };
  const compiled = compileRegex(source, all);
  if (typeof compiled === 'string' || 'severity' in compiled) throw new UnreadableError('no pattern');
  const { regex, literal } = compiled;
  return { kind: 'regex', source, flags: all, regex, literal };
}

function spanOf([line, column, length]: KeptSpan): Span {
  return { line: numberOf(line), column: numberOf(column), length: numberOf(length) };
}

function tokenOf(token: KeptToken): Token {
  if (typeof token === 'string') return token;
  if (typeof token === 'number') return { any: token === 0 ? 'many' : 'one' };
  return { oneOf: textOf(token[0]) };
}

function unavailableOf(of: KeptUnavailable): KeptUnavailable {
  textOf(of.label);
  textOf(of.reason.message);
  return of;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new UnreadableError('a text is none');
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new UnreadableError('a number is none');
  return value;
}

function oneOf<T extends string>(all: readonly T[], value: string): T {
  return given(all.find((one) => one === value));
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new UnreadableError('what was kept has no such part');
  return value;
}
