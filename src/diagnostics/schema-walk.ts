/** The way through a zod schema along a path of the data: what may stand there. */
import { z } from 'zod';
import { type Secrecy, secrecyOf } from '../shared/secret.ts';
import { type Path, valueAt } from './path.ts';

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
export function childOf(schema: Schema, value: unknown, step: PropertyKey): Schema | undefined {
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
export function optionFor(union: z.ZodUnion, value: unknown): Schema | undefined {
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
  const option = schema instanceof z.ZodUnion ? optionFor(schema, valueAt(data, path)) : schema;
  return option instanceof z.ZodObject ? Object.keys(option.shape) : undefined;
}
