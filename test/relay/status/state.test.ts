import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../src/checkpoints/checkpoint.ts';
import { cursorAt, cursorsOf } from '../../../src/checkpoints/cursors.ts';
import { DestinationDownError } from '../../../src/delivery/errors.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { exportState } from '../../../src/relay/status/state-export.ts';
import { importCheckpoint, importDocument, mergeCheckpoint } from '../../../src/relay/status/state-import.ts';
import {
  checkStateFile,
  encodeStateLine,
  parseStateLine,
  type StateLine,
} from '../../../src/relay/status/state-lines.ts';
import { type RebuildOptions, rebuildState } from '../../../src/relay/status/state-rebuild.ts';
import { HOUR, MINUTE, NAME, numbers, relay, row, rows } from '../harness.ts';

const PREFIX = 'insights-logs-';
const never = new AbortController().signal;
type Relay = ReturnType<typeof relay>;

async function exported(r: Relay): Promise<readonly string[]> {
  const lines: string[] = [];
  const options = { containerPrefix: PREFIX, signal: never, onUnreadable: () => expect.unreachable() };
  for await (const line of exportState(r, options)) lines.push(encodeStateLine(line));
  return lines;
}

async function imported(
  r: Relay,
  lines: readonly string[],
  more: { force?: boolean; dryRun?: boolean } = {},
) {
  const outcomes: string[] = [];
  const how = { force: false, dryRun: false, signal: never, ...more };
  for (const [index, text] of lines.entries()) {
    const line = parseStateLine(text, index + 1);
    if (line.kind === 'checkpoint') outcomes.push(await importCheckpoint(r, line, how));
    if (line.kind === 'document') outcomes.push(await importDocument(r, line, how));
  }
  return outcomes;
}

/** Loses the state container. */
async function loseState(r: Relay): Promise<void> {
  for await (const { name } of r.checkpoints.list(r.ref.container, '')) {
    await r.checkpoints.remove({ ...r.ref, name });
  }
  for await (const name of r.documents.list('')) await r.documents.remove(name);
  for (
    let messages = await r.queue.receive(32, 60);
    messages.length > 0;
    messages = await r.queue.receive(32, 60)
  ) {
    await Promise.all(messages.map((message) => message.complete()));
  }
}

const sweepAll = (r: Relay) =>
  sweep(
    r.deps,
    { containerPrefix: PREFIX, from: r.clock.now() - 48 * 60 * MINUTE, to: r.clock.now() },
    never,
  );

describe('an exported state', () => {
  it('brings back every offset: after an import nothing is sent again, and what waited is sent', async () => {
    const r = relay();
    r.sink('hook').behave = () => {
      throw new DestinationDownError('timeout', 'no answer');
    };
    r.append(rows(0, 10));
    await r.notify();
    await r.pass(10 * MINUTE, MINUTE);
    const lines = await exported(r);
    await loseState(r);
    expect(await imported(r, lines)).not.toContain('kept');
    expect(await imported(r, lines)).not.toContain('written');
    r.sink('hook').behave = () => {};
    r.append(rows(10, 12));
    r.clock.advance(20 * MINUTE);
    await sweepAll(r);
    await r.pass(3 * 60 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 12));
    expect(r.sink('hook').rows).toEqual(numbers(0, 12));
  });

  it('has the audit log of the console, and neither figures of processes nor captured rows', async () => {
    const r = relay();
    for (const name of ['activity/p1', 'capture/deviceevents', 'captured/deviceevents', 'console/audit']) {
      await r.documents.put(name, { of: name }, undefined);
    }
    const lines = (await exported(r)).map((text, index) => parseStateLine(text, index + 1));
    expect(lines.flatMap((line) => (line.kind === 'document' ? [line.name] : []))).toEqual(['console/audit']);
  });

  it('is only compared by a dry run', async () => {
    const r = relay();
    r.append(rows(0, 10));
    await r.notify();
    await r.work();
    const lines = await exported(r);
    await loseState(r);
    expect(await imported(r, lines, { dryRun: true })).toContain('written');
    expect(await r.checkpoint()).toBeUndefined();
  });

  it('is told from a part of it, and from other files', async () => {
    const r = relay();
    r.append(rows(0, 2));
    await r.notify();
    await r.work();
    const lines = await exported(r);
    const check = (texts: readonly string[]) =>
      checkStateFile(
        (async function* (): AsyncGenerator<StateLine> {
          for (const [index, text] of texts.entries()) yield parseStateLine(text, index + 1);
        })(),
      );
    expect(await check(lines)).toMatchObject({ account: 'memory', checkpoints: 1 });
    await expect(check(lines.slice(0, -1))).rejects.toMatchObject({ code: 'state_file_incomplete' });
    await expect(check([lines[0] ?? '', lines.at(-1) ?? ''])).rejects.toMatchObject({
      code: 'state_file_incomplete',
    });
    await expect(check(lines.slice(1))).rejects.toMatchObject({ code: 'state_file_unreadable' });
    await expect(check([...lines, ...lines])).rejects.toMatchObject({ code: 'state_file_unreadable' });
    await expect(check([])).rejects.toMatchObject({ code: 'state_file_incomplete' });
    await expect(check(['{}'])).rejects.toThrow('Line 1 is nothing that this version');
    await expect(check(['{'])).rejects.toThrow('Line 1 is not JSON');
  });
});

describe('merging a checkpoint', () => {
  const cursor = fc.record({ offset: fc.nat(100), behind: fc.boolean() });
  const checkpoint = fc
    .record({
      length: fc.nat(100),
      closed: fc.boolean(),
      destinations: fc.dictionary(fc.constantFrom('a', 'b', 'c'), cursor),
      replays: fc.dictionary(fc.constantFrom('a', 'b'), cursor),
    })
    .map(
      ({ length, closed, destinations, replays }): Checkpoint => ({
        v: 1,
        createdOn: 1,
        length: Math.max(length, ...Object.values(destinations).map(({ offset }) => offset)),
        grownOn: 1,
        format: 'lines',
        closed,
        destinations: withTasks(destinations, {}),
        replays: withTasks(replays, { to: 100 }),
      }),
    );

  function withTasks<C>(
    cursors: Readonly<Record<string, { readonly offset: number; readonly behind: boolean }>>,
    more: C,
  ) {
    const task = { task: 't', due: 5, attempts: 0 };
    return Object.fromEntries(
      Object.entries(cursors).map(([name, { offset, behind }]) => [
        name,
        { offset, ...more, ...(behind && { behind: task }) },
      ]),
    );
  }

  it('moves no offset back, forgets no destination, and changes nothing the second time', () => {
    fc.assert(
      fc.property(checkpoint, checkpoint, (current, incoming) => {
        const merged = mergeCheckpoint(current, incoming, false);
        if (typeof merged === 'string') return;
        for (const { ref, cursor } of [...cursorsOf(current), ...cursorsOf(incoming)]) {
          if (ref.replay && !current.replays[ref.destination]) continue;
          expect(cursorAt(merged, ref)?.offset).toBeGreaterThanOrEqual(cursor.offset);
        }
        // A replay that has ended meanwhile is not begun again, unless somebody insists.
        expect(Object.keys(merged.replays).sort()).toEqual(Object.keys(current.replays).sort());
        const forced = mergeCheckpoint(current, incoming, true);
        expect(Object.keys(typeof forced === 'string' ? {} : forced.replays)).toEqual(
          expect.arrayContaining(typeof forced === 'string' ? [] : Object.keys(incoming.replays)),
        );
        expect(merged.length).toBe(Math.max(current.length, incoming.length));
        expect(mergeCheckpoint(merged, incoming, false)).toBe('kept');
      }),
    );
  });

  it('leaves another blob alone unless somebody insists', () => {
    const [current, incoming] = fc.sample(checkpoint, 2);
    if (!current || !incoming) throw new Error('no sample');
    const other = { ...incoming, createdOn: 2 };
    expect(mergeCheckpoint(current, other, false)).toBe('other_blob');
    expect(mergeCheckpoint(current, other, true)).toMatchObject({ createdOn: 2 });
  });

  it('moves offsets back with force, and the rows are sent again', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 4));
    await r.notify();
    await r.work();
    const lines = await exported(r);
    r.append(rows(4, 8));
    await r.pass(3 * 60 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 8));
    expect((await imported(r, lines))[0]).toBe('kept');
    expect((await imported(r, lines, { force: true }))[0]).toBe('written');
    r.clock.advance(10 * MINUTE);
    await sweepAll(r);
    await r.pass(60 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([...numbers(0, 8), ...numbers(4, 8)]);
  });
});

describe('a state that was rebuilt', () => {
  const rebuild = (r: Relay, more: Partial<RebuildOptions> = {}) =>
    rebuildState(r, {
      range: { containerPrefix: PREFIX, from: HOUR - 24 * 60 * MINUTE, to: r.clock.now() },
      assume: 'delivered',
      destinations: ['splunk', 'hook'],
      latenessMs: 15 * MINUTE,
      dryRun: false,
      signal: never,
      ...more,
    });
  const later = NAME.replace('h=07', 'h=08');

  it('takes hours before its end for delivered, and leaves the hour it ends in new', async () => {
    const r = relay();
    r.append(rows(0, 5));
    r.clock.advance(70 * MINUTE);
    r.append(rows(5, 9), later);
    const dry = await rebuild(r, { dryRun: true });
    expect(dry).toEqual({ written: 1, bytes: rows(0, 5).length, kept: 0, open: 1 });
    expect(await r.checkpoint()).toBeUndefined();
    expect(await rebuild(r)).toEqual(dry);
    expect(await rebuild(r)).toMatchObject({ written: 0, kept: 1 });
    r.append(row(100));
    r.clock.advance(10 * MINUTE);
    await sweepAll(r);
    await r.pass(3 * 60 * MINUTE, MINUTE);
    expect([...r.sink('splunk').rows].sort()).toEqual([100, 5, 6, 7, 8]);
  });

  it('begins behind the last whole row of a blob that may still grow', async () => {
    const r = relay(['splunk']);
    const half = row(5).slice(0, 40);
    r.append(rows(0, 5) + half);
    r.clock.advance(61 * MINUTE);
    await rebuild(r, { latenessMs: 3 * 60 * MINUTE });
    expect(await r.checkpoint()).toMatchObject({
      closed: false,
      destinations: { splunk: { offset: rows(0, 5).length } },
    });
    r.append(row(5).slice(40));
    await r.notify();
    await r.work();
    expect(r.sink('splunk').rows).toEqual([5]);
  });

  it('has everything read as unread', async () => {
    const r = relay(['splunk']);
    r.append(rows(0, 5));
    r.clock.advance(10 * MINUTE);
    expect(await rebuild(r, { assume: 'unread' })).toMatchObject({ written: 1 });
    await sweepAll(r);
    await r.work();
    expect(r.sink('splunk').rows).toEqual(numbers(0, 5));
  });

  it('knows the end of documents, which takes reading them', async () => {
    const r = relay(['splunk']);
    const document = `[${row(1).trim()},${row(2).trim()} ]`;
    const name = NAME.replace('PT1H', 'other');
    r.blobs.put(r.ref.container, name, Buffer.from(document));
    r.clock.advance(3 * 60 * MINUTE);
    await rebuild(r);
    const ref = { ...r.ref, name };
    expect(await r.checkpoint(ref)).toMatchObject({ format: 'document', closed: true });
    await r.notify(ref);
    await r.pass(60 * MINUTE, MINUTE);
    expect(r.sink('splunk').rows).toEqual([]);
  });
});
