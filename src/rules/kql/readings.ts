/** Says how the strings of a field are read in KQL. */
import type { FieldSource } from '../sigma/language/expression.ts';
import { allOf, anyOf, atom, type Condition, not } from './condition.ts';
import { columnName, memberOf, stringLiteral } from './literals.ts';
import { renderedReadings } from './renderings.ts';
import { type KqlScope, Unconvertible } from './scope.ts';

/**
 * The strings of a field: expressions of type string, of which a test must pass for one. An empty string stands for no string, since Kusto's
 * strings are never null.
 */
export type Readings = readonly string[];

const AS_TEXT =
  'an array or an object is compared as one text of JSON, numbers as Kusto writes them, and nothing behind an array is found';

/** The readings of a source. Throws Unconvertible. */
export function readingsOf(source: FieldSource, scope: KqlScope): Readings {
  switch (source.kind) {
    case 'column':
      return [columnText(source.path, scope)];
    case 'join':
      return [joined(source.paths, source.with, scope)];
    case 'rendered':
      return renderedReadings(source, scope, (input) => readingsOf(input, scope));
    case 'any':
      throw new Unconvertible('a keyword is looked for in every string of a row');
  }
}

/** A column as text. */
function columnText(path: string, scope: KqlScope): string {
  const type = scope.typeOf(path);
  if (type === undefined) return memberText(path, scope);
  const name = columnName(path);
  switch (type) {
    case 'string':
      return name;
    case 'datetime':
      throw new Unconvertible(
        `"${path}" is a datetime in Kusto, which does not keep how the time was written in the row`,
      );
    case 'real':
      scope.note('kql-dynamic', `"${path}" is a real, whose digits Kusto may write otherwise`);
      return `tostring(${name})`;
    case 'dynamic':
      scope.note('kql-dynamic', `"${path}" is dynamic in Kusto: ${AS_TEXT}`);
      return scope.add(`${path}_text`, `tostring(${name})`);
    default:
      return `tostring(${name})`;
  }
}

/** A member of a column that holds JSON, as text. */
function memberText(path: string, scope: KqlScope): string {
  scope.note('kql-dynamic', `"${path}" lies in JSON: ${AS_TEXT}`);
  return scope.add(path, `tostring(${memberValue(path, scope)})`);
}

/** A member of a column that holds JSON, as a dynamic value. Throws Unconvertible for an unknown column. */
export function memberValue(path: string, scope: KqlScope): string {
  const [column = '', ...steps] = path.split('.');
  const type = scope.typeOf(column);
  if (type !== 'string' && type !== 'dynamic') {
    throw new Unconvertible(`${scope.schema.table} has no column "${column}" that holds JSON`);
  }
  let value = type === 'string' ? `parse_json(${columnName(column)})` : columnName(column);
  for (const [at, step] of steps.entries()) {
    // A string on the way may hold JSON of its own.
    if (at > 0) value = `parse_json(tostring(${value}))`;
    value += memberOf(step);
  }
  return value;
}

function joined(paths: readonly string[], separator: string, scope: KqlScope): string {
  const [first = '', ...rest] = paths;
  const between = stringLiteral(separator) ?? '""';
  let text = columnText(first, scope);
  let name = first;
  for (const path of rest) {
    const next = columnText(path, scope);
    name = `${name}_${path}`;
    const both = `strcat(${text}, ${between}, ${next})`;
    text = scope.add(name, `iff(isempty(${text}) or isempty(${next}), strcat(${text}, ${next}), ${both})`);
  }
  return text;
}

/** Whether a field is null or absent. */
export function isNullIn(source: FieldSource, scope: KqlScope): Condition {
  if (source.kind === 'rendered' && !source.rendering.isTransparent) {
    return allOf(readingsOf(source, scope).map((text) => atom(`isempty(${text})`)));
  }
  const paths = pathsOf(source);
  if (paths.length === 0) throw new Unconvertible('a keyword is never null');
  return allOf(paths.map((path) => isNullAt(path, scope)));
}

/** Whether a row has a field. */
export function existsIn(source: FieldSource, scope: KqlScope): Condition {
  if (source.kind === 'rendered' && !source.rendering.isTransparent) return not(isNullIn(source, scope));
  scope.note('kql-null', 'in Kusto a row has every column: the query asks for a value that is not empty');
  return anyOf(pathsOf(source).map((path) => not(isNullAt(path, scope))));
}

function isNullAt(path: string, scope: KqlScope): Condition {
  const type = scope.typeOf(path);
  if (type === undefined) return atom(`isnull(${memberValue(path, scope)})`);
  if (type !== 'string') return atom(`isnull(${columnName(path)})`);
  scope.note('kql-null', `Kusto does not tell null from an empty string in "${path}"`);
  return atom(`isempty(${columnName(path)})`);
}

function pathsOf(source: FieldSource): readonly string[] {
  switch (source.kind) {
    case 'column':
      return [source.path];
    case 'join':
      return source.paths;
    case 'rendered':
      return source.inputs.flatMap(pathsOf);
    case 'any':
      return [];
  }
}

/** The column of a source that is one column of Kusto's own types, and not a member of JSON. */
export function typedColumn(
  source: FieldSource,
  scope: KqlScope,
): { readonly name: string; readonly type: string } | undefined {
  if (source.kind === 'rendered') {
    const [input] = source.inputs;
    const isPlain = source.rendering.form?.kind === 'address' && input;
    return isPlain ? typedColumn(input, scope) : undefined;
  }
  const type = source.kind === 'column' ? scope.typeOf(source.path) : undefined;
  return source.kind === 'column' && type !== undefined ? { name: columnName(source.path), type } : undefined;
}
