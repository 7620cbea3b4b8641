import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GROUPS_IN_WINDOW, STORED_SINGLE_GROUPS } from '../../../src/alerts/groups/limits.ts';
import { LEVELS } from '../../../src/shared/event.ts';
import { runs } from '../../support/runs.ts';
import { alert, TIMES } from './simulated-alerts.ts';
import { ANSWERS, FATES, type Said, SimulatedShard } from './simulated-shard.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Documents larger than this are refused by the state container. */
const MAX_DOCUMENT_BYTES = 1_048_576;
/** A crash makes the relay read rows again within minutes: all of a run that reads again is shorter than what is remembered. */
const MOST_TIME = 50 * MINUTE;

const consumer = fc.nat(2);
const fate = fc.oneof({ weight: 3, arbitrary: fc.constant('done' as const) }, fc.constantFrom(...FATES));
const answer = fc.oneof({ weight: 3, arbitrary: fc.constant('taken' as const) }, fc.constantFrom(...ANSWERS));
const severity = fc.constantFrom(...LEVELS);

const read = fc.record({
  kind: fc.constant('read' as const),
  consumer,
  fate,
  hosts: fc.array(fc.nat(7), { maxLength: 12 }),
  severity,
});
const step = fc.oneof(
  { weight: 3, arbitrary: read },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('say' as const), consumer, answer, fate, meanwhile: read }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(5 * MINUTE) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Read = typeof read extends fc.Arbitrary<infer T> ? T : never;

const times = fc.oneof(
  fc.constant(TIMES),
  fc.constant('off' as const),
  fc.record({
    windowMs: fc.integer({ min: SECOND, max: 20 * MINUTE }),
    repeatMs: fc.integer({ min: SECOND, max: 20 * MINUTE }),
  }),
);
const manner = fc.record({
  updates: fc.constantFrom('none' as const, 'in_place' as const),
  wantsEnd: fc.boolean(),
});
/** The errors of the consumers' clocks. */
const skews = (most: number) =>
  fc.tuple(...Array.from({ length: 3 }, () => fc.integer({ min: -most, max: most })));

interface Run {
  readonly manner: { readonly updates: 'none' | 'in_place'; readonly wantsEnd: boolean };
  readonly times: typeof TIMES | 'off';
  readonly skews: readonly number[];
  readonly steps: readonly Step[];
}

const run = (most = 0) =>
  fc.record({ manner, times, skews: skews(most), steps: fc.array(step, { maxLength: 60 }) });

/** Carries out the steps; then nothing fails any more, and all that is due is said. */
function play({ manner, times, skews, steps }: Run): SimulatedShard {
  const shard = new SimulatedShard(manner, skews);
  const start = shard.now;
  let made = 0;
  const readMore = ({ hosts, severity, consumer, fate }: Read) => {
    const alerts = hosts.map((host) => alert(made++, { host: `pc-${host}`, severity, times }));
    shard.read(alerts, consumer, fate);
  };
  for (const each of steps) {
    if (each.kind === 'say') {
      shard.say(each.consumer, each.answer, each.fate, () => readMore(each.meanwhile));
    } else if (each.kind === 'pass') shard.pass(Math.min(each.ms, start + MOST_TIME - shard.now));
    else readMore(each);
  }
  shard.read([], 0, 'done');
  expect(shard.unpassed).toBe(0);
  return shard;
}

/** Says what is due, by every consumer in turn, and lets time pass until there is nothing left that anybody could say. */
function sayAll(shard: SimulatedShard, longestMs: number): void {
  const end = shard.now + longestMs;
  for (;;) {
    while ([0, 1, 2].some((one) => shard.say(one, 'taken', 'done'))) {
      // Each says all it can.
    }
    const isOver = shard.shard?.groups.every((group) => group.said === group.count) ?? true;
    if (isOver) return;
    expect(shard.now, 'something is never said').toBeLessThan(end);
    shard.pass(Math.max(SECOND, shard.untilNext));
  }
}

const sum = (counts: Iterable<number>) => [...counts].reduce((all, count) => all + count, 0);

/** Each alert is in exactly one group, or was sent by itself; each group was told of, first as such, and at last with all its alerts. */
function expectNothingLost(shard: SimulatedShard): void {
  expect(sum(shard.counts.values()) + shard.ungrouped.length).toBe(shard.occurrences.size);
  expect(new Set(shard.ungrouped).size).toBe(shard.ungrouped.length);
  for (const [id, count] of shard.counts) {
    const told = shard.messages.filter((message) => message.id === id);
    expect(told[0]?.phase, `the first message on ${id}`).toBe('first');
    expect(Math.max(...told.map((message) => message.count))).toBe(count);
    const counts = told.map((message) => message.count);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  }
}

describe('groups of alerts, whatever fails and wherever a process dies', () => {
  it('have each alert exactly once, and every alert is told of', () => {
    fc.assert(
      fc.property(run(), (plan) => {
        const shard = play(plan);
        sayAll(shard, 2 * 60 * MINUTE);
        expectNothingLost(shard);
      }),
      { numRuns: runs(100) },
    );
  });

  it('do so with clocks that are wrong by minutes', () => {
    fc.assert(
      fc.property(run(20 * MINUTE), (plan) => {
        const shard = play(plan);
        sayAll(shard, 2 * 60 * MINUTE);
        expectNothingLost(shard);
      }),
      { numRuns: runs(63) },
    );
  });

  it('are told of in time by the others when a consumer whose clock is wrong by a day has died', () => {
    const DAY = 24 * 60 * MINUTE;
    const first = fc.tuple(read, fc.constantFrom(-DAY, DAY), times, manner);
    fc.assert(
      fc.property(first, ([{ hosts, severity }, skew, times, manner]) => {
        const shard = new SimulatedShard(manner, [skew, 0]);
        const alerts = hosts.map((host, n) => alert(n, { host: `pc-${host}`, severity, times }));
        shard.read(alerts, 0, 'done');
        for (let gone = 0; gone < 20 * SECOND; gone += SECOND) {
          shard.pass(SECOND);
          while (shard.say(1, 'taken', 'done')) {
            // All that is due.
          }
        }
        expect(new Set(shard.messages.map(({ id }) => id)).size).toBe(shard.counts.size);
      }),
      { numRuns: runs(63) },
    );
  });

  it('are told of at once: groups when they open, what stands for the rule within seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 200 }), manner, (hosts, manner) => {
        const shard = new SimulatedShard(manner, [0]);
        shard.read(
          hosts.map((host, n) => alert(n, { host: `pc-${host}` })),
          0,
          'done',
        );
        while (shard.say(0, 'taken', 'done')) {
          // All that is due.
        }
        const distinct = new Set(hosts).size;
        expect(shard.messages).toHaveLength(Math.min(distinct, GROUPS_IN_WINDOW));
        shard.pass(10 * SECOND);
        while (shard.say(0, 'taken', 'done')) {
          // All that is due.
        }
        expect(shard.messages).toHaveLength(Math.min(distinct, GROUPS_IN_WINDOW + 1));
        expect(sum(shard.messages.map(({ count }) => count))).toBe(hosts.length);
      }),
      { numRuns: runs(63) },
    );
  });
});

describe('messages on groups', () => {
  /** Rows come all the time; everything works, and whatever is due is said within a second. */
  const busy = fc.record({
    manner,
    times: fc.record({
      windowMs: fc.integer({ min: 30 * SECOND, max: 20 * MINUTE }),
      repeatMs: fc.integer({ min: 10 * SECOND, max: 10 * MINUTE }),
    }),
    batches: fc.array(
      fc.record({ afterMs: fc.nat(2 * MINUTE), hosts: fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }) }),
      { minLength: 1, maxLength: 40 },
    ),
  });

  it('are never more than the limits say, however alerts come', () => {
    fc.assert(
      fc.property(busy, ({ manner, times, batches }) => {
        const shard = new SimulatedShard(manner, [0]);
        const start = shard.now;
        let made = 0;
        for (const { afterMs, hosts } of batches) {
          for (const until = shard.now + afterMs; shard.now < until; ) {
            shard.pass(Math.min(Math.max(SECOND, shard.untilNext), until - shard.now));
            while (shard.say(0, 'taken', 'done')) {
              // All that is due.
            }
          }
          shard.read(
            hosts.map((host) => alert(made++, { host: `pc-${host}`, times })),
            0,
            'done',
          );
        }
        const passed = shard.now - start;
        expect(shard.ungrouped).toEqual([]);
        expectPaced(shard.messages, manner, times);
        const windows = Math.floor(passed / times.windowMs) + 1;
        const firsts = shard.messages.filter(({ phase }) => phase === 'first');
        expect(firsts.filter(({ scope }) => scope === 'group').length).toBeLessThanOrEqual(
          GROUPS_IN_WINDOW * windows,
        );
        expect(firsts.filter(({ scope }) => scope === 'rule').length).toBeLessThanOrEqual(windows);
      }),
      { numRuns: runs(63) },
    );
  });

  function expectPaced(
    messages: readonly Said[],
    { updates, wantsEnd }: Run['manner'],
    times: typeof TIMES,
  ): void {
    const pause = updates === 'in_place' ? Math.min(times.repeatMs, 30 * SECOND) : times.repeatMs;
    for (const id of new Set(messages.map((message) => message.id))) {
      const own = messages.filter((message) => message.id === id);
      expect(own.filter(({ phase }) => phase === 'first')).toHaveLength(1);
      expect(own.filter(({ phase }) => phase === 'end').length).toBeLessThanOrEqual(wantsEnd ? 1 : 0);
      const heard = own.filter(({ phase }) => phase !== 'end');
      for (const [n, { at, count }] of heard.entries()) {
        const before = heard[n - 1];
        if (!before) continue;
        expect(at - before.at).toBeGreaterThanOrEqual(pause);
        expect(count).toBeGreaterThan(before.count);
      }
    }
  }

  it('with grouping off are one for each alert, up to a bound beyond which alerts go by themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), (alerts) => {
        const shard = new SimulatedShard({ updates: 'none', wantsEnd: false }, [0]);
        const all = Array.from({ length: alerts }, (_, n) => alert(n, { times: 'off' }));
        shard.read(all, 0, 'done');
        while (shard.say(0, 'taken', 'done')) {
          // All that is due.
        }
        expect(shard.messages).toHaveLength(Math.min(alerts, STORED_SINGLE_GROUPS));
        expect(shard.messages.length + shard.ungrouped.length).toBe(alerts);
      }),
      { numRuns: runs(5) },
    );
  });
});

describe('the document of groups', () => {
  it('stays below its limit, whatever rows hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }).map((part) => part.repeat(3_000).slice(0, 60_000)),
      fc.constantFrom(
        '\ud800'.repeat(30_000),
        '\u0000'.repeat(30_000),
        '"\\'.repeat(20_000),
        '💥'.repeat(20_000),
      ),
    );
    const batch = fc.record({ text, hosts: fc.array(fc.nat(60), { maxLength: 60 }), entities: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 6 }), times, (batches, times) => {
        const shard = new SimulatedShard({ updates: 'none', wantsEnd: true }, [0]);
        let made = 0;
        for (const { text, hosts, entities } of batches) {
          const alerts = hosts.map((host) =>
            alert(made++, { host: `${text.slice(0, 600)}${host}`, text, entities, times }),
          );
          shard.read(alerts, 0, 'done');
          shard.pass(MINUTE);
        }
        expect(shard.mostBytes).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
        expect(sum(shard.counts.values()) + shard.ungrouped.length).toBe(shard.occurrences.size);
      }),
      { numRuns: runs(6) },
    );
  });

  it('holds ten thousands of alerts, and none of them is folded again when they are read again', () => {
    const shard = new SimulatedShard({ updates: 'none', wantsEnd: false }, [0]);
    for (let batch = 0; batch < 10; batch++) {
      const alerts = Array.from({ length: 1_000 }, (_, n) =>
        alert(batch * 1_000 + n, { host: `pc-${n % 50}` }),
      );
      // The process dies after each write, so the next one folds all of them again.
      shard.read(alerts, 0, 'dies after');
      shard.pass(SECOND);
    }
    shard.read([], 0, 'done');
    expect(sum(shard.counts.values())).toBe(10_000);
    expect(shard.counts.size).toBe(GROUPS_IN_WINDOW + 1);
    expect(shard.mostBytes).toBeLessThan(MAX_DOCUMENT_BYTES / 2);
  });
});
