import { describe, expect, it } from 'vitest';
import { numberOf } from '../../../lab/memory/sink.ts';
import { BlobError } from '../../../src/blobs/errors.ts';
import type { Checkpoint, CursorCounts } from '../../../src/checkpoints/checkpoint.ts';
import { renderAudit } from '../../../src/cli/actions/audit.ts';
import { RowsRefusedError } from '../../../src/destinations/errors.ts';
import { type AuditOptions, audit } from '../../../src/relay/status/audit.ts';
import { CONTAINER, HOUR, MINUTE, NAME, relay, row, rows } from '../harness.ts';

const DAY = Date.UTC(2026, 10, 23);
const NEXT = NAME.replace('h=07', 'h=08');

function run(r: ReturnType<typeof relay>, more: Partial<AuditOptions> = {}) {
  return audit(r, {
    containerPrefix: 'insights-logs-advancedhunting-',
    destinations: ['splunk'],
    day: DAY,
    latenessMs: 15 * MINUTE,
    signal: new AbortController().signal,
    ...more,
  });
}

const counts = (delivered: number, filtered = 0, deadLettered = 0): CursorCounts => ({
  rows: delivered + filtered + deadLettered,
  delivered,
  filtered,
  deadLettered,
});

/** A blob of ten rows, and a checkpoint that has passed so many of them. */
async function passed(count: number, countsOfCursor?: CursorCounts, more: Partial<Checkpoint> = {}) {
  const r = relay();
  r.append(rows(0, 10));
  const stat = await r.blobs.stat(r.ref);
  if (!stat) throw new Error('no blob');
  const cursor = { offset: rows(0, count).length, ...(countsOfCursor && { counts: countsOfCursor }) };
  const checkpoint: Checkpoint = {
    v: 1,
    createdOn: stat.createdOn,
    length: stat.length,
    grownOn: stat.lastModified,
    format: 'lines',
    closed: false,
    destinations: { splunk: cursor },
    replays: {},
    ...more,
  };
  await r.checkpoints.save(r.ref, checkpoint, undefined);
  r.clock.advance(3 * 60 * MINUTE);
  return r;
}

describe('audit', () => {
  it('proves a day whose rows add up', async () => {
    const r = await passed(10, counts(6, 2, 2));
    const report = await run(r);
    expect(report).toMatchObject({ problems: [], problemCount: 0, blobs: 1 });
    expect(report.lines).toEqual([
      {
        table: 'deviceevents',
        hour: HOUR,
        destination: 'splunk',
        blobs: 1,
        rows: 10,
        bytes: rows(0, 10).length,
        delivered: 6,
        filtered: 2,
        deadLettered: 2,
        waiting: 0,
        notOwed: 0,
        notCounted: 0,
        unaccounted: 0,
        waitingBytes: 0,
      },
    ]);
    expect(renderAudit(report, false)).toContain('Every row of 1 blob of 2026-11-23 is accounted for.');
  });

  it.each([
    ['too few', counts(7, 2), '1 rows are not accounted for', 1],
    ['too many', counts(9, 2), '1 rows more are counted than it has', -1],
    ['another number than their parts', { ...counts(8, 2), rows: 9 }, '1 rows are not accounted for', 1],
  ])('finds a checkpoint that counts %s', async (_, wrong, message, unaccounted) => {
    const report = await run(await passed(10, wrong));
    expect(report.lines).toMatchObject([{ rows: 10, unaccounted }]);
    expect(report.problems).toMatchObject([{ kind: 'unaccounted', destination: 'splunk', message }]);
    expect(renderAudit(report, false)).toContain('UNACCOUNTED');
  });

  it('never takes for proven what was not counted', async () => {
    const report = await run(await passed(10));
    expect(report.lines).toMatchObject([{ rows: 10, notCounted: 10, delivered: 0 }]);
    expect(report.problems).toMatchObject([{ kind: 'not_counted' }]);
  });

  it('lets rows wait while their hour is open, and not beyond', async () => {
    const r = await passed(4, counts(4));
    const report = await run(r);
    expect(report.lines).toMatchObject([{ waiting: 6, waitingBytes: rows(4, 10).length }]);
    expect(report.problems).toMatchObject([{ kind: 'waiting' }]);
    const late = relay();
    late.append(rows(0, 10));
    expect(await run(late)).toMatchObject({ problemCount: 0, lines: [{ waiting: 10 }] });
  });

  it('counts a blob that nobody read as waiting, unless it lies before the start', async () => {
    const r = relay();
    r.append(rows(0, 10));
    r.clock.advance(3 * 60 * MINUTE);
    expect(await run(r)).toMatchObject({ problems: [{ kind: 'waiting' }] });
    expect(
      await run(r, { start: { from: HOUR + 60 * MINUTE, decidedOn: HOUR + 90 * MINUTE } }),
    ).toMatchObject({
      problemCount: 0,
      lines: [{ rows: 10, notOwed: 10 }],
    });
    // A blob of an old hour that was written after the start is owed.
    expect(await run(r, { start: { from: HOUR + 60 * MINUTE, decidedOn: HOUR } })).toMatchObject({
      problems: [{ kind: 'waiting' }],
    });
  });

  it('owes a destination that is new nothing of a closed blob', async () => {
    const r = await passed(10, counts(10), { closed: true });
    const report = await run(r, { destinations: ['splunk', 'late'] });
    expect(report.problemCount).toBe(0);
    expect(report.lines).toMatchObject([
      { destination: 'late', notOwed: 10 },
      { destination: 'splunk', delivered: 10 },
    ]);
  });

  it('tells blobs that are gone, lost or not, and those that cannot be read', async () => {
    const r = await passed(4, counts(4));
    r.append(rows(0, 1), NEXT);
    r.blobs.remove(r.ref);
    expect((await run(r)).problems).toContainEqual({
      kind: 'lost',
      blob: `${CONTAINER}/${NAME}`,
      destination: 'splunk',
      message: `deleted; bytes from ${rows(0, 4).length} to ${rows(0, 10).length} were not delivered to splunk`,
    });
    const done = await passed(10, counts(10), { closed: true });
    done.append(rows(0, 1), NAME.replace('d=23', 'd=24'));
    done.blobs.remove(done.ref);
    expect((await run(done)).problems).toMatchObject([{ kind: 'gone' }]);

    const archived = await passed(10, counts(10));
    const blobs = {
      ...archived.blobs,
      // biome-ignore lint/correctness/useYield: the first piece fails
      async *read(): AsyncGenerator<Uint8Array> {
        throw new BlobError('blob_archived', 'The blob is archived');
      },
    };
    expect((await run(Object.assign(archived, { blobs }))).problems).toMatchObject([
      { kind: 'unreadable', message: 'The blob is archived' },
    ]);
  });

  it('proves the others where one container cannot be listed, and fails', async () => {
    const r = await passed(10, counts(10));
    r.blobs.createContainer('insights-logs-advancedhunting-aaa');
    const folders = (container: string, ...rest: [string]) => {
      if (container.endsWith('aaa')) throw new BlobError('blob_forbidden', '403');
      return r.blobs.folders(container, ...rest);
    };
    const report = await run(Object.assign({ ...r }, { blobs: { ...r.blobs, folders } }));
    expect(report.lines).toMatchObject([{ table: 'deviceevents', delivered: 10 }]);
    expect(report.problems).toEqual([
      { kind: 'unreadable', blob: 'insights-logs-advancedhunting-aaa', message: '403' },
    ]);
  });

  it('ends with an error, and proves nothing, when the storage cannot be reached', async () => {
    const r = await passed(10, counts(10));
    const blobs = {
      ...r.blobs,
      stat: async () => {
        throw new BlobError('storage_unavailable', '503');
      },
    };
    await expect(run(Object.assign(r, { blobs }))).rejects.toThrow('503');
  });

  it('proves what the relay really did: filtered, unreadable, refused, delivered', async () => {
    const r = relay(['splunk', 'hook']);
    r.sink('hook').behave = ({ items }) => {
      if (items.some((item) => numberOf(item) === 3)) throw new RowsRefusedError('rows_refused', 'no');
    };
    r.append(`${rows(0, 5)}not json\r\n\r\n${row(5, { drop: true })}${rows(6, 10)}`);
    await r.notify();
    await r.pass(3 * 60 * MINUTE, MINUTE);
    const report = await run(r, { destinations: ['splunk', 'hook'] });
    expect(report.problems).toEqual([]);
    expect(report.lines).toMatchObject([
      { destination: 'hook', rows: 11, delivered: 8, filtered: 1, deadLettered: 2, waiting: 0 },
      { destination: 'splunk', rows: 11, delivered: 9, filtered: 1, deadLettered: 1, waiting: 0 },
    ]);
  });

  it('looks at the hours of the day and at no others', async () => {
    const r = relay();
    for (const name of ['d=22/h=23', 'd=23/h=00', 'd=23/h=23', 'd=24/h=00']) {
      r.append(rows(0, 1), NAME.replace('d=23/h=07', name));
    }
    r.append(rows(0, 1), 'tenantId=t/elsewhere.json');
    expect(await run(r)).toMatchObject({ blobs: 2 });
    expect(renderAudit(await run(r, { day: Date.UTC(2026, 10, 1) }), false)).toBe(
      'There are no blobs of 2026-11-01.',
    );
  });
});
