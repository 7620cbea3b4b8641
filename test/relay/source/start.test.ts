import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../lab/silent.ts';
import { beginReading, volumeAround } from '../../../src/relay/discovery/first-reading.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import type { RelayDeps } from '../../../src/relay/source/deps.ts';
import { decideStart, rememberedStart } from '../../../src/relay/source/start.ts';
import { startAtInstant } from '../../../src/shared/start-at.ts';
import { HOUR, MINUTE, NAME, relay, row } from '../harness.ts';

const PREFIX = 'insights-logs-';
const HOURS = 60 * MINUTE;
const never = new AbortController().signal;

const nameOf = (hour: number) => {
  const [y, m, d, h] = new Date(hour).toISOString().split(/[-T:]/);
  return `tenantId=t/y=${y}/m=${m}/d=${d}/h=${h}/m=00/PT1H.json`;
};

/** A relay whose account has had a blob each hour for days. */
function old(hours: number) {
  const r = relay(['splunk']);
  const now = r.clock.now();
  r.clock.advance(-hours * HOURS);
  for (let n = hours; n > 0; n--) {
    r.append(row(n), nameOf(HOUR - n * HOURS));
    r.clock.advance(HOURS);
  }
  expect(r.clock.now()).toBe(now);
  const begin = (startAt: string | undefined) =>
    decideStart({ ...r.deps, logger: silentLogger }, { containerPrefix: PREFIX, startAt });
  /** Starts as a host does. */
  const start = async (startAt: string | undefined) => {
    const { start: mark, isFirst } = await begin(startAt);
    r.begin.start = mark;
    await beginReading(r.deps, { containerPrefix: PREFIX, wideMs: 48 * HOURS, isFirst }, never);
    await sweep(
      r.deps,
      { containerPrefix: PREFIX, from: r.clock.now() - 48 * HOURS, to: r.clock.now() },
      never,
    );
    while ((await r.work()) > 0);
    return mark?.from;
  };
  const rows = () => [...r.sink('splunk').rows].sort((a, b) => Number(b) - Number(a));
  const oldest = () => rows()[0];
  return { ...r, begin, start, rows, oldest };
}

describe('start_at', () => {
  it('leaves earlier hours alone, and is remembered by later starts', async () => {
    const r = old(10);
    r.clock.advance(5 * MINUTE);
    expect(await r.start('now')).toBe(HOUR);
    expect(r.rows()).toEqual([]);
    r.append(row(100), nameOf(HOUR));
    r.clock.advance(3 * HOURS);
    r.append(row(101), nameOf(HOUR + 3 * HOURS));
    r.clock.advance(2 * MINUTE);
    expect(await r.start('now')).toBe(HOUR);
    expect(r.rows()).toEqual([101, 100]);
  });

  it('begins with the whole hour that it names', async () => {
    const r = old(10);
    expect(await r.start('-3h')).toBe(HOUR - 3 * HOURS);
    expect(r.rows()).toEqual([3, 2, 1]);
  });

  it('may lie further back than the sweep looks', async () => {
    const r = old(80);
    await r.start('-70h');
    expect(r.oldest()).toBe(70);
    expect(r.rows()).toHaveLength(70);
  });

  it('goes on queueing older hours where the process died before it was through', async () => {
    const r = old(80);
    const { start } = await r.begin('-70h');
    expect(await r.start('-70h')).toBe(start?.from);
    expect(r.rows()).toHaveLength(70);
  });

  it('has no effect once something was read', async () => {
    const r = old(5);
    await r.start(undefined);
    expect(r.rows()).toHaveLength(5);
    expect(await r.start('now')).toBeUndefined();
    expect(await rememberedStart(r.documents)).toBeUndefined();
  });

  it('is the same for two consumers that start together', async () => {
    const r = old(5);
    const [a, b] = await Promise.all([r.begin('-2h'), r.begin('-4h')]);
    expect(a.start).toEqual(b.start);
  });

  it('keeps a notification of an older blob from being read, and lets a backfill read it', async () => {
    const r = old(5);
    await r.start('now');
    const ref = { ...r.ref, name: nameOf(HOUR - 2 * HOURS) };
    await r.notify(ref);
    await r.work();
    expect(r.rows()).toEqual([]);
    expect(r.metrics.counter('xdr_relay_tasks_total', { result: 'before_start' })).toBe(1);
    await r.queue.send(JSON.stringify({ v: 1, id: 'b', blob: ref, origin: 'backfill' }));
    await r.work();
    expect(r.rows()).toEqual([2]);
  });

  it('reads a blob of an old hour that is new', async () => {
    const r = old(5);
    await r.start('now');
    r.clock.advance(10 * MINUTE);
    const late = NAME.replace('h=07', 'h=01');
    r.append(row(200), late);
    await r.notify({ ...r.ref, name: late });
    await r.work();
    expect(r.rows()).toEqual([200]);
  });

  it('leaves out earlier hours that were copied into the account just before', async () => {
    const r = old(2);
    for (let hour = 3; hour < 10; hour++) r.append(row(hour), nameOf(HOUR - hour * HOURS));
    r.clock.advance(5 * MINUTE);
    await r.start('-4h');
    expect(r.rows()).toEqual([4, 3, 2, 1]);
  });

  it('is said with the volume before and after it', async () => {
    const r = old(10);
    const info: unknown[] = [];
    const deps: RelayDeps = {
      ...r.deps,
      start: { from: HOUR - 4 * HOURS, decidedOn: r.clock.now() },
      logger: { ...silentLogger, info: (message, fields) => info.push([message, fields]) },
    };
    await beginReading(deps, { containerPrefix: PREFIX, wideMs: 48 * HOURS, isFirst: true }, never);
    expect(info[0]).toMatchObject([
      'First start on this account',
      { from: '2026-11-23T03:00:00.000Z', blobs: 4, blobs_before: 6, complete: true },
    ]);
    const volume = await volumeAround(
      r.deps,
      PREFIX,
      { from: HOUR - 4 * HOURS, decidedOn: r.clock.now() },
      never,
    );
    expect(volume.after.bytes).toBe(row(1).length * 4);
  });
});

describe('the notation of start_at', () => {
  const now = Date.UTC(2026, 10, 23, 7, 30);
  it.each([
    ['now', now],
    ['-48h', now - 48 * HOURS],
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2026-11-20T05:30', Date.UTC(2026, 10, 20, 5, 30)],
    ['2026-11-20T05:30:15+02:00', Date.UTC(2026, 10, 20, 3, 30, 15)],
  ])('%s', (text, instant) => expect(startAtInstant(text, now)).toBe(instant));

  it.each(['48h', '-', '-x', 'tomorrow', '2026-11-24', '2026-02-30', '2026-11-20T25:00', '-99999d', ''])(
    'is not %j',
    (text) => expect(startAtInstant(text, now)).toBeUndefined(),
  );
});
