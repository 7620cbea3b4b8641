import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEVICE_COLUMNS, DeviceList } from '../../../src/rules/lists/device-list.ts';

const id = (n: number) => n.toString(16).padStart(40, '0');
const values = (name: string) => DEVICE_COLUMNS.map((column) => (column === 'DeviceName' ? name : null));

describe('DeviceList', () => {
  it('never holds more entries and bytes than it may, and forgets those seen longest ago', () => {
    const bounds = { entries: 20, bytes: 3_000 };
    const taken = fc.array(
      fc.record({ n: fc.nat(40), at: fc.nat(1_000), name: fc.string({ maxLength: 200 }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(taken, (rows) => {
        const list = new DeviceList(bounds);
        for (const { n, at, name } of rows) {
          list.take(id(n), { at, values: values(name) });
          expect(list.size).toBeLessThanOrEqual(bounds.entries);
          expect(list.bytes).toBeLessThanOrEqual(bounds.bytes);
        }
        const bytes = [...list.devices()].reduce(
          (sum, [key, device]) => sum + key.length + JSON.stringify(device.values).length,
          0,
        );
        expect(list.bytes).toBe(bytes);
      }),
    );
    const list = new DeviceList({ entries: 2, bytes: 1e6 });
    for (const n of [1, 2, 1, 3])
      list.take(id(n), { at: n * 1e9 + list.size, values: values(`${n}${list.size}`) });
    expect([1, 2, 3].map((n) => list.find(id(n)))).toEqual([0, -1, 0]);
  });
});
