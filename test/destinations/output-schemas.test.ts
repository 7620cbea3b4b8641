/** The published JSON Schemas take what is sent, also of a later version, and nothing else. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { textOf } from '../../lab/delivery.ts';
import { outputSchemas } from '../../src/destinations/output-schemas.ts';
import { writeShape } from '../../src/destinations/shapes.ts';
import { asDocumented } from './documented.ts';
import { alert, deliveryOf, envelope } from './samples.ts';

function sent(made: ReturnType<typeof envelope>): Record<string, unknown> {
  return JSON.parse(textOf((writer) => writeShape('relay', deliveryOf(made), writer)));
}

const schemas = new Map(
  [...outputSchemas()].map(([name, schema]) => [name, z.fromJSONSchema(schema as never)]),
);
const takes = (name: string, value: unknown) => schemas.get(name)?.safeParse(value).success;

describe.each([
  ['event.schema.json', sent(envelope(1))],
  ['alert.schema.json', sent(alert(1))],
])('%s', (name, record) => {
  it('takes the record, also with a field that it does not know', () => {
    expect(takes(name, record)).toBe(true);
    expect(takes(name, { ...record, added_later: 1 })).toBe(true);
  });

  it.each(['kind', 'id', 'time', 'table', 'source'])('wants %s', (field) => {
    const { [field]: _, ...rest } = record;
    expect(takes(name, rest)).toBe(false);
    expect(takes(name, { ...record, [field]: 7 })).toBe(false);
  });

  it('tells the kinds apart', () => {
    expect(takes(name, { ...record, kind: record.kind === 'alert' ? 'event' : 'alert' })).toBe(false);
  });
});

it('row.schema.json takes a row as Defender wrote it, and no record of another shape', () => {
  const raw: Record<string, unknown> = JSON.parse(
    textOf((writer) => writeShape('raw', deliveryOf(envelope(1)), writer)),
  );
  expect(takes('row.schema.json', raw)).toBe(true);
  expect(takes('row.schema.json', { ...raw, added_later: 1 })).toBe(true);
  expect(takes('row.schema.json', { ...raw, properties: 'text' })).toBe(false);
  expect(takes('row.schema.json', sent(envelope(1)))).toBe(false);
  expect(takes('row.schema.json', sent(alert(1)))).toBe(false);
});

describe('webhook.schema.json', () => {
  const timestamp = envelope(1).time;
  const record = sent(alert(1));

  it.each([
    ['a batch', { type: 'defender.alerts', timestamp, data: { events: [record] } }, true],
    [
      'a mixed batch',
      { type: 'defender.events', timestamp, data: { events: [record, sent(envelope(1))] } },
      true,
    ],
    ['a single alert', { type: 'defender.alert', timestamp, data: record }, true],
    ['an empty batch', { type: 'defender.alerts', timestamp, data: { events: [] } }, false],
    ['another type', { type: 'defender.other', timestamp, data: record }, false],
  ])('%s', (_, body, isTaken) => {
    expect(takes('webhook.schema.json', body)).toBe(isTaken);
  });
});

it('the tests notice a field that is not documented', () => {
  expect(() => asDocumented({ ...sent(alert(1)), undocumented: 1 })).toThrow();
  expect(() => asDocumented({ ...sent(envelope(1)), undocumented: 1 })).toThrow();
  expect(() => asDocumented(sent(alert(1)))).not.toThrow();
});
