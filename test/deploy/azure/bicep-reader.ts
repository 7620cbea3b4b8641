/** Reads back the part of Bicep that the template is printed in, by Bicep's own rules for strings, interpolation and operators. */
import { type Expression, embed, type Value } from '../../../deploy/azure/template/expression.ts';
import type { Output, Parameter, Resource, Template } from '../../../deploy/azure/template/model.ts';

/** Reads a Bicep file. Throws with the line of a mistake. */
export function readBicep(source: string): Template {
  return new Reader(source).file();
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const BINARY: Readonly<Record<string, string>> = { '==': 'equals', '&&': 'and', '||': 'or', '*': 'mul' };

class Reader {
  readonly #source: string;
  #at = 0;
  readonly #parameters: Record<string, Parameter> = {};
  readonly #variables: Record<string, Value> = {};
  readonly #resources: Resource[] = [];
  readonly #outputs: Record<string, Output> = {};

  constructor(source: string) {
    this.#source = source;
  }

  file(): Template {
    const description = /^\/\/ (.*)\n/.exec(this.#source)?.[1] ?? '';
    // A symbol may be used before its declaration: all names are collected first.
    const symbols = [...this.#source.matchAll(/^(param|var|resource) (\w+)/gm)];
    for (const [, kind, name = ''] of symbols) {
      if (this.#kinds.has(name)) throw new Error(`two symbols are named ${name}`);
      this.#kinds.set(name, kind ?? '');
    }
    for (this.#space(true); this.#at < this.#source.length; this.#space(true)) this.#statement();
    return {
      description,
      parameters: this.#parameters,
      variables: this.#variables,
      resources: this.#resources,
      outputs: this.#outputs,
    };
  }

  readonly #kinds = new Map<string, string>();

  #statement(): void {
    const decorators: Record<string, Value> = {};
    while (this.#take('@')) {
      const name = this.#word();
      this.#expect('(');
      decorators[name] = this.#value();
      this.#space(true);
      this.#expect(')');
      this.#space(true);
    }
    const keyword = this.#word();
    this.#space();
    if (keyword === 'targetScope') {
      this.#expect('=');
      this.#space();
      if (this.#value() !== 'resourceGroup') this.#fail('another target scope');
    } else if (keyword === 'param') this.#parameter(decorators);
    else if (keyword === 'var') this.#variable();
    else if (keyword === 'resource') this.#resource();
    else if (keyword === 'output') this.#output();
    else this.#fail(`no statement begins with "${keyword}"`);
  }

  #parameter(decorators: Readonly<Record<string, Value>>): void {
    const name = this.#word();
    this.#space();
    const type = this.#word() as Parameter['type'];
    const parameter: Mutable<Parameter> = { type, description: String(decorators.description) };
    if (Array.isArray(decorators.allowed)) parameter.allowed = decorators.allowed;
    const min = decorators.minLength ?? decorators.minValue;
    const max = decorators.maxLength ?? decorators.maxValue;
    if (typeof min === 'number') parameter.min = min;
    if (typeof max === 'number') parameter.max = max;
    this.#space();
    if (this.#take('=')) {
      this.#space();
      parameter.default = this.#value();
    }
    this.#parameters[name] = parameter;
  }

  #variable(): void {
    const name = this.#word();
    this.#space();
    this.#expect('=');
    this.#space();
    this.#variables[name] = this.#value();
  }

  #output(): void {
    const name = this.#word();
    this.#space();
    if (this.#word() !== 'string') this.#fail('an output that is no string');
    this.#space();
    this.#expect('=');
    this.#space();
    this.#outputs[name] = { type: 'string', value: String(this.#value()) };
  }

  #resource(): void {
    const key = this.#word();
    this.#space();
    const [type = '', apiVersion = ''] = String(this.#value()).split('@');
    this.#space();
    this.#expect('=');
    this.#space();
    let condition: string | undefined;
    if (this.#source.startsWith('if (', this.#at)) {
      this.#at += 3;
      condition = String(this.#value());
      this.#space();
    }
    const { name, scope, dependsOn, ...body } = this.#object();
    const after = Array.isArray(dependsOn) ? dependsOn.map(symbolOf) : undefined;
    this.#resources.push({
      key,
      type,
      apiVersion,
      names: String(name).split('/'),
      condition,
      scope: scope === undefined ? undefined : symbolOf(scope),
      after,
      body,
    });
  }

  /** A value: an expression becomes text with the expression in it. */
  #value(): Value {
    return valueFrom(this.#expression());
  }

  #expression(): Inner {
    const left = this.#unary();
    this.#space();
    if (this.#take('?')) {
      this.#space();
      const yes = this.#expression();
      this.#space();
      this.#expect(':');
      this.#space();
      const no = this.#expression();
      return called('if', [left, yes, no]);
    }
    const operator = Object.keys(BINARY).find((each) => this.#source.startsWith(each, this.#at));
    if (operator === undefined) return left;
    this.#at += operator.length;
    this.#space();
    return called(BINARY[operator] ?? '', [left, this.#unary()]);
  }

  #unary(): Inner {
    if (this.#take('!')) return called('not', [this.#unary()]);
    let inner = this.#primary();
    while (this.#source[this.#at] === '.') {
      this.#at++;
      const name = this.#word();
      if (isExpression(inner) && inner.kind === 'id') {
        if (name !== 'id') this.#fail(`a resource's ${name}`);
        continue;
      }
      inner = { kind: 'property', of: expressionOf(inner), name };
    }
    return inner;
  }

  #primary(): Inner {
    const next = this.#source[this.#at] ?? '';
    if (next === '(') {
      this.#at++;
      const inner = this.#expression();
      this.#space();
      this.#expect(')');
      return inner;
    }
    if (next === "'") return this.#string();
    if (next === '[') return { array: this.#array() };
    if (next === '{') return { object: this.#object() };
    const [digits] = /^-?\d+/.exec(this.#source.slice(this.#at)) ?? [];
    if (digits !== undefined) {
      this.#at += digits.length;
      return { kind: 'number', value: Number(digits) };
    }
    return this.#named();
  }

  #named(): Inner {
    const name = this.#word();
    if (name === '') this.#fail('no value');
    if (this.#source[this.#at] === '(') {
      this.#at++;
      const args: Inner[] = [];
      this.#space(true);
      while (!this.#take(')')) {
        args.push(this.#expression());
        this.#space(true);
        this.#take(',');
        this.#space(true);
      }
      return called(name, args);
    }
    if (name === 'true' || name === 'false') return { kind: 'boolean', value: name === 'true' };
    if (name === 'null') return called('null', []);
    const kind = this.#kinds.get(name);
    if (kind === 'param') return { kind: 'parameter', name };
    if (kind === 'var') return { kind: 'variable', name };
    if (kind === 'resource') return { kind: 'id', of: name };
    return this.#fail(`no symbol is named ${name}`);
  }

  /** `'text ${expression} text'`, with the escapes \\ \' \n \${ . */
  #string(): Inner {
    const parts: Expression[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ kind: 'text', value: text });
      text = '';
    };
    for (this.#at++; this.#source[this.#at] !== "'"; ) {
      const next = this.#source[this.#at] ?? this.#fail('an open string');
      if (next === '\n') this.#fail('a line end in a string');
      if (next === '\\') {
        const letter = this.#source[this.#at + 1] ?? '';
        const meant = { n: '\n', "'": "'", '\\': '\\', $: '$' }[letter];
        if (meant === undefined) this.#fail(`no escape \\${letter}`);
        text += meant;
        this.#at += 2;
      } else if (this.#source.startsWith('${', this.#at)) {
        flush();
        this.#at += 2;
        parts.push(expressionOf(this.#expression()));
        this.#expect('}');
      } else {
        text += next;
        this.#at++;
      }
    }
    this.#at++;
    flush();
    const [only] = parts;
    if (parts.length > 1) return { kind: 'call', name: 'concat', args: parts };
    return only ?? { kind: 'text', value: '' };
  }

  #array(): Inner[] {
    const items: Inner[] = [];
    this.#expect('[');
    this.#space(true);
    while (!this.#take(']')) {
      items.push(this.#expression());
      this.#space(true);
      this.#take(',');
      this.#space(true);
    }
    return items;
  }

  #object(): Record<string, Value> {
    const object: Record<string, Value> = {};
    this.#expect('{');
    this.#space(true);
    while (!this.#take('}')) {
      const key = this.#source[this.#at] === "'" ? String(valueFrom(this.#string())) : this.#word();
      if (Object.hasOwn(object, key)) this.#fail(`the key ${key} twice`);
      this.#expect(':');
      this.#space();
      object[key] = this.#value();
      this.#space(true);
      this.#take(',');
      this.#space(true);
    }
    return object;
  }

  #word(): string {
    const [word = ''] = /^[A-Za-z_]\w*/.exec(this.#source.slice(this.#at, this.#at + 100)) ?? [];
    this.#at += word.length;
    return word;
  }

  /** Skips blanks; with `lines` line ends and comments, too, which only lists and statements may have. */
  #space(lines = false): void {
    for (;;) {
      const next = this.#source[this.#at] ?? '';
      if (next === ' ' || (lines && next === '\n')) this.#at++;
      else if (lines && this.#source.startsWith('//', this.#at))
        this.#at = this.#source.indexOf('\n', this.#at);
      else return;
    }
  }

  #take(what: string): boolean {
    if (!this.#source.startsWith(what, this.#at)) return false;
    this.#at += what.length;
    return true;
  }

  #expect(what: string): void {
    if (!this.#take(what)) this.#fail(`no "${what}"`);
  }

  #fail(what: string): never {
    const line = this.#source.slice(0, this.#at).split('\n').length;
    throw new Error(`${what} in line ${line}: ${this.#source.slice(this.#at, this.#at + 40)}`);
  }
}

/** Lists and mappings may stand where expressions do, and expressions in them. */
type Inner =
  | Expression
  | { readonly array: readonly Inner[] }
  | { readonly object: Readonly<Record<string, Value>> };

const isExpression = (inner: Inner): inner is Expression => 'kind' in inner;

function called(name: string, args: readonly Inner[]): Expression {
  return { kind: 'call', name, args: args.map(expressionOf) };
}

function expressionOf(inner: Inner): Expression {
  if (isExpression(inner)) return inner;
  if ('array' in inner) return called('createArray', inner.array);
  const args = Object.entries(inner.object).flatMap(([key, value]): Inner[] => [
    { kind: 'text', value: key },
    innerOf(value),
  ]);
  return called('createObject', args);
}

/** What {@link valueFrom} made of an expression, back again. */
function innerOf(value: Value): Inner {
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (typeof value === 'number') return { kind: 'number', value };
  const [, embedded] = /^⟦([\w-]+)⟧$/.exec(String(value)) ?? [];
  if (embedded === undefined) return { kind: 'text', value: String(value) };
  return JSON.parse(Buffer.from(embedded, 'base64url').toString()) as Expression;
}

function valueFrom(inner: Inner): Value {
  if (!isExpression(inner)) return 'array' in inner ? inner.array.map(valueFrom) : inner.object;
  switch (inner.kind) {
    case 'text':
    case 'number':
    case 'boolean':
      return inner.value;
    case 'call':
      // Bicep has no decimals: `json('0.5')` is how it writes them.
      if (inner.name === 'json' && inner.args[0]?.kind === 'text') return Number(inner.args[0].value);
      return inner.name === 'concat'
        ? inner.args.map((part) => String(valueFrom(part))).join('')
        : embed(inner);
    default:
      return embed(inner);
  }
}

/** The symbol that a reference to a resource means. */
function symbolOf(value: Value): string {
  const inner = innerOf(value);
  if (!isExpression(inner) || inner.kind !== 'id') throw new Error('no resource');
  return inner.of;
}
