/** Finds the values of relay.yaml that its schema marks as secret. */
import { z } from 'zod';
import type { Path } from '../diagnostics/path.ts';
import { childOf, optionFor, unwrap } from '../diagnostics/schema-walk.ts';
import type { Secrecy } from '../shared/secret.ts';

type Schema = z.core.$ZodType;

/** Calls `visit` for each string, number, boolean or null of `data` whose schema is secret or sensitive. */
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

/** The names of all keys, at any depth, whose values must not be written in relay.yaml. */
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
    // The user chooses the keys of a record, so they do not mark secrets.
    if (inner instanceof z.ZodRecord) walk('', inner.valueType);
  };
  walk('', root);
  names.delete('');
  return names;
}
