/** Values for the references in relay.yaml, none of which has one here: made up, so that what they give can be shown. */
import { type Environment, fillIn, type SecretValues } from '../../../src/config/fill-in.ts';
import type { Data } from '../../../src/diagnostics/yaml/data.ts';

/** A Standard Webhooks secret of 24 bytes that is no secret: base64 of `made-up-by-the-playground`. */
const WEBHOOK_SECRET = 'whsec_bWFkZS11cC1ieS10aGUtcGxheWdyb3VuZA==';

export interface MadeUp {
  readonly env: Environment;
  readonly secrets: SecretValues;
}

/**
 * A value for each `${...}`: for a key of a destination that needs one, what its type's least entry has there, which its schema accepts.
 *
 * @param leastOf the least entry of a type.
 */
export function madeUpValues(data: Data, leastOf: (type: string) => object | undefined): MadeUp {
  // Without a prototype: a variable may be named `constructor`.
  const env: Record<string, string> = Object.create(null);
  const secrets = new Map<string, { readonly value: string }>();
  const make = (written: string, key: string, type: string | undefined): void => {
    for (const { kind, name, text } of fillIn(written, {}).references) {
      if (kind === undefined || name === undefined) continue;
      const made = madeUp(key, name, written === text && type !== undefined ? leastOf(type) : undefined);
      if (kind === 'variable') env[name] ??= made;
      else secrets.set(text.slice(2, -1), { value: made });
    }
  };
  const visit = (value: Data, key: string, type: string | undefined): void => {
    if (typeof value === 'string') make(value, key, type);
    if (typeof value !== 'object' || value === null) return;
    const isList = Array.isArray(value);
    const own = isList ? type : (typeOf(value) ?? type);
    for (const [name, item] of Object.entries(value)) visit(item, isList ? key : name, own);
  };
  visit(data, '', undefined);
  return { env, secrets };
}

function typeOf(value: object): string | undefined {
  return 'type' in value && typeof value.type === 'string' ? value.type : undefined;
}

function madeUp(key: string, name: string, least: object | undefined): string {
  const given: unknown = least === undefined ? undefined : Reflect.get(least, key);
  if (typeof given === 'string') return given;
  if (key === 'secrets') return WEBHOOK_SECRET;
  if (/(?:^|_)url$/i.test(key) || /_URL$/.test(name)) return 'https://example.com/made-up';
  return `made-up-${name}`.padEnd(32, '-');
}
