/** Compiles a `detection:` into an expression. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import { diagnostic, type Mistake, type Severity, type Span } from '../../../diagnostics/diagnostic.ts';
import { didYouMean, nearest } from '../../../diagnostics/nearest.ts';
import type { Path } from '../../../diagnostics/path.ts';
import {
  badKey,
  missingKey,
  mustBe,
  tooDeep,
  unknownKey,
  wrongType,
} from '../../../diagnostics/sentences.ts';
import { plain } from '../../../diagnostics/yaml/mapping.ts';
import { nodeOr, spanOf, spanWithin } from '../../../diagnostics/yaml/places.ts';
import type { CompileContext } from '../types.ts';
import { type Condition, isConditionError, parseCondition } from './condition.ts';
import type { Expression } from './expression.ts';
import { compileField, compileKeyword } from './field.ts';
import { UNSUPPORTED_ALIAS } from './given.ts';
import { lossesOf, warningOf } from './unavailable.ts';

/** How deeply lists and mappings of a search identifier may be nested. */
const DEPTH_LIMIT = 8;

/**
 * Compiles a `detection:` into an expression, and reports all of its mistakes. Undefined if one of them is an error. What the table
 * does not hold becomes `unavailable` in the expression; the caller decides whether that is an error.
 *
 * Source: Sigma rules specification 2.1, "Detection".
 */
export function compileExpression(node: Node | null, context: CompileContext): Expression | undefined {
  if (!isMap(node)) {
    report(context, node, wrongType(pathOf(context), plain(node), 'a mapping of parts and a condition'));
    return undefined;
  }
  return new DetectionCompiler(node, context).compile();
}

const CONDITION = 'a string such as "selection and not filter"';
const EMPTY_PART: Mistake = { code: 'empty-part', message: 'this part says nothing to match' };

/** A search identifier with its node and, once compiled, its expression. It is compiled once, however often the condition names it. */
interface Part {
  readonly name: string;
  readonly pair: Pair;
  readonly expression: Expression | undefined;
}

class DetectionCompiler {
  readonly #node: YAMLMap;
  readonly #context: CompileContext;
  readonly #parts = new Map<string, Part>();
  readonly #used = new Set<string>();

  constructor(node: YAMLMap, context: CompileContext) {
    this.#node = node;
    this.#context = context;
  }

  compile(): Expression | undefined {
    const compiled = this.#compile();
    if (!compiled)
      for (const { expression } of this.#parts.values()) if (expression) this.#refuse(expression);
    return compiled;
  }

  #compile(): Expression | undefined {
    let condition: Pair | undefined;
    let valid = true;
    for (const pair of this.#node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '';
      if (name === 'condition') {
        condition = pair;
      } else if (name === 'timeframe') {
        report(this.#context, nodeOr(pair.key), {
          code: 'unsupported-aggregation',
          message: '"timeframe" belongs to aggregations, which were removed from Sigma',
          hint: 'write a correlation rule with a "timespan"',
        });
        valid = false;
      } else if (name === '') {
        report(this.#context, nodeOr(pair.key), badKey('must be a string'));
        valid = false;
      } else {
        const expression = this.#part(pair.value as Node | null, name, pair.key as Node);
        valid &&= expression !== undefined;
        this.#parts.set(name, { name, pair, expression });
      }
    }
    if (!condition) {
      this.#conditionMissing();
      return undefined;
    }
    const expression = this.#conditions(condition);
    if (expression && valid) this.#warnUnused();
    return valid ? expression : undefined;
  }

  #conditionMissing(): void {
    const path = pathOf(this.#context);
    for (const { name, pair } of this.#parts.values()) {
      if (nearest(name, ['condition']).length === 0) continue;
      report(this.#context, nodeOr(pair.key), unknownKey(path, name, ['condition']), 'warning');
    }
    report(this.#context, this.#node, missingKey(path, 'condition', CONDITION));
  }

  #conditions(pair: Pair): Expression | undefined {
    const node = pair.value as Node | null;
    const list = isSeq(node) ? (node.items as (Node | null)[]) : [node];
    const compiled = list.map((item) => this.#condition(item ?? (pair.key as Node), item === null));
    const items = compiled.filter((item) => item !== undefined);
    if (items.length < compiled.length || items.length === 0) {
      if (compiled.length === 0) {
        const path = [...pathOf(this.#context), 'condition'];
        report(this.#context, node, mustBe('out-of-range', path, 'a list with at least 1 entry'));
      }
      return undefined;
    }
    const [first] = items;
    return items.length === 1 && first
      ? first
      : { kind: 'or', items, span: spanOf(node, this.#context.lines) };
  }

  #condition(node: Node, missing: boolean): Expression | undefined {
    if (missing || !isScalar(node) || typeof node.value !== 'string') {
      const path = [...pathOf(this.#context), 'condition'];
      report(this.#context, node, wrongType(path, missing ? null : plain(node), CONDITION));
      return undefined;
    }
    const condition = parseCondition(node.value);
    if (!isConditionError(condition)) return this.#resolve(condition, node);
    const span = spanWithin(node, condition.start, condition.length, this.#context.lines);
    this.#report(span, condition);
    return undefined;
  }

  #resolve(condition: Condition, node: Node): Expression | undefined {
    const span = spanWithin(node, condition.start, condition.length, this.#context.lines);
    switch (condition.kind) {
      case 'identifier': {
        const part = this.#parts.get(condition.name);
        if (part) return this.#use(part);
        const hint =
          condition.name === 'them'
            ? 'say how many: "1 of them"'
            : didYouMean(condition.name, this.#parts.keys());
        const message = `the detection has no part "${condition.name}"`;
        this.#report(span, { code: 'unknown-part', message, hint });
        return undefined;
      }
      case 'not': {
        const item = this.#resolve(condition.item, node);
        return item && { kind: 'not', item, span };
      }
      case 'of': {
        const parts = this.#select(condition.pattern);
        if (parts.length === 0) {
          const message = `no part of the detection fits "${condition.pattern}"`;
          this.#report(span, { code: 'unknown-part', message });
          return undefined;
        }
        const items = parts.map((part) => this.#use(part)).filter((item) => item !== undefined);
        if (items.length < parts.length) return undefined;
        const one = condition.quantifier === 'one';
        return {
          kind: one ? 'or' : 'and',
          items,
          span,
          label: `${one ? '1' : 'all'} of ${condition.pattern}`,
        };
      }
      case 'and':
      case 'or': {
        const all = condition.items.map((item) => this.#resolve(item, node));
        const items = all.filter((item) => item !== undefined);
        return items.length < all.length ? undefined : { kind: condition.kind, items, span };
      }
    }
  }

  #select(pattern: string): readonly Part[] {
    const parts = [...this.#parts.values()];
    if (pattern.toLowerCase() === 'them') return parts.filter(({ name }) => !name.startsWith('_'));
    const pieces = pattern.split('*').map((piece) => piece.replace(/[^A-Za-z0-9_]/g, '\\$&'));
    const test = new RegExp(`^${pieces.join('.*')}$`);
    return parts.filter(({ name }) => test.test(name));
  }

  #use(part: Part): Expression | undefined {
    this.#used.add(part.name);
    return part.expression;
  }

  #warnUnused(): void {
    for (const { name, pair, expression } of this.#parts.values()) {
      if (this.#used.has(name)) continue;
      const span = spanOf(pair.key as Node, this.#context.lines);
      const message = `the condition does not use the part "${name}"`;
      this.#report(span, { code: 'unused-part', message }, 'warning');
      for (const loss of expression ? lossesOf(expression) : []) {
        this.#report(loss.of.span, warningOf(loss), 'warning');
      }
    }
  }

  #report(span: Span, mistake: Mistake, severity?: Severity): void {
    this.#context.report(diagnostic(this.#context.file, span, mistake, severity));
  }

  #part(node: Node | null, name: string, key: Node): Expression | undefined {
    const item = this.#selection(node, key, 0);
    return item && { kind: 'part', name, item, span: spanOf(key, this.#context.lines) };
  }

  /** A mapping matches if all of its fields match; a list, if one of its mappings or keywords does; a scalar is a keyword. */
  #selection(node: Node | null, key: Node, depth: number): Expression | undefined {
    if (depth > DEPTH_LIMIT) {
      report(this.#context, node ?? key, tooDeep(DEPTH_LIMIT));
      return undefined;
    }
    if (isAlias(node)) {
      report(this.#context, node, UNSUPPORTED_ALIAS);
      return undefined;
    }
    if (isMap(node)) return this.#fields(node);
    if (isSeq(node)) {
      const compiled = (node.items as (Node | null)[]).map((item) => this.#selection(item, node, depth + 1));
      return this.#link('or', compiled, node);
    }
    if (node === null || (isScalar(node) && (node.value === null || node.value === ''))) {
      report(this.#context, node ?? key, EMPTY_PART);
      return undefined;
    }
    return compileKeyword(node, this.#context);
  }

  #fields(node: YAMLMap): Expression | undefined {
    const compiled = node.items.map((pair) => {
      if (isScalar(pair.key)) return compileField(pair.key, pair.value as Node | null, this.#context);
      report(this.#context, nodeOr(pair.key), badKey('must be a string'));
      return undefined;
    });
    return this.#link('and', compiled, node);
  }

  #link(
    kind: 'and' | 'or',
    compiled: readonly (Expression | undefined)[],
    node: Node,
  ): Expression | undefined {
    const items = compiled.filter((item) => item !== undefined);
    if (compiled.length === 0) {
      report(this.#context, node, EMPTY_PART);
      return undefined;
    }
    if (items.length < compiled.length) {
      for (const item of items) this.#refuse(item);
      return undefined;
    }
    const [first] = items;
    return items.length === 1 && first ? first : { kind, items, span: spanOf(node, this.#context.lines) };
  }

  /** Reports what the table does not hold. Called when the detection has other mistakes, so that all are reported in one run. */
  #refuse(expression: Expression): void {
    for (const { of } of lossesOf(expression)) this.#report(of.span, of.reason);
  }
}

/** The path of the detection in its file, for messages. */
function pathOf({ at }: CompileContext): Path {
  return at ?? ['detection'];
}

function report(
  context: CompileContext,
  node: Node | null | undefined,
  mistake: Mistake,
  severity?: Severity,
): void {
  context.report(diagnostic(context.file, spanOf(node, context.lines), mistake, severity));
}
