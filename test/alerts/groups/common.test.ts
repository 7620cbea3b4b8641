/** What a group's alerts have in common: a query by it finds each of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonOf, commonOfAll, stillCommon, withTable } from '../../../src/alerts/groups/common.ts';
import type { CommonColumn } from '../../../src/alerts/message.ts';
import type { Envelope } from '../../../src/shared/event.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { runs } from '../../support/runs.ts';

const MATCHED = ['FileName', 'ProcessCommandLine', 'AccountName', 'Nested.Column'];

const envelope = (event: JsonObject): Envelope => ({
  id: '0'.repeat(32),
  time: '2026-11-23T07:00:00Z',
  table: 'DeviceProcessEvents',
  event,
  rule: { title: 'A rule', matched: MATCHED.map((column) => ({ column, value: 'x' })) },
  source: { blob: 'c/b', offset: 0 },
});

const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a.exe', 'A.EXE', 'b.exe', 'pc-1', 'ProcessCreated') },
  fc.integer({ min: 0, max: 40 }),
  fc.string({ maxLength: 200 }),
  fc.boolean(),
  fc.constant(null),
  fc.constant({ a: 1 }),
);
const event = fc.dictionary(
  fc.constantFrom('ActionType', 'DeviceName', ...MATCHED, '__proto__'),
  value,
) as fc.Arbitrary<JsonObject>;

const has = (common: readonly CommonColumn[], of: JsonObject) =>
  common.every(({ column, values }) =>
    values.some((one) => one.toLowerCase() === String(of[column]).toLowerCase()),
  );

describe('what the alerts of a group have in common', () => {
  it('holds for each of them, whatever they hold, and for those of all groups together', () => {
    const group = fc.array(event, { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 4 }), (groups) => {
        const each = groups.map(([first = {}, ...others]) =>
          others.reduce<readonly CommonColumn[]>(
            (known, one) => stillCommon(known, envelope(one)),
            commonOf(envelope(first)),
          ),
        );
        groups.forEach((events, at) => {
          for (const one of events) expect(has(each[at] ?? [], one)).toBe(true);
        });
        const all = commonOfAll(each);
        for (const one of groups.flat()) expect(has(all, one)).toBe(true);
        for (const { values } of [...each.flat(), ...all]) expect(values.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: runs(100) },
    );
  });

  it('keeps a column as long as its values are few, and gives up one that an alert lacks', () => {
    const first = commonOf(envelope({ DeviceName: 'pc-0', FileName: 'a.exe', AccountName: 'ada' }));
    expect(first).toEqual([
      { column: 'DeviceName', values: ['pc-0'] },
      { column: 'FileName', values: ['a.exe'] },
      { column: 'AccountName', values: ['ada'] },
    ]);
    let known = first;
    for (let n = 0; n < 30; n++) {
      known = stillCommon(known, envelope({ DeviceName: `pc-${n}`, FileName: n % 2 ? 'A.exe' : 'b.exe' }));
    }
    expect(known).toEqual([{ column: 'FileName', values: ['a.exe', 'b.exe'] }]);
    const same = stillCommon(known, envelope({ FileName: 'B.EXE' }));
    expect(same).toBe(known);
  });

  it('has the tables of all, or none where they are too many', () => {
    const names = Array.from({ length: 12 }, (_, n) => `T${n}`);
    expect(['A', 'B', 'A'].reduce(withTable, ['A'])).toEqual(['A', 'B']);
    expect(names.reduce(withTable, ['A'])).toEqual([]);
  });
});
