// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../src/config/load.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { DESTINATIONS, destinationSchema } from '../../src/destinations/list.ts';
import { leastEntry, leastEnv } from '../destinations/least.ts';

/** A key of relay.yaml that holds a duration or a size. */
interface Bounded {
  readonly path: string;
  readonly title: string;
}

/** Every duration and size of the schema, whatever section it is in: a new one without bounds shows up here. */
function boundedKeys(schema: unknown, path: readonly string[] = []): Bounded[] {
  for (let layer = schema; layer instanceof z.ZodType; ) {
    const { title } = z.globalRegistry.get(layer) ?? {};
    if (title && /^(?:duration|size)/.test(title)) return [{ path: path.join('.'), title }];
    if (layer instanceof z.ZodOptional || layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault) {
      layer = layer.unwrap();
    } else if (layer instanceof z.ZodObject) {
      return Object.entries(layer.shape).flatMap(([key, inner]) => boundedKeys(inner, [...path, key]));
    } else return [];
  }
  return [];
}

const destinations = destinationSchema.options.flatMap((option) => {
  const [type] = option.shape.type.values;
  return type === undefined ? [] : boundedKeys(option, ['destinations', type]);
});
const keys = [...boundedKeys(relayConfigSchema), ...destinations];

/** relay.yaml with this one key set. */
function yamlWith(path: string, value: string): string {
  const [section = '', ...rest] = path.split('.');
  const nested = (steps: readonly string[]): string =>
    steps.length === 0 ? value : `{ ${steps[0]}: ${nested(steps.slice(1))} }`;
  if (section === 'storage') {
    return `storage: { account: contoso, ${rest[0]}: ${nested(rest.slice(1))} }\ndestinations: {}\ndefault_destinations: []\n`;
  }
  if (section !== 'destinations') {
    return `storage: { account: contoso }\ndestinations: {}\ndefault_destinations: []\n${section}: ${nested(rest)}\n`;
  }
  const [type = '', ...inner] = rest;
  const [key = '', ...below] = inner;
  const least = DESTINATIONS.filter((each) => each.type === type).map((each) => leastEntry(each.type));
  const entry = JSON.stringify(least[0] ?? {}).slice(1, -1);
  return `storage: { account: contoso }\ndestinations:\n  d: { ${entry}, ${key}: ${nested(below)} }\ndefault_destinations: [d]\n`;
}

const errorsOf = (path: string, value: string) =>
  parseConfig(yamlWith(path, value), 'relay.yaml', leastEnv).diagnostics.filter(
    ({ severity }) => severity === 'error',
  );

describe('every duration and size of relay.yaml has bounds', () => {
  it('finds them', () => {
    expect(keys.length).toBeGreaterThan(25);
  });

  it.each(keys)('$path is a $title', ({ path, title }) => {
    const [, least = '', most = ''] = /, (\S+) to (\S+)$/.exec(title) ?? [];
    expect(errorsOf(path, least).filter(({ code }) => code !== 'conflict')).toEqual([]);
    expect(errorsOf(path, most).filter(({ code }) => code !== 'conflict')).toEqual([]);
    const tooMuch = title.startsWith('size') ? '9999999GiB' : '99999999d';
    const tooLittle = title.startsWith('size') ? '0B' : '0ms';
    for (const value of /^0/.test(least) ? [tooMuch] : [tooMuch, tooLittle]) {
      const [error, ...others] = errorsOf(path, value);
      expect(others).toEqual([]);
      const lines = yamlWith(path, value).split('\n');
      const { line = 0, column = 0, length = 0 } = error?.span ?? {};
      expect(lines[line - 1]?.slice(column - 1, column - 1 + length)).toBe(value);
      expect(error?.message).toContain(`from "${least}" to "${most}": `);
    }
  });
});
