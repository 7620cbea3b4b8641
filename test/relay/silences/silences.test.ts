/** Silences in the state: begun, ended, counted, and what a consumer knows of them. */
import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { createSilenceBook } from '../../../src/relay/silences/book.ts';
import {
  beginSilence,
  endSilence,
  listSilences,
  type NewSilence,
  retireSilences,
} from '../../../src/relay/silences/change.ts';
import { ACTIVE_SILENCES } from '../../../src/relay/silences/documents.ts';
import type { Logger } from '../../../src/shared/logger.ts';

const HOUR = 3_600_000;
const never = new AbortController().signal;
const wanted: NewSilence = {
  rule: 'Shadow copies',
  where: [{ column: 'DeviceName', value: 'pc-1' }],
  by: 'ada@host',
  reason: 'a patch',
  forMs: HOUR,
};

function setup(documents: StateDocuments = createMemoryStateDocuments()) {
  const clock = new FakeClock(undefined, { sleepPasses: true });
  const lines: { readonly message: string; readonly fields: object }[] = [];
  const note = (message: string, fields = {}) => void lines.push({ message, fields });
  const logger: Logger = { ...silentLogger, info: note, warn: note };
  const metrics = recordingMetrics();
  const deps = { documents, clock, logger, metrics };
  return { ...deps, deps, lines, book: createSilenceBook(deps) };
}

describe('a silence', () => {
  it('begins, holds at every consumer within 10 s, and expires by itself', async () => {
    const { deps, clock, book } = setup();
    expect(await book.current()).toEqual([]);
    const silence = await beginSilence(deps, wanted, never);
    expect(silence).toMatchObject({
      rule: 'Shadow copies',
      where: wanted.where,
      by: 'ada@host',
      reason: 'a patch',
      from: clock.now(),
      until: clock.now() + HOUR,
    });
    expect(await book.current()).toEqual([]);
    clock.advance(10_000);
    expect((await book.current()).map(({ id }) => id)).toEqual([silence.id]);
    clock.advance(HOUR - 10_001);
    expect(await book.current()).toHaveLength(1);
    clock.advance(1);
    expect(await book.current()).toEqual([]);
  });

  it('is ended before its time, with who and why, and cannot be ended twice', async () => {
    const { deps, clock, book } = setup();
    const { id } = await beginSilence(deps, wanted, never);
    expect(await book.current()).toHaveLength(1);
    clock.advance(60_000);
    await endSilence(deps, id, { by: 'bob', reason: 'patched' }, never);
    expect(await book.current()).toEqual([]);
    const { active, ended } = await listSilences(deps, never);
    expect(active).toEqual([]);
    expect(ended).toMatchObject([
      {
        silence: { id, by: 'ada@host', reason: 'a patch' },
        endedBy: 'bob',
        endReason: 'patched',
        endedOn: clock.now(),
      },
    ]);
    await expect(endSilence(deps, id, { by: 'bob', reason: undefined }, never)).rejects.toThrow(
      `The silence ${id} is over already`,
    );
    await expect(endSilence(deps, '00000000', { by: 'bob', reason: undefined }, never)).rejects.toThrow(
      'There is no silence 00000000',
    );
  });

  it('goes to the history when it has expired, where it stays', async () => {
    const { deps, clock, book } = setup();
    const { id } = await beginSilence(deps, wanted, never);
    clock.advance(HOUR);
    expect((await listSilences(deps, never)).ended).toMatchObject([{ silence: { id } }]);
    clock.advance(2 * HOUR);
    await book.current();
    await expect
      .poll(async () => (await deps.documents.get(ACTIVE_SILENCES))?.value)
      .toEqual({ silences: [] });
    const { active, ended } = await listSilences(deps, never);
    expect([active, ended.length, ended[0]?.endedBy]).toEqual([[], 1, undefined]);
  });

  it('stays ended by a person where a consumer sees it expire between the two writes', async () => {
    const { deps, documents, clock } = setup();
    const { id } = await beginSilence(deps, wanted, never);
    const before = await documents.get(ACTIVE_SILENCES);
    await endSilence(deps, id, { by: 'bob', reason: undefined }, never);
    const now = await documents.get(ACTIVE_SILENCES);
    // As after a crash between the history and the list.
    await documents.put(ACTIVE_SILENCES, before?.value ?? null, now?.etag);
    expect((await listSilences(deps, never)).active).toEqual([]);
    clock.advance(HOUR);
    await retireSilences(deps, never);
    expect((await listSilences(deps, never)).ended).toMatchObject([{ silence: { id }, endedBy: 'bob' }]);
  });

  it('cannot be one too many, and those that are over do not count', async () => {
    const { deps, clock } = setup();
    for (let n = 0; n < 100; n++) await beginSilence(deps, wanted, never);
    await expect(beginSilence(deps, wanted, never)).rejects.toMatchObject({ code: 'too_many_silences' });
    clock.advance(HOUR);
    await beginSilence(deps, wanted, never);
    const { active, ended } = await listSilences(deps, never);
    expect([active.length, ended.length]).toEqual([1, 100]);
  });

  it('begins and ends whatever others write meanwhile', async () => {
    const { deps } = setup();
    const begun = await Promise.all(Array.from({ length: 5 }, () => beginSilence(deps, wanted, never)));
    await Promise.all(
      begun.slice(1).map(({ id }) => endSilence(deps, id, { by: 'bob', reason: undefined }, never)),
    );
    const { active, ended } = await listSilences(deps, never);
    expect(active.map(({ silence }) => silence.id)).toEqual([begun[0]?.id]);
    expect(ended).toHaveLength(4);
  });
});

describe('what a consumer counts', () => {
  it('is added up over consumers, at most every 30 s and at the end', async () => {
    const { deps, clock, book, metrics } = setup();
    const other = createSilenceBook(deps);
    const { id } = await beginSilence(deps, wanted, never);
    book.count(id, 'soc-slack', 3);
    other.count(id, 'soc-slack', 4);
    other.count(id, 'soc-teams', 1);
    clock.advance(29_999);
    expect((await listSilences(deps, never)).active).toMatchObject([{ silenced: {} }]);
    clock.advance(1);
    await vi.waitFor(
      async () =>
        expect((await listSilences(deps, never)).active).toMatchObject([
          { silenced: { 'soc-slack': 7, 'soc-teams': 1 }, lastOn: clock.now() },
        ]),
      30_000,
    );
    book.count(id, 'soc-slack', 1);
    await book.close();
    expect((await listSilences(deps, never)).active[0]?.silenced).toMatchObject({ 'soc-slack': 8 });
    expect(metrics.counter('xdr_relay_alerts_silenced_total', { destination: 'soc-slack' })).toBe(8);
  });

  it('is written after the silence is over, where no alert comes any more', async () => {
    const { deps, clock, book } = setup();
    const { id } = await beginSilence(deps, { ...wanted, forMs: 60_000 }, never);
    clock.advance(59_000);
    book.count(id, 'soc-slack', 1);
    book.count(id, 'soc-teams', 1);
    clock.advance(30_000);
    await vi.waitFor(async () => {
      const { active, ended } = await listSilences(deps, never);
      expect([...active, ...ended]).toMatchObject([{ silenced: { 'soc-slack': 1, 'soc-teams': 1 } }]);
    }, 30_000);
  });

  it('reaches a silence that was ended meanwhile', async () => {
    const { deps, book } = setup();
    const { id } = await beginSilence(deps, wanted, never);
    book.count(id, 'soc-slack', 2);
    await endSilence(deps, id, { by: 'bob', reason: undefined }, never);
    await book.close();
    expect((await listSilences(deps, never)).ended).toMatchObject([{ silenced: { 'soc-slack': 2 } }]);
  });

  it('is not lost where the state cannot be written', async () => {
    const memory = createMemoryStateDocuments();
    let isDown = false;
    const { deps, book } = setup({
      ...memory,
      put: (...args) => (isDown ? Promise.reject(down()) : memory.put(...args)),
    });
    const { id } = await beginSilence(deps, wanted, never);
    book.count(id, 'soc-slack', 2);
    isDown = true;
    await book.close();
    isDown = false;
    book.count(id, 'soc-slack', 1);
    await book.close();
    expect((await listSilences(deps, never)).active).toMatchObject([{ silenced: { 'soc-slack': 3 } }]);
  });
});

describe('a state that cannot be read', () => {
  it('silences nothing, also what was silenced before, and says so once', async () => {
    const memory = createMemoryStateDocuments();
    let isDown = false;
    const { deps, clock, book, lines } = setup({
      ...memory,
      get: (...args) => (isDown ? Promise.reject(down()) : memory.get(...args)),
    });
    await beginSilence(deps, wanted, never);
    expect(await book.current()).toHaveLength(1);
    isDown = true;
    for (let n = 0; n < 3; n++) {
      clock.advance(10_000);
      expect(await book.current()).toEqual([]);
    }
    expect(lines.filter(({ message }) => message.startsWith('The silences cannot be read'))).toHaveLength(1);
  });

  it('holds alerts for 5 s at most', async () => {
    const memory = createMemoryStateDocuments();
    const { clock, book } = setup({ ...memory, get: () => new Promise(() => {}) });
    const found = book.current();
    clock.advance(5_000);
    expect(await found).toEqual([]);
    // And not for another 5 s with each batch.
    expect(await book.current()).toEqual([]);
  });

  it('takes what it understands, and nothing that would silence everything or for ever', async () => {
    const { deps, documents, book, clock } = setup();
    const good = await beginSilence(deps, wanted, never);
    const stored = await documents.get(ACTIVE_SILENCES);
    const now = clock.now();
    const forged = [
      { silence: { ...good, id: '11111111', rule: undefined, where: [] } },
      { silence: { ...good, id: '22222222', until: now + 1e12 } },
      { silence: { ...good, id: '33333333', where: [{ column: '', value: '*' }] } },
      { silence: 7 },
      null,
      { silence: { ...good, id: '44444444', later: 'a key of a later version' } },
    ];
    const value = JSON.parse(JSON.stringify({ silences: [{ silence: good, silenced: {} }, ...forged] }));
    await documents.put(ACTIVE_SILENCES, value, stored?.etag);
    expect((await book.current()).map(({ id }) => id)).toEqual([good.id, '44444444']);
  });
});

describe('the log', () => {
  it('says once who silenced what, why and until when, and when it was over, without the values', async () => {
    const { deps, clock, book, lines } = setup();
    const { id } = await beginSilence(deps, wanted, never);
    await book.current();
    clock.advance(10_000);
    await book.current();
    book.count(id, 'soc-slack', 2);
    await book.close();
    clock.advance(HOUR);
    await book.current();
    expect(lines).toEqual([
      {
        message: 'A silence holds: people are not told of some alerts',
        fields: {
          silence: id,
          rule: 'Shadow copies',
          columns: 'DeviceName',
          by: 'ada@host',
          reason: 'a patch',
          until: '2026-11-23T08:00:00.000Z',
        },
      },
      { message: 'A silence is over', fields: { silence: id, silenced: { 'soc-slack': 2 } } },
    ]);
  });
});

function down(): CheckpointError {
  return new CheckpointError('storage_unavailable', 'the account does not answer');
}
