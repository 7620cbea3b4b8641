import { describe, expect, it } from 'vitest';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import {
  type BackfillOptions,
  type BackfillTotals,
  backfill,
  type Position,
} from '../../../src/relay/discovery/backfill.ts';
import { type Day, daysIn } from '../../../src/relay/discovery/backfill-days.ts';
import { BackfillJournal, backfillDocument } from '../../../src/relay/discovery/backfill-state.ts';
import { hourFolder } from '../../../src/shared/blob-ref.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { CONTAINER, HOUR, MINUTE, numbers, relay, rows } from '../harness.ts';

const HOURS = 60 * MINUTE;
const DAY = 24 * HOURS;
const OTHER = 'insights-logs-advancedhunting-emailevents';

const never = (container: string): never => {
  throw new Error(`${container} was passed over`);
};

const nameAt = (hour: number, tenant = 't') => `tenantId=${tenant}/${hourFolder(hour)}m=00/PT1H.json`;

function options(more: Partial<BackfillOptions> = {}): BackfillOptions {
  return {
    range: { containerPrefix: 'insights-logs-advancedhunting-', from: 0, to: HOUR + HOURS },
    destinations: [],
    dryRun: false,
    queueLimit: 1000,
    signal: new AbortController().signal,
    ...more,
  };
}

/** A clock whose sleep is `sleep`. */
const sleeping = (clock: Clock, sleep: Clock['sleep']): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  sleep,
  after: (ms, work) => clock.after(ms, work),
});

/** Blobs of hours that are long over, which nobody was told of. */
function old(hours: readonly number[]) {
  const r = relay();
  hours.forEach((hour, n) => {
    r.append(rows(n * 2, n * 2 + 2), nameAt(hour));
  });
  r.clock.advance(2 * HOURS);
  return r;
}

describe('the days of a range', () => {
  it('are those that exist, by container, tenant and date', async () => {
    const r = relay();
    for (const hour of [HOUR, HOUR + DAY, HOUR + 400 * DAY]) r.append('x', nameAt(hour));
    r.append('x', nameAt(HOUR, 'u'));
    r.append('x', 'tenantId=t/notes/readme.json');
    r.blobs.append(OTHER, nameAt(HOUR), Buffer.from('x'));
    const find = async (from: number, to: number, containers?: string[]) => {
      const found: Day[] = [];
      const range = { containerPrefix: 'insights-logs-advancedhunting-', from, to, containers };
      for await (const day of daysIn(r.deps, range, never)) found.push(day);
      return found.map(({ container, tenant, folder }) => `${container.slice(30)} ${tenant} ${folder}`);
    };
    expect(await find(0, Number.MAX_SAFE_INTEGER)).toEqual([
      'deviceevents tenantId=t/ y=2026/m=11/d=23/',
      'deviceevents tenantId=t/ y=2026/m=11/d=24/',
      'deviceevents tenantId=t/ y=2027/m=12/d=28/',
      'deviceevents tenantId=u/ y=2026/m=11/d=23/',
      'emailevents tenantId=t/ y=2026/m=11/d=23/',
    ]);
    expect(await find(HOUR + DAY, HOUR + 2 * DAY)).toEqual(['deviceevents tenantId=t/ y=2026/m=11/d=24/']);
    expect(await find(0, Number.MAX_SAFE_INTEGER, [OTHER])).toHaveLength(1);
    expect(await find(0, HOUR - 8 * HOURS)).toEqual([]);
  });
});

describe('a backfill', () => {
  it('queues what has unread bytes in the range, and everything arrives', async () => {
    const r = old([HOUR - 72 * HOURS, HOUR - 71 * HOURS, HOUR - 48 * HOURS]);
    const range = { ...options().range, from: HOUR - 71 * HOURS, to: HOUR - 48 * HOURS };
    expect(await backfill(r.deps, options({ range }))).toMatchObject({ listed: 1, queued: 1 });
    await r.pass(5 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([2, 3]);

    const all = await backfill(r.deps, options());
    expect(all).toEqual({
      listed: 3,
      queued: 2,
      bytes: rows(0, 2).length + rows(4, 6).length,
      underWay: 0,
      busy: 0,
      unreadable: 0,
      passedOver: [],
      held: 0,
    });
    await r.pass(5 * MINUTE, MINUTE);
    expect([...r.sink('hook').rows].sort()).toEqual(numbers(0, 6));
    expect(await backfill(r.deps, options())).toMatchObject({ listed: 3, queued: 0, bytes: 0 });
  });

  it('takes the hour that the range begins in, not the one it ends with', async () => {
    const r = old([HOUR - 2 * HOURS, HOUR - HOURS, HOUR]);
    const range = { ...options().range, from: HOUR - HOURS + 30 * MINUTE, to: HOUR };
    expect(await backfill(r.deps, options({ range }))).toMatchObject({ listed: 1 });
  });

  it('only counts in a dry run', async () => {
    const r = old([HOUR - 5 * HOURS]);
    expect(await backfill(r.deps, options({ dryRun: true }))).toMatchObject({
      queued: 1,
      bytes: rows(0, 2).length,
    });
    expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
    for await (const _ of r.checkpoints.list(CONTAINER, '')) expect.unreachable();
  });

  it('replays what was delivered to the named destination alone', async () => {
    const r = old([HOUR - 6 * HOURS, HOUR - 5 * HOURS]);
    await backfill(r.deps, options());
    await r.pass(5 * MINUTE, MINUTE);
    const replay = options({ destinations: ['hook'] });
    expect(await backfill(r.deps, replay)).toMatchObject({ queued: 2, bytes: 2 * rows(0, 2).length });
    expect(await backfill(r.deps, replay)).toMatchObject({ queued: 0, underWay: 2 });
    await r.pass(5 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toHaveLength(4);
    expect(r.sink('hook').rows).toHaveLength(8);
  });

  it('goes on where it was stopped, and queues nothing twice', async () => {
    const hours = Array.from({ length: 40 }, (_, n) => HOUR - (100 - n) * HOURS);
    const r = old(hours);
    const stop = new AbortController();
    let last: { at: Position; totals: BackfillTotals } | undefined;
    const first = backfill(
      r.deps,
      options({
        signal: stop.signal,
        onProgress: async (at, totals) => {
          last = { at, totals };
          if (totals.queued >= 16) stop.abort(new Error('Ctrl-C'));
        },
      }),
    );
    await expect(first).rejects.toThrow('Ctrl-C');
    expect(last?.totals.queued).toBeLessThan(40);
    const total = await backfill(r.deps, options({ after: last?.at, totals: last?.totals }));
    expect(total).toMatchObject({ listed: 40, queued: 40 });
    expect(await r.queue.depth()).toEqual({ ready: 40, poison: 0 });
  });

  it('keeps to its rate', async () => {
    const r = old(Array.from({ length: 24 }, (_, n) => HOUR - (60 - n) * HOURS));
    const slept: number[] = [];
    const clock = sleeping(r.clock, async (ms) => {
      slept.push(ms);
      r.clock.advance(ms);
    });
    await backfill({ ...r.deps, clock }, options({ rate: 4 }));
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(6000, 0);
  });

  it('waits for the consumers when the queue is long', async () => {
    const r = old(Array.from({ length: 100 }, (_, n) => HOUR - (200 - n) * HOURS));
    const waits: number[] = [];
    const clock = sleeping(r.clock, async () => void (await r.work()));
    await backfill(
      { ...r.deps, clock },
      options({ queueLimit: 10, onWaiting: (tasks) => waits.push(tasks) }),
    );
    expect(waits.length).toBeGreaterThan(0);
    await r.pass(5 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toHaveLength(200);
  });
});

describe('the journal of a backfill', () => {
  const request = { tables: ['A', 'B'], from: '2026-11-01', to: undefined, destinations: [] };
  const state = { from: 1, to: 2, startedOn: 3 };
  const at = { container: 'c', tenant: 't/', folder: 'y=2026/m=11/d=23/', name: 'n' };
  const totals = {
    listed: 1,
    queued: 2,
    bytes: 3,
    underWay: 4,
    busy: 5,
    held: 8,
    unreadable: 6,
    passedOver: ['c'],
  };

  it('gives back what was saved, until the backfill is done', async () => {
    const documents = createMemoryStateDocuments();
    const one = new BackfillJournal(documents, request);
    expect(await one.load()).toBeUndefined();
    await one.save(state);
    await one.save({ ...state, at, totals });
    const two = new BackfillJournal(documents, { ...request, tables: ['B', 'A'] });
    expect(await two.load()).toMatchObject({ ...state, at, totals });
    await two.remove();
    expect(await new BackfillJournal(documents, request).load()).toBeUndefined();
  });

  it('does not let two processes do the same', async () => {
    const documents = createMemoryStateDocuments();
    const [one, two] = [new BackfillJournal(documents, request), new BackfillJournal(documents, request)];
    await Promise.all([one.load(), two.load()]);
    await one.save(state);
    await expect(two.save(state)).rejects.toMatchObject({ code: 'backfill_elsewhere' });
  });

  it('begins anew with what it cannot understand', async () => {
    const documents = createMemoryStateDocuments();
    await documents.put(backfillDocument(request), { v: 2 }, undefined);
    const journal = new BackfillJournal(documents, request);
    expect(await journal.load()).toBeUndefined();
    await journal.save(state);
  });

  it('tells requests apart', () => {
    const names = [
      request,
      { ...request, from: undefined },
      { ...request, to: '2026-11-01', from: undefined },
      { ...request, destinations: ['splunk'] },
      { ...request, tables: ['A,B'] },
    ].map(backfillDocument);
    expect(new Set(names).size).toBe(names.length);
  });
});
