import { describe, expect, it } from 'vitest';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { renderStatus } from '../../../src/cli/actions/status/render.ts';
import { breakerDocument } from '../../../src/delivery/breaker.ts';
import { DestinationRefusedError } from '../../../src/destinations/errors.ts';
import { sourceAccount } from '../../../src/event-grid/source.ts';
import { queueReplay } from '../../../src/relay/discovery/replay.ts';
import { OPERATIONAL_DOCUMENT } from '../../../src/relay/operational/known.ts';
import { tellRules } from '../../../src/relay/rule-sets/records.ts';
import { collectStatus, type StatusOptions } from '../../../src/relay/status/report.ts';
import { deletedOn } from '../../../src/relay/status/retention.ts';
import { CONTAINER, HOUR, MINUTE, NAME, relay, row, rows } from '../harness.ts';

const TABLE = 'deviceevents';

function status(
  r: ReturnType<typeof relay>,
  more: Partial<StatusOptions> = {},
  documents = createMemoryStateDocuments(),
) {
  const account = sourceAccount({
    account: r.blobs.account,
    containerPrefix: 'insights-logs-advancedhunting-',
  });
  return collectStatus(
    { ...r, documents, sources: [{ ...r, name: undefined, account, documents }] },
    {
      destinations: ['splunk', 'hook'],
      sinceMs: 48 * 60 * MINUTE,
      maxLagMs: 30 * MINUTE,
      silentAfterMs: 86_400_000,
      tellsTroubles: true,
      ...more,
    },
  );
}

describe('status', () => {
  it('does not wait for one answer after the other where none comes', async () => {
    const r = relay();
    const began = r.clock.now();
    const late = async () => {
      await r.clock.sleep(20_000);
      throw new Error('no answer within 20 s');
    };
    const list = async function* (): AsyncGenerator<never> {
      yield await late();
    };
    const documents = { ...createMemoryStateDocuments(), get: late, list };
    let took = Number.POSITIVE_INFINITY;
    const reporting = status(r, {}, documents).finally(() => {
      took = r.clock.now() - began;
    });
    await r.clock.run(10 * MINUTE);
    expect((await reporting).unknown).toContain('breakers');
    expect(took).toBeLessThan(50_000);
  });

  it('lists the troubles that people were told of, while somebody is to be told', async () => {
    const r = relay();
    const trouble = { id: 'a', kind: 'destination', subjects: ['splunk'], since: r.clock.now() - MINUTE };
    const book = { v: 1, listedAt: 0, troubles: [trouble], told: {}, pending: [] };
    await r.documents.put(OPERATIONAL_DOCUMENT, book, undefined);
    const report = await status(r, {}, r.documents);
    expect(report.troubles).toEqual([trouble]);
    expect(renderStatus(report, false)).toMatch(
      /TROUBLES THAT PEOPLE WERE TOLD OF\nTROUBLE +SINCE +OF\nout of service +1m +splunk\n/,
    );
    expect((await status(r, { tellsTroubles: false }, r.documents)).troubles).toEqual([]);
  });

  it('has nothing to say while everything is delivered', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    expect(await status(r)).toMatchObject({
      lag: [],
      unknown: [],
      containers: 1,
      trouble: [],
      replays: [],
      heldBlobs: [],
      isolating: { total: 0 },
      atRisk: [],
      breakers: [],
      alerts: [],
      holds: [],
      deadLetters: { total: 0 },
      losses: { total: 0, losses: [] },
      queue: { ready: 1, poison: 0 },
      claims: [],
      alarms: [],
    });
    await r.pass(120 * MINUTE, MINUTE);
    expect(await status(r)).toMatchObject({ lag: [], queue: { ready: 0 } });
  });

  it('names blobs that cannot be read, and why', async () => {
    const r = relay();
    r.append(rows(0, 3));
    r.blobs.archive(r.ref, true);
    await r.notify();
    await r.work();
    const report = await status(r);
    expect(report.heldBlobs).toMatchObject([
      { blob: `${CONTAINER}/${NAME}`, code: 'blob_archived', failures: 1 },
    ]);
    expect(report.alarms).toEqual(['1 blob cannot be read']);
    expect(renderStatus(report, false)).toContain('HELD BLOBS');
    r.blobs.archive(r.ref, false);
    await r.pass(5 * MINUTE);
    expect((await status(r)).heldBlobs).toEqual([]);
  });

  it('tells which rules run where, and why newer ones were refused', async () => {
    const r = relay();
    r.blobs.createContainer(CONTAINER);
    const documents = createMemoryStateDocuments();
    const seen = r.clock.now() - MINUTE;
    const error = {
      file: 'a.yaml',
      line: 3,
      column: 7,
      code: 'unknown-key',
      message: 'unknown key "a\u001b"',
    };
    const refused = { at: r.clock.now() - 2 * MINUTE, total: 3, errors: [error] };
    const since = r.clock.now() - 60 * MINUTE;
    await tellRules(documents, { kind: 'node', name: 'web-1:7' }, { version: 'v1', since, seen });
    await tellRules(documents, { kind: 'node', name: 'web-2:8' }, { version: 'v1', since, seen, refused });
    await tellRules(documents, { kind: 'worker' }, { seen, refused });
    const report = await status(r, {}, documents);
    expect(report.rules).toHaveLength(3);
    expect(report.alarms).toEqual([
      'node web-2:8 goes on with rules v1, new ones were refused 2m ago: a.yaml:3:7: unknown key "a\u001b", and 2 more mistakes',
      'worker has no rules to work with, the ones it found were refused 2m ago: a.yaml:3:7: unknown key "a\u001b", and 2 more mistakes',
    ]);
    const text = renderStatus(report, false);
    expect(text).toMatch(/^RULES\nHOST +VERSION +SINCE +SEEN\nnode web-1:7 +v1 +1h +1m ago\n/m);
    expect(text).toMatch(/^worker +none +1m ago$/m);
    expect(text).toContain('REFUSED RULES\n');
    expect(text).not.toContain('\u001b');
    await tellRules(
      documents,
      { kind: 'node', name: 'web-2:8' },
      { version: 'v1', since, kept: r.clock.now() - 180 * MINUTE, seen, refused: { ...refused, total: 1 } },
    );
    const unreadable = { code: 'rules_folder_missing', message: 'transforms: no such folder' };
    await tellRules(
      documents,
      { kind: 'worker' },
      {
        seen,
        refused: { ...refused, total: 1, errors: [unreadable], lastGood: 'b.yaml:5:9: no such destination' },
      },
    );
    const later = await status(r, {}, documents);
    expect(later.alarms).toEqual([
      'node web-2:8 goes on with the last good rules v1, kept 3h ago, new ones were refused 2m ago: a.yaml:3:7: unknown key "a\u001b"',
      'worker has no rules to work with, the ones it found were refused 2m ago: transforms: no such folder; the last good ones cannot be used either: b.yaml:5:9: no such destination',
    ]);
    expect(renderStatus(later, false)).toMatch(/^node web-2:8 +v1 \(last good\) /m);
    // Of those that are not heard of nothing is known.
    r.clock.advance(60 * MINUTE);
    expect(await status(r, {}, documents)).toMatchObject({ rules: [], alarms: [] });
  });

  it('tells what nobody has read, and since when', async () => {
    const r = relay();
    r.append(rows(0, 10));
    r.clock.advance(10 * MINUTE);
    const bytes = rows(0, 10).length;
    const line = { table: TABLE, blobs: 1, bytes, ageMs: 10 * MINUTE };
    expect((await status(r)).lag).toEqual([
      { ...line, destination: 'splunk' },
      { ...line, destination: 'hook' },
    ]);
    expect((await status(r)).alarms).toEqual([]);
    r.clock.advance(25 * MINUTE);
    expect((await status(r)).alarms).toEqual([
      'events of deviceevents have waited 35m for splunk',
      'events of deviceevents have waited 35m for hook',
    ]);
  });

  it('tells what lies behind the last look at a growing blob', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.clock.advance(2 * MINUTE);
    r.append(rows(10, 12));
    r.clock.advance(3000);
    // A consumer should have looked five seconds after the first rows.
    expect((await status(r)).lag[0]).toMatchObject({ bytes: rows(10, 12).length, ageMs: 2 * MINUTE - 2000 });
  });

  it('tells which destination is behind, by how much, and that it is out of service', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.clock.advance(10 * MINUTE);
    r.append(rows(10, 20));
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    await r.pass(20 * MINUTE, MINUTE);
    const documents = createMemoryStateDocuments();
    const record = { failures: 3, openUntil: r.clock.now() + 60_000, since: r.clock.now() - 20 * MINUTE };
    await documents.put(
      breakerDocument('hook'),
      { ...record, code: 'not_authorized', message: 'hook refuses us' },
      undefined,
    );
    await documents.put(breakerDocument('other'), { not: 'a breaker' }, undefined);
    const report = await status(r, {}, documents);
    expect(report.lag).toMatchObject([{ destination: 'hook', bytes: rows(10, 20).length }]);
    expect(report.lag[0]?.ageMs).toBeGreaterThan(19 * MINUTE);
    expect(report.lag[0]?.ageMs).toBeLessThan(31 * MINUTE);
    expect(report.breakers).toMatchObject([{ destination: 'hook', code: 'not_authorized' }]);
    expect(report.alarms).toContain('hook has been out of service for 20m (not_authorized)');
    const text = renderStatus(report, false);
    expect(text).toMatch(/^deviceevents +hook +1 +\d\.\d KiB +2\dm/m);
    expect(text).toMatch(/^hook +20m +3 +in 1m +hook refuses us \(not_authorized\)$/m);
  });

  it('tells when the source of rows that wait is deleted, however old they are', async () => {
    const r = relay(['splunk', 'hook']);
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    const within30d = deletedOn({ retentionMs: 30 * 24 * 60 * MINUTE });
    const retention = { deletedOn: () => within30d };
    r.clock.advance(20 * 24 * 60 * MINUTE);
    const early = await status(r, retention);
    expect(early.atRisk).toMatchObject([{ table: TABLE, destinations: ['hook'] }]);
    expect(early.alarms).toEqual([]);
    r.clock.advance(8 * 24 * 60 * MINUTE);
    const late = await status(r, retention);
    expect(late.alarms).toEqual(['the source of deviceevents is deleted in 2d, and hook has not got it']);
    expect(renderStatus(late, false)).toMatch(/^deviceevents +in 2d +hook +insights-.*PT1H\.json$/m);
  });

  it('does not count what lies before the start as waiting', async () => {
    const r = relay();
    r.append(rows(0, 10));
    r.clock.advance(60 * MINUTE);
    const start = {
      v: 1,
      from: HOUR + 60 * MINUTE,
      startAt: 'now',
      decidedOn: HOUR + 60 * MINUTE,
      queued: true,
    };
    await r.documents.put('start', start, undefined);
    expect((await status(r, {}, r.documents)).lag).toEqual([]);
  });

  it('tells which tables a destination refuses', async () => {
    const r = relay();
    r.blobs.createContainer(CONTAINER);
    const now = r.clock.now();
    const record = {
      failures: 2,
      openUntil: now + 60_000,
      since: now - 5 * MINUTE,
      code: 'rows_refused',
      message: 'no',
    };
    await r.documents.put('holds/hook', { tables: { deviceevents: record } }, undefined);
    await r.documents.put('holds/other', { tables: { deviceevents: 'not a hold' } }, undefined);
    const report = await status(r, {}, r.documents);
    expect(report.alarms).toEqual(['hook has refused deviceevents for 5m (rows_refused)']);
    expect(renderStatus(report, false)).toMatch(/^hook +deviceevents +5m +2 +in 1m +no \(rows_refused\)$/m);
  });

  it('keeps replays apart from the lag', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(120 * MINUTE, MINUTE);
    await queueReplay(r.deps, r.ref, 'hook');
    const report = await status(r);
    expect(report.lag).toEqual([]);
    expect(report.replays).toMatchObject([{ table: TABLE, destination: 'hook', bytes: rows(0, 10).length }]);
    expect(report.alarms).toEqual([]);
    expect(renderStatus(report, false)).toContain('REPLAYS');
  });

  it('owes a destination that is new nothing of a closed blob', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(120 * MINUTE, MINUTE);
    expect((await status(r, { destinations: ['splunk', 'hook', 'late'] })).lag).toEqual([]);
  });

  it('counts dead letters by destination and reason', async () => {
    const r = relay();
    r.append(`{"half\r\n${row(1)}not json\r\n`);
    await r.notify();
    await r.work();
    const report = await status(r);
    expect(report.deadLetters).toEqual({
      groups: [{ destination: undefined, reason: 'not_json', count: 2 }],
      total: 2,
      more: false,
    });
    expect(report.alarms).toEqual(['2 dead letters']);
  });

  it('tells what was lost, by range', async () => {
    const r = relay(['splunk', 'hook']);
    r.sink('hook').behave = () => {
      throw new DestinationRefusedError('not_authorized', 'wrong token');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    r.blobs.remove(r.ref);
    await r.pass(10 * MINUTE, MINUTE);
    const report = await status(r, {}, r.documents);
    expect(report.alarms).toContain('1 blob gone before everything was delivered: rows are lost');
    expect(renderStatus(report, false)).toMatch(
      new RegExp(`^hook +0 to ${rows(0, 10).length} +\\d\\.\\d KiB .*PT1H.json \\(deleted\\)$`, 'm'),
    );
  });

  it('keeps rows that are tried again apart from those that stay', async () => {
    const r = relay();
    r.blobs.createContainer(CONTAINER);
    const letter = {
      destination: 'hook',
      message: 'no',
      source: { blob: 'c/b', offset: 0 },
      length: 1,
      row: Buffer.from('x'),
    };
    await r.deadLetters.put({
      ...letter,
      reason: 'server_error',
      isolating: { since: 0, tries: 1, next: 5 },
    });
    await r.deadLetters.put({ ...letter, reason: 'rows_refused', source: { blob: 'c/b', offset: 9 } });
    const report = await status(r);
    expect(report.isolating).toMatchObject({ total: 1, groups: [{ reason: 'server_error' }] });
    expect(report.deadLetters).toMatchObject({ total: 1, groups: [{ reason: 'rows_refused' }] });
    expect(report.alarms).toEqual(['1 dead letter']);
    expect(renderStatus(report, false)).toMatch(/ISOLATED ROWS\n.*\nhook +server_error +1\n/);
  });

  it('names the blobs that cannot be read', async () => {
    const r = relay();
    r.append(rows(0, 1));
    await r.notify();
    await r.work();
    r.append(rows(1, 2));
    const stored = await r.checkpoints.load(r.ref);
    if (!stored) throw new Error('no checkpoint');
    const now = r.clock.now();
    const hold = { code: 'blob_archived' as const, since: now - MINUTE, failures: 3, until: now + MINUTE };
    await r.checkpoints.save(r.ref, { ...stored.checkpoint, hold }, stored.etag);
    const report = await status(r);
    expect(report.alarms).toEqual(['1 blob cannot be read']);
    expect(renderStatus(report, false)).toMatch(/^blob_archived +1m +3 +in 1m +insights-.*PT1H\.json$/m);
  });

  it('names the blobs that are worked on, and counts poison', async () => {
    const r = relay();
    r.append(rows(0, 1));
    await r.queue.send('nonsense');
    await r.work();
    await r.checkpoints.claim(r.ref);
    await r.checkpoints.claim(r.ref, { destination: 'hook', replay: false });
    const report = await status(r);
    expect(report.claims).toEqual([
      `${r.ref.container}/${r.ref.name}`,
      `${r.ref.container}/${r.ref.name}@hook`,
    ]);
    expect(report.alarms).toEqual(['1 task in the poison queue']);
  });

  it('reports the rest when a part cannot be read', async () => {
    const r = relay();
    r.append(rows(0, 1));
    const queue = {
      depth: async () => {
        throw new Error('403');
      },
    };
    const report = await status(Object.assign(r, { queue }) as never);
    expect(report.queue).toBeUndefined();
    expect(report).toMatchObject({
      unknown: ['queue'],
      trouble: ['The queue cannot be read: 403'],
      alarms: [],
    });
    expect(report.lag).toHaveLength(2);
    const text = renderStatus(report, false);
    expect(text).toContain('QUEUE\nunknown');
    expect(text).toContain('UNKNOWN\nwhat is in the queue\n- The queue cannot be read: 403\n');
    expect(text).toContain('NEEDS ATTENTION\nnothing that could be looked at\n');
  });

  it('does not call everything delivered where the blobs cannot be looked at', async () => {
    const r = relay();
    r.append(rows(0, 1));
    const containers = () => {
      throw new Error('403');
    };
    const report = await status(Object.assign(r, { blobs: { ...r.blobs, containers } }) as never);
    expect(report).toMatchObject({
      unknown: ['lag'],
      trouble: ['The lag cannot be read: 403'],
      containers: undefined,
    });
    expect(renderStatus(report, false)).toMatch(/^LAG\nunknown: not every blob could be looked at\n/);
    const part = { ...(await status(relay())), unknown: ['lag'] as const };
    const line = { table: TABLE, destination: 'hook', blobs: 1, bytes: 10, ageMs: MINUTE };
    expect(renderStatus({ ...part, lag: [line] }, false)).toMatch(/^LAG\nTABLE.*\n.*\nand perhaps more: /);
  });

  it('does not call everything delivered where there is no container, which a wrong account has too', async () => {
    const r = relay();
    Object.assign(r.blobs, { async *containers() {} });
    const report = await status(r);
    expect(report).toMatchObject({ containers: 0, unknown: [], lag: [] });
    expect(report.alarms).toEqual([expect.stringMatching(/^there is no container of Defender to read/)]);
    expect(renderStatus(report, false)).toMatch(/^LAG\nunknown: there is no container of Defender/);
  });

  it('says for which time everything is delivered', async () => {
    const r = relay();
    r.blobs.createContainer(CONTAINER);
    expect(renderStatus(await status(r), false)).toMatch(/^LAG\neverything of the last 2d is delivered\n/);
  });

  it('does not let what it shows steer the terminal', async () => {
    const r = relay();
    const documents = createMemoryStateDocuments();
    const bad = { failures: 1, openUntil: 0, since: 0, code: 'refused', message: 'a\u001b[2Jb\u202ec' };
    await documents.put(breakerDocument('hook'), bad, undefined);
    const text = renderStatus(await status(r, {}, documents), false);
    expect(text).toContain('a\ufffd[2Jb\ufffdc');
  });
});
