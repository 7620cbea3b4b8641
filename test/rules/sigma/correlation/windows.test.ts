import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CorrelationDefinition,
  type CorrelationLimits,
  type CorrelationState,
  CorrelationWindows,
  correlationState,
} from '../../../../src/rules/sigma/index.ts';
import type { CorrelationEvent } from '../../../../src/shared/event.ts';

const THREE: CorrelationDefinition = {
  type: 'event_count',
  timespan: 60_000,
  condition: { fields: [], bounds: [{ op: 'gte', value: 3 }] },
};

const event = (user: string, position = 0): CorrelationEvent => ({
  correlation: 'c',
  position,
  group: [{ column: 'AccountName', value: user }],
  counted: [],
  next: [],
});

/** A row a second, in the order of its offsets; `id` where it is a copy. */
const at = (offset: number, { id = `${offset}`, blob = 'b' } = {}) => ({
  id: id.padEnd(32, 'x'),
  time: offset * 1000,
  blob,
  offset,
});

const asJson = (state: CorrelationState): CorrelationState =>
  correlationState.parse(JSON.parse(JSON.stringify(state)));

const start = (state?: CorrelationState, limits?: Partial<CorrelationLimits>) =>
  new CorrelationWindows(THREE, state, limits);

const observe = (windows: CorrelationWindows, row: ReturnType<typeof at>, user = 'alice', now = row.time) =>
  windows.observe(row, [event(user)], now).map(({ count }) => count);

describe('a row that is read again', () => {
  it('raises its alert again, and is not counted again', () => {
    const windows = start();
    const read = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => observe(windows, at(from + i)).length);
    expect(read(0, 4)).toEqual([0, 0, 1, 0]);
    expect(read(0, 4)).toEqual([0, 0, 1, 0]);
    expect(read(1, 7)).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('is known from its place: a copy elsewhere raises nothing and is not counted', () => {
    const windows = start();
    for (const offset of [0, 1, 2]) observe(windows, at(offset));
    expect(observe(windows, at(3, { id: '2' }))).toEqual([]);
    expect(observe(windows, at(2, { id: '2', blob: 'other' }))).toEqual([]);
    expect([4, 5].flatMap((offset) => observe(windows, at(offset)))).toEqual([]);
    expect(observe(windows, at(6))).toEqual([3]);
  });

  it('is known when its window was forgotten long ago', () => {
    const windows = start();
    for (const offset of [0, 1, 2, 3, 4]) observe(windows, at(offset));
    const later = start(asJson(windows.state(86_400_000)));
    expect(later.state(0).groups).toEqual([]);
    expect([0, 1, 2, 3, 4].map((offset) => observe(later, at(offset), 'alice', 86_400_000).length)).toEqual([
      0, 0, 1, 0, 0,
    ]);
    expect([0, 4, 5].map((offset) => later.isKnown(at(offset)))).toEqual([true, true, false]);
  });

  it('whatever is read again and wherever one begins anew, alerts are those of one pass', () => {
    const total = 40;
    const users = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: total, maxLength: total });
    const copies = fc.uniqueArray(fc.nat(total - 1), { maxLength: 8 });
    fc.assert(
      fc.property(users, copies, fc.array(fc.nat(total), { maxLength: 10 }), (who, twice, jumps) => {
        const rowAt = (offset: number) =>
          twice.includes(offset) && offset > 0
            ? ([at(offset, { id: `${offset - 1}` }), who[offset - 1]] as const)
            : ([at(offset), who[offset]] as const);
        const raise = (windows: CorrelationWindows, offset: number) => {
          const [row, user] = rowAt(offset);
          return observe(windows, row, user).map((count) => `${offset}: ${user} ${count}`);
        };
        const once = start();
        const expected = Array.from({ length: total }, (_, offset) => raise(once, offset));
        let windows = start();
        let reached = 0;
        for (const jump of [...jumps, total]) {
          for (let offset = Math.min(jump, reached); offset < jump; offset++) {
            expect(raise(windows, offset)).toEqual(expected[offset]);
            reached = Math.max(reached, offset + 1);
          }
          windows = start(asJson(windows.state(0)));
        }
      }),
    );
  });
});

describe('the state', () => {
  it('survives a restart in the middle of a window, as JSON', () => {
    const before = start();
    for (const offset of [0, 1]) observe(before, at(offset));
    expect(observe(start(asJson(before.state(2000))), at(2))).toEqual([3]);
  });

  it('keeps the numbers of events, and what was calculated of them', () => {
    const definition: CorrelationDefinition = {
      type: 'value_sum',
      timespan: 60_000,
      condition: { fields: ['F'], bounds: [{ op: 'gte', value: 10 }] },
    };
    const numbers = ['2.5', '-1.2345678901234567e-300', '7.25', '0x10'];
    let state: CorrelationState | undefined;
    const found = numbers.flatMap((text, offset) => {
      const windows = new CorrelationWindows(definition, state);
      const raised = windows.observe(at(offset), [{ ...event('Bob'), counted: [text] }], 0);
      state = asJson(windows.state(0));
      return raised.map(({ count }) => count);
    });
    expect(found).toEqual([25.75]);
    const again = new CorrelationWindows(definition, state).observe(
      at(3),
      [{ ...event('Bob'), counted: ['0x10'] }],
      0,
    );
    expect(again.map(({ count }) => count)).toEqual([25.75]);
  });

  it('is stored as it was before: consumers of two versions share it', () => {
    const windows = new CorrelationWindows({
      type: 'value_count',
      timespan: 60_000,
      condition: { fields: ['F'], bounds: [{ op: 'gte', value: 2 }] },
    });
    for (const [offset, counted] of ['x', 'Y', 'x'].entries()) {
      const row = at(offset);
      windows.observe(row, [{ ...event('Bob', 1), counted: [counted] }], row.time);
    }
    expect(windows.state(2000)).toEqual({
      v: 1,
      groups: [
        [
          '9mo1ZxLRCbn7yuiI',
          [
            [0, -2, '0xxxxxxxxxxxxxxx', '', 0],
            [1000, -2, '1xxxxxxxxxxxxxxx', '', 1],
            [2000, 1, '2xxxxxxxxxxxxxxx', 'zWXqLCrZnpSoWxtt', 2],
          ],
        ],
      ],
      read: [['PiPoFgA5WUoziU9l', 2]],
      raised: [['lPRQl6QcJtaza4pd', 2]],
    });
  });

  it('leaves out what arrived too long ago', () => {
    const windows = start();
    observe(windows, at(0), 'alice', 0);
    expect(windows.state(960_000).groups).toHaveLength(1);
    expect(windows.state(961_000).groups).toEqual([]);
  });

  it('rejects what is none', () => {
    expect(correlationState.safeParse({ v: 2, groups: [], read: [], raised: [] }).success).toBe(false);
    expect(correlationState.safeParse({ v: 1, groups: [['k', ['x']]], read: [], raised: [] }).success).toBe(
      false,
    );
  });

  it('fits into a document, however full it is', () => {
    const windows = start();
    const now = 1_795_418_100_000;
    for (let n = 0; n < 9000; n++) {
      const row = { id: `${n}`.padEnd(32, 'x'), time: now + n, blob: `blob ${n}`, offset: 1e13 + n };
      windows.observe(row, [{ ...event(`user${n}`, 99), counted: ['value'] }], now);
    }
    const once = new CorrelationWindows({
      ...THREE,
      condition: { fields: [], bounds: [{ op: 'gte', value: 1 }] },
    });
    for (let n = 0; n < 3000; n++) observe(once, at(n), `user${n}`);
    const full = { ...windows.state(now), raised: once.state(0).raised };
    expect([full.groups.length, full.read.length, full.raised.length]).toEqual([8000, 2000, 2000]);
    expect(Buffer.byteLength(JSON.stringify(full))).toBeLessThan(900_000);
    expect(windows.forgotten).toEqual({ events: 1000, blobs: 7000, alerts: 0 });
    expect(once.forgotten).toEqual({ events: 0, blobs: 0, alerts: 1000 });
  });
});

describe('limits', () => {
  it('forget the group that was touched least recently', () => {
    const windows = start(undefined, { events: 4, eventsPerGroup: 2 });
    for (const [offset, user] of ['a', 'b', 'c', 'a', 'd'].entries()) observe(windows, at(offset), user);
    expect(windows.forgotten.events).toBe(1);
    expect(windows.state(0).groups).toHaveLength(3);
    expect(observe(windows, at(5), 'b')).toEqual([]);
  });

  it('forget the earliest event of a group', () => {
    const windows = start(undefined, { events: 4, eventsPerGroup: 2 });
    for (let offset = 0; offset < 9; offset++) expect(observe(windows, at(offset))).toEqual([]);
    expect(windows.forgotten.events).toBe(7);
  });
});
