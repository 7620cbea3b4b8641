/** The step `set`: writes constants into columns. */
import { z } from 'zod';
import type { JsonValue } from '../../shared/json.ts';
import type { KustoType } from '../schema/index.ts';
import { defineStep } from './step.ts';

/** `set: { environment: production, site: $SITE }`: writes a constant, or the value of a variable of relay.yaml. */
export const set = defineStep(
  'set',
  z
    .record(z.string(), z.json())
    .describe(
      'Writes constants: column -> value. "$NAME" is a variable of relay.yaml; a leading "$$" stands for "$".',
    ),
  (values, context) => {
    const pairs = Object.entries(values).map(([name, value]): readonly [string, JsonValue] => {
      const filled =
        typeof value === 'string' ? (context.variable(value, [name]) ?? '') : (value as JsonValue);
      context.columns.add(name, typeOf(filled));
      return [name, filled];
    });
    return (draft) => {
      for (const [name, value] of pairs) draft.set(name, value);
    };
  },
  {
    value: { environment: 'production', site: '$SITE' },
    row: { DeviceName: 'ws-1' },
    result: { DeviceName: 'ws-1', environment: 'production', site: 'Vienna' },
    variables: { SITE: 'Vienna' },
  },
);

function typeOf(value: JsonValue): KustoType {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'real';
  return typeof value === 'boolean' ? 'bool' : 'dynamic';
}
