/**
 * Runs queries of KQL on rows, by Kusto's own syntax tree of them: the subset that `rules convert` writes.
 *
 * It is written from Kusto's documentation and shares nothing with the converter: comparisons are three-valued ("Null values"), operators
 * that ignore letter case do so for ASCII only ("String operators"), and regular expressions are RE2's.
 */
import { RE2JS } from 're2js';
import type { Schema, TableSchema } from '../../../src/rules/schema/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { call } from './functions.ts';
import type { KustoNode } from './kusto.ts';
import { Dynamic, type KustoValue, memberOf, stored, toText } from './values.ts';

type Columns = ReadonlyMap<string, KustoValue>;

/** The rows of each table, as the stream has them. */
export type Rows = Readonly<Record<string, readonly JsonObject[]>>;

/** Runs a parsed query. Returns what it finds, as rows of the columns of Kusto. Throws for what it does not know. */
export function runQuery(query: KustoNode, schema: Schema, rows: Rows): readonly Columns[] {
  const [, statements] = query.children;
  const statement = statements?.children[0]?.children[0]?.children[0];
  if (!statement) throw new Error('no statement');
  return tabular(statement, { schema, rows });
}

interface Database {
  readonly schema: Schema;
  readonly rows: Rows;
}

function tabular(node: KustoNode, database: Database): readonly Columns[] {
  const [first, second, third] = node.children;
  switch (node.kind) {
    case 'ParenthesizedExpression':
      return tabular(must(second), database);
    case 'PipeExpression':
      return operator(must(third), tabular(must(first), database));
    case 'NameReference':
      return tableRows(nameOf(node), database);
    case 'UnionOperator':
      return listed(must(third)).flatMap((part) => tabular(part, database));
    default:
      throw new Error(`no table: ${node.kind}`);
  }
}

function tableRows(name: string, { schema, rows }: Database): readonly Columns[] {
  const table: TableSchema = must(schema.find(name));
  return (rows[name] ?? []).map(
    (row) => new Map([...table.columns].map(([column, type]) => [column, stored(row[column], type)])),
  );
}

function operator(node: KustoNode, rows: readonly Columns[]): readonly Columns[] {
  switch (node.kind) {
    case 'FilterOperator':
      return rows.filter((row) => scalar(must(node.children[2]), row) === true);
    case 'ExtendOperator':
      return rows.map((row) => {
        const added = listed(must(node.children[1])).map((named): [string, KustoValue] => [
          nameOf(must(named.children[0])),
          scalar(must(named.children[2]), row),
        ]);
        return new Map([...row, ...added]);
      });
    default:
      throw new Error(`no operator: ${node.kind}`);
  }
}

/** The elements of a list with separators. */
function listed(node: KustoNode): readonly KustoNode[] {
  return node.children.map((element) => must(element.children[0]));
}

function nameOf(node: KustoNode): string {
  const [child] = node.children;
  if (!child) return node.text;
  if (child.kind === 'OpenBracketToken') return String(node.children[1]?.value);
  return nameOf(child);
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the tree has another form than expected');
  return value;
}

function scalar(node: KustoNode, row: Columns): KustoValue {
  const [first, second, third] = node.children;
  const left = () => scalar(must(first), row);
  const right = () => scalar(must(third), row);
  switch (node.kind) {
    case 'ParenthesizedExpression':
      return scalar(must(second), row);
    case 'StringLiteralExpression':
      return String(node.value);
    case 'LongLiteralExpression':
      return BigInt(String(node.value));
    case 'RealLiteralExpression':
      return Number(String(node.value));
    case 'BooleanLiteralExpression':
      return String(node.value).toLowerCase() === 'true';
    case 'UnaryMinusExpression': {
      const value = scalar(must(second), row);
      return typeof value === 'bigint' ? -value : -Number(value);
    }
    case 'NameReference':
      return must(row.get(nameOf(node)));
    case 'PathExpression':
      return memberOf(left(), nameOf(must(third)));
    case 'ElementExpression':
      return element(left(), scalar(must(second?.children[1]), row));
    case 'FunctionCallExpression': {
      const args = listed(must(second?.children[1]));
      return call(
        nameOf(must(first)),
        args.map((arg) => () => scalar(arg, row)),
      );
    }
    case 'AndExpression':
      return both(left(), right());
    case 'OrExpression':
      return either(left(), right());
    case 'BetweenExpression': {
      const [, low, , high] = must(third).children;
      const value = left();
      return both(
        compare(value, scalar(must(low), row), (c) => c >= 0),
        compare(value, scalar(must(high), row), (c) => c <= 0),
      );
    }
    case 'InExpression':
    case 'InCsExpression': {
      const value = left();
      const fold = node.kind === 'InCsExpression' ? asciiFold : (text: string) => text;
      return listed(must(third?.children[1])).some((one) => {
        const other = scalar(one, row);
        if (value === null || other === null) return false;
        return typeof value === 'string' ? fold(value) === fold(toText(other)) : value === other;
      });
    }
    default:
      return binary(node, row);
  }
}

/** An element of an array or a member of an object. */
function element(value: KustoValue, key: KustoValue): KustoValue {
  if (typeof key === 'string') return memberOf(value, key);
  const json = value instanceof Dynamic && Array.isArray(value.json) ? value.json[Number(key)] : undefined;
  return json === undefined || json === null ? null : new Dynamic(json);
}

function both(a: KustoValue, b: KustoValue): KustoValue {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function either(a: KustoValue, b: KustoValue): KustoValue {
  if (a === true || b === true) return true;
  return a === null || b === null ? null : false;
}

/** The letters of ASCII in lower case, and nothing else. */
function asciiFold(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

type Texts = (left: string, right: string) => boolean;

const OF_TEXTS: Readonly<Record<string, Texts>> = {
  EqualTildeExpression: (a, b) => asciiFold(a) === asciiFold(b),
  ContainsExpression: (a, b) => asciiFold(a).includes(asciiFold(b)),
  ContainsCsExpression: (a, b) => a.includes(b),
  StartsWithExpression: (a, b) => asciiFold(a).startsWith(asciiFold(b)),
  StartsWithCsExpression: (a, b) => a.startsWith(b),
  EndsWithExpression: (a, b) => asciiFold(a).endsWith(asciiFold(b)),
  EndsWithCsExpression: (a, b) => a.endsWith(b),
  MatchesRegexExpression: (a, b) => pattern(b).matcher(a).find(),
};

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  LessThanExpression: (order) => order < 0,
  LessThanOrEqualExpression: (order) => order <= 0,
  GreaterThanExpression: (order) => order > 0,
  GreaterThanOrEqualExpression: (order) => order >= 0,
};

const patterns = new Map<string, RE2JS>();

function pattern(source: string): RE2JS {
  if (/\\[pP]\{\^/.test(source)) throw new Error('Rust negates a property by "\\P" only');
  const known = patterns.get(source) ?? RE2JS.compile(source);
  patterns.set(source, known);
  return known;
}

function binary(node: KustoNode, row: Columns): KustoValue {
  const [first, , third] = node.children;
  const right = scalar(must(third), row);
  const texts = OF_TEXTS[node.kind];
  if (first?.kind === 'StarExpression' && texts) {
    return [...row.values()].some((value) => texts(toText(value), toText(right)));
  }
  const left = scalar(must(first), row);
  if (texts) {
    if (typeof left !== 'string' || typeof right !== 'string')
      throw new Error(`${node.kind} of other values than strings`);
    return texts(left, right);
  }
  if (node.kind === 'EqualExpression') {
    if (left === null && right === null) return null;
    return left !== null && right !== null && order(left, right) === 0;
  }
  const is = ORDERS[node.kind];
  if (!is) throw new Error(`no expression: ${node.kind}`);
  return compare(left, right, is);
}

function compare(left: KustoValue, right: KustoValue, is: (order: number) => boolean): KustoValue {
  return left === null || right === null ? null : is(order(left, right));
}

function order(left: KustoValue, right: KustoValue): number {
  if (left === null || right === null) throw new Error('null has no order');
  if (left === right) return 0;
  return left < right ? -1 : Number(left > right);
}
