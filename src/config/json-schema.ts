// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** Generates schemas/relay.schema.json, with which editors check relay.yaml. */
import { z } from 'zod';
import { relayConfigSchema } from './schema.ts';

/** The JSON Schema of relay.yaml as people write it, in draft 7, which most editors support. */
export function relayJsonSchema(): Record<string, unknown> {
  const { definitions = {}, ...json } = z.toJSONSchema(relayConfigSchema, { io: 'input', target: 'draft-7' });
  return {
    ...(forEditors(json) as Record<string, unknown>),
    title: 'relay.yaml, the configuration of xdr-relay',
    definitions: {
      // Of JSON that may hold anything: there is nothing to allow in it.
      ...Object(definitions),
      variable: {
        type: 'string',
        pattern: '\\$\\{(?:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+|keyvault:[0-9A-Za-z-]+(?:/[0-9a-f]{32})?)\\}',
        description:
          'From the environment, from a file (`${file:PATH}`), or from Key Vault (`${keyvault:NAME}`).',
      },
    },
  };
}

const VARIABLE = { $ref: '#/definitions/variable' };

/** Allows `${NAME}` in place of any value, whatever its type, and requires it for secrets. */
function forEditors(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forEditors);
  if (typeof node !== 'object' || node === null) return node;
  const { secrecy, title, ...rest } = node as Readonly<Record<string, unknown>>;
  if (secrecy === 'always') return { ...annotations(rest), allOf: [VARIABLE] };
  if ('const' in rest || rest.type === 'object' || rest.type === 'array' || !isValue(rest)) {
    return Object.fromEntries(
      Object.entries(rest).map(([key, value]) => [key, NOT_SCHEMAS.has(key) ? value : forEditors(value)]),
    );
  }
  const constraints = Object.fromEntries(Object.entries(rest).filter(([key]) => !ANNOTATIONS.has(key)));
  if (constraints.type === 'string' && Object.keys(constraints).length === 1) return rest;
  return { ...annotations(rest), anyOf: [constraints, VARIABLE] };
}

const ANNOTATIONS = new Set(['description', 'default', 'examples']);
/** Keywords of JSON Schema whose values are data or names of keys, not schemas, so they are not changed. */
const NOT_SCHEMAS = new Set(['default', 'examples', 'propertyNames', 'required', 'enum', 'const']);

function isValue(node: Readonly<Record<string, unknown>>): boolean {
  return (
    node.type === 'string' || node.type === 'number' || node.type === 'integer' || node.type === 'boolean'
  );
}

function annotations(node: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).filter(([key]) => ANNOTATIONS.has(key)));
}
