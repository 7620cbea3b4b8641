/** Changing what several consumers write. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { conflict } from '../../src/checkpoints/attempt.ts';
import {
  createDocument,
  ONE_TRY,
  type SharedDocument,
  sharedDocument,
  updateDocument,
} from '../../src/checkpoints/update-document.ts';

/** A number that somebody else raises by 100 just before each of our first `times` writes. */
function contended(times: number) {
  let [value, version, loads] = [1, 1, 0];
  let left = times;
  const document: SharedDocument<number> = {
    async load() {
      loads += 1;
      return { value, etag: `${version}` };
    },
    async save(next, etag) {
      if (left > 0) {
        left -= 1;
        value += 100;
        version += 1;
      }
      if (etag !== `${version}`) throw conflict('n');
      value = next;
      version += 1;
      return `${version}`;
    },
  };
  return { document, value: () => value, loads: () => loads };
}

const plusOne = (current = 0) => ({ write: current + 1, result: current });

describe('a change to a shared document', () => {
  it('is made again upon what another consumer wrote', async () => {
    const { document, value } = contended(3);
    const outcome = await updateDocument(document, plusOne, { tries: 4 });
    expect(outcome).toEqual({ kind: 'written', result: 301, version: { value: 302, etag: '5' } });
    expect(value()).toBe(302);
  });

  it('ends after its tries, and says what was in the way', async () => {
    const { document, value } = contended(3);
    expect(await updateDocument(document, plusOne, { tries: 3 })).toMatchObject({
      kind: 'busy',
      conflict: { code: 'checkpoint_conflict' },
    });
    expect(value()).toBe(301);
  });

  it('loads nothing where the caller knows what is stored', async () => {
    const { document, loads } = contended(0);
    const known = { value: 1, etag: '1' };
    expect(await updateDocument(document, plusOne, ONE_TRY, known)).toMatchObject({ kind: 'written' });
    expect(loads()).toBe(0);
  });

  it('is left out where there is nothing to write any more', async () => {
    const { document, value } = contended(1);
    const decide = (current = 0) =>
      current > 100 ? { keep: 'enough' } : { write: current + 1, result: 'more' };
    expect(await updateDocument(document, decide, { tries: 5 })).toEqual({ kind: 'kept', result: 'enough' });
    expect(value()).toBe(101);
  });

  it('pauses between tries on the clock that it was given, and ends with the signal', async () => {
    const clock = new FakeClock(0, { sleepPasses: true });
    const ms = (failed: number) => (failed > 1 ? failed * 10 : 0);
    await updateDocument(contended(3).document, plusOne, { tries: 9, pause: { clock, ms } });
    expect(clock.sleeps).toEqual([20, 30]);
    const signal = AbortSignal.abort(new Error('over'));
    const pause = { clock, ms: () => 1, signal };
    await expect(updateDocument(contended(1).document, plusOne, { tries: 9, pause })).rejects.toThrow('over');
  });

  it('throws what is no conflict', async () => {
    const { document } = contended(0);
    const broken = {
      ...document,
      save: async () => {
        throw new Error('no answer');
      },
    };
    await expect(updateDocument(broken, plusOne, { tries: 9 })).rejects.toThrow('no answer');
  });
});

describe('a document that one consumer creates', () => {
  it('is created once', async () => {
    const documents = createMemoryStateDocuments();
    const both = [{ n: 1 }, { n: 2 }].map((value) => createDocument(documents, 'first', value));
    expect(await Promise.all(both)).toEqual([true, false]);
    expect((await documents.get('first'))?.value).toEqual({ n: 1 });
  });

  it('is written over where it is not one of ours', async () => {
    const documents = createMemoryStateDocuments();
    await documents.put('n', 'of somebody else', undefined);
    const document = sharedDocument(documents, 'n', (value) =>
      typeof value === 'number' ? value : undefined,
    );
    await updateDocument(document, plusOne, ONE_TRY);
    expect((await documents.get('n'))?.value).toBe(1);
  });
});

describe('a conflict', () => {
  it('is taken for a reason to try again in one place', async () => {
    const found: string[] = [];
    for await (const file of glob('src/**/*.ts')) {
      const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      if (text.includes('checkpoint_conflict')) found.push(file);
    }
    expect(found.sort()).toEqual([
      'src/checkpoints/attempt.ts',
      // Somebody else marked the state first: the mark is read again, and not written.
      'src/checkpoints/state-version.ts',
      'src/checkpoints/update-document.ts',
      // A document that somebody wrote meanwhile is not removed; the removal is not tried again.
      'src/relay/alerts/documents.ts',
      'src/relay/capture/look.ts',
      // The check that wants the conflict.
      'src/relay/doctor/checks/state.ts',
      // What somebody wrote meanwhile may be a heartbeat now, so it is not removed.
      'src/relay/follow/rubbish.ts',
      // The queue's part: a task that met too many conflicts comes later.
      'src/relay/visit/passing.ts',
      'src/shared/error-codes.ts',
    ]);
  });
});
