import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAzurite } from '../../lab/azurite.ts';
import type {
  DestinationsView,
  Done,
  LagView,
  ReplayCount,
  ReplayProgress,
  TestResult,
} from '../../src/console/model/destinations.ts';
import { ACTIVITY_FOLDER } from '../../src/relay/activity/document.ts';
import { rows } from '../relay/harness.ts';
import { destinationRecord, putActivity } from './activity-document.ts';
import { type ConsoleSetting, startConsoleSetting, TOKEN } from './ops-setting.ts';

let s: ConsoleSetting;
beforeAll(async () => {
  // Its own: the last test ends it.
  s = await startConsoleSetting(await startAzurite());
}, 120_000);
afterAll(() => s?.stop());
afterEach(() => {
  s.fault = undefined;
  s.most = { letters: 100, ms: 20_000 };
});

const read = async () => {
  const view = await s.view<DestinationsView>('destinations');
  const splunk = view.destinations.find(({ name }) => name === 'splunk');
  if (!splunk) throw new Error('splunk is missing');
  return { view, splunk };
};
const now = () => s.ports.clock.now();

describe('the destinations', () => {
  afterEach(async () => {
    for await (const name of s.ports.documents.list(ACTIVITY_FOLDER)) await s.ports.documents.remove(name);
  });

  it('have an unknown oldest row where no process is alive, and figures of those that were', async () => {
    const destinations = [destinationRecord('splunk')];
    await putActivity(s.ports.documents, now(), { destinations, writtenOn: now() - 600_000 });
    const { splunk, view } = await read();
    expect(view.processes).toMatchObject({ isAnyAlive: false, silent: { count: 1, isReplaced: false } });
    expect(splunk.figures?.batches.counts.some((count) => count > 0)).toBe(true);
    expect(splunk.figures?.oldestUndeliveredSeconds).toBeUndefined();
    await putActivity(s.ports.documents, now(), { destinations });
    expect((await read()).splunk.figures?.oldestUndeliveredSeconds).toBe(0);
  });

  it('are shown with what they are sent, and without secrets', async () => {
    const { view, splunk } = await read();
    expect(view.destinations.map(({ name, type }) => [name, type])).toEqual([
      ['splunk', 'splunk_hec'],
      ['archive', 'file'],
    ]);
    expect(splunk).toMatchObject({
      sent: ['rows of tables without routes'],
      state: { kind: 'in_service' },
      holds: [],
    });
    expect(splunk.settings).toContain('token: "********"');
    expect(JSON.stringify(view)).not.toContain(TOKEN);
    // No process wrote anything: that is unknown, and not zero.
    expect(splunk.figures).toBeUndefined();
    expect(view.processes).toEqual({ isAnyAlive: false });
    expect(view.excerptsHidden).toContain('console.rows');
  });

  it('are out of service, held and disabled with the sentence, and an act mends it', async () => {
    const since = now() - 60_000;
    const why = { since, openUntil: now() + 30_000, pause: 30_000, probedUntil: 0, failures: 3 };
    const record = { ...why, code: 'busy', message: `Splunk answered 503: ${TOKEN} \u202e<b>` };
    await s.ports.documents.put('breakers/splunk', record, undefined);
    const { splunk } = await read();
    expect(splunk.state).toMatchObject({ kind: 'out', since, code: 'busy', nextTry: why.openUntil });
    expect(JSON.stringify(splunk)).not.toContain(TOKEN);
    // The answer may quote a row, and rows are not shown.
    expect(JSON.stringify(splunk)).not.toContain('<b>');
    expect(await s.act<Done>('destinations/enable', { destination: 'splunk' })).toEqual({
      said: 'splunk was not disabled.',
    });
    expect((await s.act<Done>('destinations/reset', { destination: 'splunk' })).said).toContain('closed');
    expect((await read()).splunk.state).toEqual({ kind: 'in_service' });
    await s.ports.documents.put('breakers/splunk', { ...record, disabledAt: since }, undefined);
    expect((await read()).splunk.state).toMatchObject({ kind: 'disabled' });
    expect((await read()).splunk.state).not.toHaveProperty('nextTry');
    expect((await s.act<Done>('destinations/enable', { destination: 'splunk' })).said).toContain(
      'is enabled',
    );
    expect((await read()).splunk.state).toEqual({ kind: 'in_service' });
    expect((await s.act<Done>('destinations/reset', { destination: 'splunk' })).said).toBe(
      'splunk was in service.',
    );
  });
});

describe('the test of a destination', () => {
  it('sends the marked sample, and says what was answered without secrets', async () => {
    const taken = await s.act<TestResult>('destinations/test', { destination: 'splunk' });
    expect(taken).toMatchObject({ destination: 'splunk', accepted: true });
    expect(JSON.stringify(s.splunk.received)).toContain('A test of xdr-relay');
    s.fault = () => ({ status: 403, body: `{"text":"Invalid token ${TOKEN} <script>","code":4}` });
    const refused = await s.act<TestResult>('destinations/test', { destination: 'splunk' });
    expect(refused).toMatchObject({ accepted: false, code: 'hec_4', fix: expect.any(String) });
    expect(JSON.stringify(refused)).not.toContain(TOKEN);
    await expect(s.act('destinations/test', { destination: 'nope' })).rejects.toMatchObject({
      code: 'unknown_destination',
    });
    await expect(s.act('destinations/test', { destination: '__proto__' })).rejects.toThrow();
  });
});

describe('a replay', () => {
  const range = { from: Date.UTC(2026, 8, 1), to: Date.UTC(2026, 8, 4) };
  const query = { destination: 'splunk', from: String(range.from), to: String(range.to) };

  it('is counted first, then queued, and only for the destination', async () => {
    for (const day of [1, 2, 3]) await s.append(new Date(Date.UTC(2026, 8, day, 5)), rows(0, 4));
    const count = await s.view<ReplayCount>('destinations/replay-count', query);
    expect(count).toMatchObject({ isWhole: true, totals: { listed: 3, queued: 3 } });
    expect(count.totals.bytes).toBeGreaterThan(0);
    const before = (await s.ports.queue.depth()).ready;
    const body = { destination: 'splunk', ...range, tables: ['DeviceEvents'] };
    const done = await s.act<ReplayProgress>('destinations/replay', body);
    expect(done).toMatchObject({ isDone: true, totals: { queued: 3 } });
    expect((await s.ports.queue.depth()).ready).toBeGreaterThanOrEqual(before + 3);
    for await (const name of s.ports.documents.list('backfills/')) expect.unreachable(name);
  });

  it('stops when its time is up, and goes on where it was', async () => {
    for (let hour = 0; hour < 24; hour++) await s.append(new Date(Date.UTC(2026, 6, 1, hour)), rows(0, 1));
    s.most = { letters: 1, ms: 1 };
    const body = { destination: 'splunk', from: Date.UTC(2026, 6, 1), to: Date.UTC(2026, 6, 2) };
    const first = await s.act<ReplayProgress>('destinations/replay', body);
    expect(first.isDone).toBe(false);
    s.most = { letters: 1, ms: 20_000 };
    const rest = await s.act<ReplayProgress>('destinations/replay', body);
    expect(rest).toMatchObject({ isDone: true, totals: { listed: 24, queued: 24 } });
  });

  it('refuses a range that is empty, and names that there are not', async () => {
    await expect(s.view('destinations/replay-count', { ...query, to: query.from })).rejects.toThrow();
    const body = { destination: 'splunk', ...range };
    await expect(s.act('destinations/replay', { ...body, tables: ['NoTable'] })).rejects.toMatchObject({
      code: 'unknown_table',
    });
    await expect(s.act('destinations/replay', { ...body, source: 'x' })).rejects.toMatchObject({
      code: 'unknown_source',
    });
    await expect(s.act('destinations/replay', { ...body, destination: 'x' })).rejects.toMatchObject({
      code: 'unknown_destination',
    });
  });
});

it('the lag has bytes and age by destination and table', async () => {
  await s.append(new Date(), rows(0, 3));
  const { lag, isPartial } = await s.view<LagView>('destinations/lag');
  expect(isPartial).toBe(false);
  expect(
    lag.find(({ destination, table }) => destination === 'splunk' && table === 'deviceevents'),
  ).toMatchObject({
    blobs: 1,
    bytes: expect.any(Number),
  });
});

it('what cannot be read is unknown, and not in service', async () => {
  // Last: the account does not come back.
  await s.azurite.stop();
  const { view, splunk } = await read();
  expect(splunk.state).toBeUndefined();
  expect(view.processes).toBeUndefined();
  expect(view.trouble).toHaveLength(2);
}, 120_000);
