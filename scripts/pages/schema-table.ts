/** The keys of a zod schema as a Markdown table: what each holds, its default, an example, what it is for. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { unwrap } from '../../src/diagnostics/schema-walk.ts';

export type Schema = z.core.$ZodType;

export type Row = readonly [
  key: string,
  type: string,
  fallback: string,
  example: string,
  description: string,
];

/** The keys of an object; those of an object within it as `outer.inner`. */
export function tableOf(schema: z.ZodObject, leaveOut: readonly string[] = []): string {
  const rows = Object.entries(schema.shape).flatMap(([name, field]): Row[] => {
    if (leaveOut.includes(name)) return [];
    const { schema: inner } = unwrap(field);
    if (!(inner instanceof z.ZodObject)) return [rowOf(name, field)];
    return Object.entries(inner.shape).map(([key, one]) => rowOf(`${name}.${key}`, one));
  });
  return table(rows);
}

/**
 * The keys of an object and of everything within it, however deep: `outer`, `outer.inner`, `list[].key`, `mapping.<name>.key`.
 *
 * @param leaveOut keys whose insides are described elsewhere.
 */
export function deepTableOf(schema: z.ZodObject, leaveOut: readonly string[] = []): string {
  return table(deepRows(schema, '', leaveOut));
}

function deepRows(schema: z.ZodObject, prefix: string, leaveOut: readonly string[]): Row[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = prefix + name;
    const inside = leaveOut.includes(path) ? [] : objectsIn(field, path);
    return [rowOf(path, field), ...inside.flatMap(([at, object]) => deepRows(object, `${at}.`, leaveOut))];
  });
}

/** The objects that a key may hold, each with its path. */
function objectsIn(field: Schema, path: string): readonly (readonly [path: string, object: z.ZodObject])[] {
  const { schema } = unwrap(field);
  if (schema instanceof z.ZodObject) return [[path, schema]];
  if (schema instanceof z.ZodArray) return objectsIn(schema.element, `${path}[]`);
  if (schema instanceof z.ZodRecord) return objectsIn(schema.valueType, `${path}.<name>`);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => objectsIn(option, path));
  return [];
}

export function table(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`);
  return ['| Key | Type | Default | Example | |', '|---|---|---|---|---|', ...lines].join('\n');
}

export function rowOf(name: string, field: Schema): Row {
  const { description = '', examples } = metaOf(field);
  const fallback = defaultOf(field);
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  const required = fallback === undefined && !(field instanceof z.ZodOptional);
  const secret = unwrap(elementOf(field)).secrecy === 'always' ? ' **Secret.**' : '';
  return [
    `\`${name}\``,
    typeText(field),
    required ? '**required**' : fallback === undefined ? '' : code(fallback),
    example === undefined ? '' : code(example),
    `${description}${secret}`,
  ];
}

function elementOf(field: Schema): Schema {
  const { schema } = unwrap(field);
  return schema instanceof z.ZodArray ? schema.element : field;
}

/** What a key of this schema holds, in a few words. */
export function typeText(field: Schema): string {
  const { schema } = unwrap(field);
  return titleOf(field) ?? wordsFor(schema);
}

function wordsFor(schema: Schema): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(', ');
  if (schema instanceof z.ZodBoolean) return '`true`, `false`';
  if (schema instanceof z.ZodNumber) return numberText(schema);
  if (schema instanceof z.ZodURL) return 'address';
  if (schema instanceof z.ZodArray) return `list of ${manyText(schema.element)}`;
  if (schema instanceof z.ZodObject) return 'mapping';
  if (schema instanceof z.ZodRecord) return `mapping of names to ${manyText(schema.valueType)}`;
  if (schema instanceof z.ZodUnion) {
    return [...new Set(schema.options.map((option) => typeText(option)))].join(' or ');
  }
  if (schema instanceof z.ZodUnknown || schema instanceof z.ZodLazy) return 'any value';
  return 'string';
}

function numberText(schema: z.ZodNumber): string {
  const { minimum, maximum } = z.toJSONSchema(schema);
  return minimum === undefined ? 'number' : `${minimum} to ${maximum}`;
}

/** What there are several of: `list of strings`. */
function manyText(element: Schema): string {
  const one = typeText(element);
  const plurals: Readonly<Record<string, string>> = {
    string: 'strings',
    mapping: 'mappings',
    'any value': 'any values',
  };
  return plurals[one] ?? one;
}

function titleOf(field: Schema): string | undefined {
  let layer = field;
  for (;;) {
    const { title } = metaOf(layer);
    if (title) return title;
    if (layer instanceof z.ZodOptional || layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault) {
      layer = layer.unwrap();
    } else {
      return undefined;
    }
  }
}

function defaultOf(field: Schema): unknown {
  if (field instanceof z.ZodDefault || field instanceof z.ZodPrefault) return field.def.defaultValue;
  return undefined;
}

export function metaOf(schema: Schema): z.core.GlobalMeta {
  return z.globalRegistry.get(schema) ?? {};
}

/** A value as YAML in one line, as code. */
export function code(value: unknown): string {
  const yaml = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false });
  return `\`${yaml.trim()}\``;
}
