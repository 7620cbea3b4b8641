/** The delivery that a dead letter keeps: its head is made of the row again. */
import { expect, it } from 'vitest';
import { storedDelivery } from '../../src/delivery/redrive.ts';
import { timestampOf } from '../../src/destinations/timestamp.ts';

function headOf(row: object) {
  const bytes = Buffer.from(JSON.stringify(row));
  const stored = storedDelivery({
    destination: 'siem',
    reason: 'rows_refused',
    message: 'no',
    source: { blob: 'insights-logs-a/PT1H.json', offset: 0 },
    length: bytes.length,
    row: bytes,
    payload: '{"n":1}',
    id: 'a',
    table: 'DeviceEvents',
  });
  if (stored === undefined) throw new Error('The letter has a payload');
  return stored.head;
}

it.each([
  ['its own time', '2026-11-27T18:20:05Z', '2026-11-27T18:20:05.000Z'],
  ['the time of its record, where its own is none', 'at noon', '2026-11-27T19:00:00.000Z'],
])('dates a row by %s', (_, Timestamp, expected) => {
  const head = headOf({
    time: '2026-11-27T19:00:00Z',
    category: 'AdvancedHunting-DeviceEvents',
    properties: { Timestamp },
  });
  expect(new Date(timestampOf(head)).toISOString()).toBe(expected);
});
