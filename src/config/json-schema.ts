/** schemas/relay.schema.json: relay.yaml as editors check it. */
import { z } from 'zod';
import { relayConfigSchema } from './schema.ts';

/** schemas/relay.schema.json: JSON Schema (draft 7, which editors know best) of relay.yaml as it is written. */
export function relayJsonSchema(): Record<string, unknown> {
  const json = z.toJSONSchema(relayConfigSchema, { io: 'input', target: 'draft-7' });
  return {
    ...(forEditors(json) as Record<string, unknown>),
    title: 'relay.yaml, the configuration of xdr-relay',
    definitions: {
      variable: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}',
        description: 'From the environment.',
      },
    },
  };
}

const VARIABLE = { $ref: '#/definitions/variable' };

/** Any value may be a `${NAME}`, whatever its type; a secret must be one. */
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
/** Keywords that hold data; and names of keys, which are never variables. */
const NOT_SCHEMAS = new Set(['default', 'examples', 'propertyNames', 'required', 'enum', 'const']);

function isValue(node: Readonly<Record<string, unknown>>): boolean {
  return (
    node.type === 'string' || node.type === 'number' || node.type === 'integer' || node.type === 'boolean'
  );
}

function annotations(node: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).filter(([key]) => ANNOTATIONS.has(key)));
}
