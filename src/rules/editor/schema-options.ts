/** What a zod schema allows at a place of a file: the keys of a mapping, the values of a key, and what they mean. */
import { z } from 'zod';
import type { Path } from '../../diagnostics/path.ts';
import { unwrap } from '../../diagnostics/schema-walk.ts';

type Schema = z.core.$ZodType;

/** A key or a value that may stand at a place. */
export interface SchemaOption {
  readonly name: string;
  readonly about: string | undefined;
  /** Written behind the key, as JSON; undefined without an example. */
  readonly example: unknown;
  readonly isRequired: boolean;
  /** What may stand behind a key: `text`, `number`, `true or false`, `list`, `mapping`, or the allowed words. Empty for a value. */
  readonly takes: string;
}

/** Unions in unions are followed so many times. */
const MOST_SCHEMAS = 400;

/** The schemas that may hold at a path. Of a union, the options that the data fits, or all where it fits none. */
export function schemasAt(root: Schema, data: unknown, path: Path): readonly Schema[] {
  let schemas = optionsOf(root, data);
  let value = data;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
    schemas = schemas
      .flatMap((schema) => childrenOf(schema, step))
      .flatMap((schema) => optionsOf(schema, value))
      .slice(0, MOST_SCHEMAS);
  }
  return schemas;
}

/** The keys of the mappings that may stand at a path, in the order of the schema. */
export function keyOptions(root: Schema, data: unknown, path: Path): readonly SchemaOption[] {
  const found = new Map<string, SchemaOption>();
  for (const schema of schemasAt(root, data, path)) {
    if (!(schema instanceof z.ZodObject)) continue;
    for (const [name, value] of Object.entries<Schema>(schema.shape)) {
      if (found.has(name)) continue;
      const isRequired = !z.safeParse(value, undefined).success;
      found.set(name, {
        name,
        about: aboutOf(value),
        example: exampleOf(value),
        isRequired,
        takes: takesOf(value),
      });
    }
  }
  return [...found.values()];
}

/** The values that may stand at a path where there are only a few: words, `true` and `false`. */
export function valueOptions(root: Schema, data: unknown, path: Path): readonly SchemaOption[] {
  const names = new Set(schemasAt(root, data, path).flatMap(wordsOf));
  return [...names].map((name) => ({
    name,
    about: undefined,
    example: undefined,
    isRequired: false,
    takes: '',
  }));
}

/** What the schema says of a path: the description of the key there, or of the value. */
export function aboutPath(root: Schema, data: unknown, path: Path): SchemaOption | undefined {
  const name = path.at(-1);
  if (typeof name !== 'string') return undefined;
  return keyOptions(root, data, path.slice(0, -1)).find((option) => option.name === name);
}

/** A schema without its wrappers; of a union, its options. */
function optionsOf(schema: Schema, value: unknown): readonly Schema[] {
  const { schema: inner } = unwrap(schema);
  if (!(inner instanceof z.ZodUnion)) return [inner];
  const options = inner.options.flatMap((option) => optionsOf(option as Schema, value));
  const fitting = options.filter((option) => fits(option, value));
  return fitting.length > 0 ? fitting : options;
}

/** Whether a value that may be unfinished can become one of the schema: its type, and its keys as far as they are there. */
function fits(schema: Schema, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return schema instanceof z.ZodArray;
  if (typeof value !== 'object') return !(schema instanceof z.ZodArray || isMapping(schema));
  if (schema instanceof z.ZodRecord) return true;
  if (!(schema instanceof z.ZodObject)) return false;
  return Object.entries(value).every(([key, each]) => {
    const child = Object.hasOwn(schema.shape, key) ? unwrap(schema.shape[key] as Schema).schema : undefined;
    if (child instanceof z.ZodLiteral) return child.values.has(each as z.core.util.Literal);
    return child !== undefined;
  });
}

function isMapping(schema: Schema): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

function childrenOf(schema: Schema, step: PropertyKey): readonly Schema[] {
  if (schema instanceof z.ZodObject) {
    return Object.hasOwn(schema.shape, step) ? [schema.shape[String(step)] as Schema] : [];
  }
  if (schema instanceof z.ZodRecord) return [schema.valueType as Schema];
  return schema instanceof z.ZodArray ? [schema.element as Schema] : [];
}

function wordsOf(schema: Schema): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String);
  if (schema instanceof z.ZodBoolean) return ['true', 'false'];
  return schema instanceof z.ZodArray ? optionsOf(schema.element as Schema, undefined).flatMap(wordsOf) : [];
}

/** The outermost description: that of the key, and not of the type of its value. */
function aboutOf(schema: Schema): string | undefined {
  return metaOf(schema, ({ description }) => description);
}

function exampleOf(schema: Schema): unknown {
  return metaOf(schema, ({ examples }) => (Array.isArray(examples) ? examples[0] : undefined));
}

function metaOf<T>(
  schema: Schema,
  read: (meta: { readonly description?: string | undefined; readonly examples?: unknown }) => T | undefined,
): T | undefined {
  let inner = schema;
  for (;;) {
    const found = read(z.globalRegistry.get(inner) ?? {});
    if (found !== undefined) return found;
    if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault
    ) {
      inner = inner.unwrap() as Schema;
    } else if (inner instanceof z.ZodPipe) inner = inner.in as Schema;
    else return undefined;
  }
}

function takesOf(schema: Schema): string {
  const kinds = optionsOf(schema, undefined).map((option) => {
    const words = option instanceof z.ZodArray ? [] : wordsOf(option);
    if (option instanceof z.ZodBoolean) return 'true or false';
    if (words.length > 0) return words.join(', ');
    if (option instanceof z.ZodArray) return 'list';
    if (isMapping(option)) return 'mapping';
    return option instanceof z.ZodNumber ? 'number' : option instanceof z.ZodString ? 'text' : 'value';
  });
  return [...new Set(kinds)].slice(0, 4).join(' | ');
}
