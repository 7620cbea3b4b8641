/** Expressions of a deployment, as data that ARM's JSON and Bicep are both printed from, and as text that the types of Azure's SDK accept. */
import { Buffer } from 'node:buffer';

export type Expression =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'parameter' | 'variable'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'property'; readonly of: Expression; readonly name: string }
  /** The id of a resource of this template, by its key. */
  | { readonly kind: 'id'; readonly of: string };

/** JSON whose strings may hold expressions, as {@link embed} writes them. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** What an argument of a function may be. Text may hold expressions. */
type Argument = string | number | boolean;

/**
 * Writes an expression into text, which the SDK passes on as it is: `⟦…⟧`. Text around it makes a concatenation.
 *
 * The SDK's types know no expressions, but nearly every value of a resource is text.
 */
export function embed(expression: Expression): string {
  return `⟦${Buffer.from(JSON.stringify(expression)).toString('base64url')}⟧`;
}

const EMBEDDED = /⟦([\w-]+)⟧/;

/** Whether the text holds an expression. */
export function holdsExpression(text: string): boolean {
  return EMBEDDED.test(text);
}

/** The expression that a text stands for: literal text where it holds none. */
export function readText(text: string): Expression {
  const parts = text.split(EMBEDDED).flatMap((part, index): Expression[] => {
    if (index % 2 === 1) return [JSON.parse(Buffer.from(part, 'base64url').toString()) as Expression];
    return part === '' ? [] : [{ kind: 'text', value: part }];
  });
  const [first = { kind: 'text', value: '' }] = parts;
  return parts.length > 1 ? { kind: 'call', name: 'concat', args: parts } : first;
}

export const parameter = (name: string) => embed({ kind: 'parameter', name });
export const variable = (name: string) => embed({ kind: 'variable', name });
export const idOf = (key: string) => embed({ kind: 'id', of: key });

/** A call of one of ARM's template functions. */
export function call(name: string, ...args: readonly Argument[]): string {
  return embed({ kind: 'call', name, args: args.map(argument) });
}

/** A property of an object, e.g. `property(call('resourceGroup'), 'location')`. */
export function property(of: string, ...names: readonly string[]): string {
  return embed(
    names.reduce<Expression>((inner, name) => ({ kind: 'property', of: inner, name }), readText(of)),
  );
}

/** One of two values. */
export const choose = (condition: string, yes: Argument, no: Argument) => call('if', condition, yes, no);

/** One of two values of a type of the SDK that is a union of texts. */
export const chooseOf = <T extends string>(condition: string, yes: T, no: T) =>
  choose(condition, yes, no) as T;

/** An expression where the SDK's type wants a boolean or a number. The SDK does not look at it. */
export const asBoolean = (text: string) => text as unknown as boolean;
export const asNumber = (text: string) => text as unknown as number;

function argument(value: Argument): Expression {
  if (typeof value === 'string') return readText(value);
  return typeof value === 'number' ? { kind: 'number', value } : { kind: 'boolean', value };
}

/** Calls `visit` for each expression in a value, the inner ones included. */
export function visitExpressions(value: Value, visit: (expression: Expression) => void): void {
  if (typeof value === 'string') {
    if (holdsExpression(value)) visitInner(readText(value), visit);
  } else if (Array.isArray(value)) {
    for (const item of value) visitExpressions(item, visit);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      visitExpressions(key, visit);
      visitExpressions(item, visit);
    }
  }
}

function visitInner(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  if (expression.kind === 'call') for (const each of expression.args) visitInner(each, visit);
  if (expression.kind === 'property') visitInner(expression.of, visit);
}
