import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DestinationRefusedError, RetryableError } from '../../../src/destinations/errors.ts';
import { queueReplay } from '../../../src/relay/discovery/replay.ts';
import { runs } from '../../support/runs.ts';
import { MINUTE, numbers, relay, rows } from '../harness.ts';

const HOURS = 60 * MINUTE;

/** A relay whose one blob is read to its end and closed. */
async function finished(names?: readonly string[]) {
  const r = relay(names);
  r.append(rows(0, 10));
  await r.notify();
  await r.pass(2 * HOURS, MINUTE);
  expect((await r.checkpoint())?.closed).toBe(true);
  return r;
}

describe('a replay', () => {
  it('brings a destination everything once more and leaves the others alone', async () => {
    const r = await finished();
    const before = await r.checkpoint();
    expect(await queueReplay(r.deps, r.ref, 'hook')).toBe('queued');
    expect(await r.work()).toBe(1);
    expect(r.sink('hook').rows).toEqual([...numbers(0, 10), ...numbers(0, 10)]);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 10));
    expect(await r.checkpoint()).toEqual(before);
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  });

  it('is queued once while it goes on', async () => {
    const r = await finished();
    expect(await queueReplay(r.deps, r.ref, 'hook')).toBe('queued');
    expect(await queueReplay(r.deps, r.ref, 'hook')).toBe('under_way');
    expect(await queueReplay(r.deps, r.ref, 'splunk')).toBe('queued');
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toHaveLength(20);
    expect(r.sink('splunk').rows).toHaveLength(20);
  });

  it('does not move the ordinary offset back, and does not show in the listing', async () => {
    const r = await finished();
    const before = await r.checkpoint();
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'no');
    };
    await queueReplay(r.deps, r.ref, 'hook');
    await r.work();
    const checkpoint = await r.checkpoint();
    const end = rows(0, 10).length;
    const counts = { rows: 10, delivered: 10, filtered: 0, deadLettered: 0 };
    expect(checkpoint?.destinations.hook).toEqual(before?.destinations.hook);
    expect(checkpoint?.destinations.hook).toMatchObject({ offset: end, counts });
    expect(checkpoint?.replays.hook).toMatchObject({ offset: 0, to: end });
    for await (const summary of r.checkpoints.list(r.ref.container, '')) {
      expect(summary).toMatchObject({ offset: end, end, closed: true, behindDue: expect.any(Number) });
    }
    r.sink('hook').behave = () => {};
    await r.pass(10 * MINUTE);
    expect(r.sink('hook').rows).toEqual([...numbers(0, 10), ...numbers(0, 10)]);
    expect((await r.checkpoint())?.replays).toEqual({});
  });

  it('of a blob that grows ends where the destination was', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    await queueReplay(r.deps, r.ref, 'hook');
    r.append(rows(10, 15));
    await r.pass(2 * HOURS, MINUTE);
    const sent = r.sink('hook').rows;
    expect(sent.filter((n) => Number(n) < 10)).toHaveLength(20);
    expect(sent.filter((n) => Number(n) >= 10)).toEqual(numbers(10, 15));
  });

  it('ends with the last row that had no line end', async () => {
    const r = relay();
    r.append(rows(0, 3).trimEnd());
    await r.notify();
    await r.pass(2 * HOURS, MINUTE);
    expect(r.sink('hook').rows).toEqual([0, 1, 2]);
    await queueReplay(r.deps, r.ref, 'hook');
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('brings a destination that is new all of a closed blob, as its own progress', async () => {
    const r = await finished(['splunk', 'hook']);
    const late = relay(['splunk', 'hook', 'late']);
    const deps = { ...r.deps, destinations: late.deps.destinations, rules: late.deps.rules };
    expect(await queueReplay(deps, r.ref, 'late')).toBe('queued');
    expect((await r.checkpoint())?.destinations.late).toMatchObject({ offset: 0, behind: {} });
    expect((await r.checkpoint())?.replays.late).toBeUndefined();
  });

  it('has nothing to do where nothing was read', async () => {
    const r = relay();
    r.append(rows(0, 1));
    expect(await queueReplay(r.deps, r.ref, 'hook')).toBe('nothing');
  });

  it('whose task is lost is taken up by the next visit to the blob', async () => {
    const r = await finished();
    await queueReplay(r.deps, r.ref, 'hook');
    const [lost] = await r.queue.receive(1, 120);
    await lost?.complete();
    r.clock.advance(6 * MINUTE);
    await r.notify();
    await r.pass(MINUTE);
    expect(r.sink('hook').rows).toHaveLength(20);
    expect(r.sink('splunk').rows).toHaveLength(10);
  });
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({ kind: fc.constant('notify' as const) }),
  fc.record({ kind: fc.constant('replay' as const), to: fc.constantFrom('splunk', 'hook') }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  fc.record({
    kind: fc.constant('behave' as const),
    sink: fc.constantFrom('splunk', 'hook'),
    fault: fc.constantFrom('none', 'down', 'flaky'),
  }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function behaviour(fault: string): () => void {
  let turn = 0;
  return () => {
    if (fault === 'down') throw new DestinationRefusedError('not_authorized', 'no');
    if (fault === 'flaky' && turn++ % 2 === 0) throw new RetryableError('server_error', 'busy');
  };
}

interface Owed {
  readonly to: string;
  readonly upTo: number;
  readonly from: number;
}

function expectReplayed(
  sent: readonly unknown[],
  {
    total,
    replays,
    owed,
  }: { readonly total: number; readonly replays: number; readonly owed: readonly Owed[] },
): void {
  expect([...new Set(sent)].sort((a, b) => Number(a) - Number(b))).toEqual(numbers(0, total));
  // No reply is ever lost here: each row comes once, and once more for each replay at most.
  for (const n of numbers(0, total)) {
    expect(sent.filter((each) => each === n).length).toBeLessThanOrEqual(1 + replays);
  }
  for (const { upTo, from } of owed) {
    const whole = numbers(0, total).filter((n) => rows(0, n + 1).length <= upTo);
    expect(sent.slice(from)).toEqual(expect.arrayContaining(whole));
  }
}

describe('replays among everything else', () => {
  it('bring what was there again, repeat nothing to others, and move nothing back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const r = relay();
        const total = 30;
        const text = rows(0, total);
        let written = 0;
        const replays = { splunk: 0, hook: 0 };
        /** Ordinary offsets, as high as they were ever seen. */
        const high = new Map<string, number>();
        const look = async () => {
          for (const [name, { offset }] of Object.entries((await r.checkpoint())?.destinations ?? {})) {
            expect(offset).toBeGreaterThanOrEqual(high.get(name) ?? 0);
            high.set(name, offset);
          }
        };
        r.append('');
        await r.notify();
        const owed: Owed[] = [];
        const perform = async (each: Step) => {
          switch (each.kind) {
            case 'append':
              r.append(text.slice(written, written + each.bytes));
              written = Math.min(text.length, written + each.bytes);
              return;
            case 'notify':
              return r.notify();
            case 'pass':
              return r.pass(each.seconds * 1000, 30_000);
            case 'replay': {
              const upTo = (await r.checkpoint())?.destinations[each.to]?.offset ?? 0;
              if ((await queueReplay(r.deps, r.ref, each.to)) !== 'queued') return;
              replays[each.to as 'splunk' | 'hook']++;
              owed.push({ to: each.to, upTo, from: r.sink(each.to).rows.length });
              return;
            }
            case 'behave':
              r.sink(each.sink).behave = behaviour(each.fault);
          }
        };
        for (const each of steps) {
          await perform(each);
          await look();
        }
        r.append(text.slice(written));
        for (const name of ['splunk', 'hook']) r.sink(name).behave = () => {};
        await r.notify();
        await r.pass(150 * MINUTE, MINUTE);
        await look();

        for (const name of ['splunk', 'hook'] as const) {
          const own = owed.filter(({ to }) => to === name);
          expectReplayed(r.sink(name).rows, { total, replays: replays[name], owed: own });
        }
        expect((await r.checkpoint())?.replays).toEqual({});
        expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
      }),
      { numRuns: runs(15) },
    );
  });
});
