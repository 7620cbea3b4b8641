import { z } from 'zod';
import type { Path } from '../diagnostics/path.ts';
import { type Secrecy, secrecyOf } from '../shared/secret.ts';

type Schema = z.core.$ZodType;

/** A schema without its wrappers (optional, default, codec), and how its values are kept from view. */
export function unwrap(schema: Schema): { readonly schema: Schema; readonly secrecy: Secrecy | undefined } {
  let inner = schema;
  let secrecy = secrecyOf(inner);
  for (;;) {
    if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault
    ) {
      inner = inner.unwrap();
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in;
    } else {
      return { schema: inner, secrecy };
    }
    secrecy ??= secrecyOf(inner);
  }
}

/** The schema for what `step` names inside `value`; undefined where the schema has no such thing. */
function childOf(schema: Schema, value: unknown, step: PropertyKey): Schema | undefined {
  const { schema: inner } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const { shape } = inner;
    return Object.hasOwn(shape, step) ? shape[String(step)] : undefined;
  }
  if (inner instanceof z.ZodRecord) return inner.valueType;
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodUnion) {
    const option = optionFor(inner, value);
    return option ? childOf(option, value, step) : undefined;
  }
  return undefined;
}

/** The option of a union that `value` means: by discriminator, else the first of its kind. */
function optionFor(union: z.ZodUnion, value: unknown): Schema | undefined {
  if (union instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = union.def;
    const tag = typeof value === 'object' && value !== null ? Reflect.get(value, discriminator) : undefined;
    return union.options.find((option) => {
      const literal = childOf(option, value, discriminator);
      return literal instanceof z.ZodLiteral && literal.values.has(tag as z.core.util.Literal);
    });
  }
  return union.options.find((option) => {
    const { schema } = unwrap(option);
    if (Array.isArray(value)) return schema instanceof z.ZodArray;
    if (typeof value === 'string') return schema instanceof z.ZodString;
    return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
  });
}

/** The schema at a path of `data`; undefined where the schema has nothing there. */
export function schemaAt(root: Schema, data: unknown, path: Path): Schema | undefined {
  let schema: Schema | undefined = root;
  let value = data;
  for (const step of path) {
    schema = schema && childOf(schema, value, step);
    if (!schema) return undefined;
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  return schema;
}

/** The keys that may stand in the mapping at a path; undefined where any may, or where no mapping belongs. */
export function keysAt(root: Schema, data: unknown, path: Path): readonly string[] | undefined {
  const found = schemaAt(root, data, path);
  if (!found) return undefined;
  const { schema } = unwrap(found);
  const value = path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    data,
  );
  const option = schema instanceof z.ZodUnion ? optionFor(schema, value) : schema;
  return option instanceof z.ZodObject ? Object.keys(option.shape) : undefined;
}

/** Calls `visit` for each text, number, boolean or null of `data` that a secret or sensitive schema describes. */
export function visitSecrets(
  root: Schema,
  data: unknown,
  visit: (path: Path, value: unknown, secrecy: Secrecy) => void,
): void {
  const walk = (schema: Schema, value: unknown, path: Path): void => {
    const { schema: inner, secrecy } = unwrap(schema);
    if (typeof value === 'object' && value !== null) {
      for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
        const child = childOf(inner, value, key);
        if (child) walk(child, Reflect.get(value, key), [...path, key]);
      }
      return;
    }
    const option = inner instanceof z.ZodUnion ? optionFor(inner, value) : undefined;
    const found = secrecy ?? (option && unwrap(option).secrecy);
    if (found && value !== undefined) visit(path, value, found);
  };
  walk(root, data, []);
}

/** The names of all keys, at any depth, whose values must come from the environment. */
export function secretKeys(root: Schema): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (name: string, schema: Schema): void => {
    const { schema: inner, secrecy } = unwrap(schema);
    if (secrecy === 'always') names.add(name);
    if (inner instanceof z.ZodObject) {
      for (const [key, field] of Object.entries(inner.shape)) walk(key, field);
    }
    if (inner instanceof z.ZodUnion) for (const option of inner.options) walk(name, option);
    if (inner instanceof z.ZodArray) walk(name, inner.element);
    // The keys of a record are the user's own.
    if (inner instanceof z.ZodRecord) walk('', inner.valueType);
  };
  walk('', root);
  names.delete('');
  return names;
}
