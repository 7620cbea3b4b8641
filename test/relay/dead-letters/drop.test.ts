import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import {
  type DeadLetterArchive,
  DeadLetterError,
  UnreadableLetterError,
} from '../../../src/delivery/dead-letters.ts';
import { dropLetters } from '../../../src/relay/dead-letters/drop.ts';
import { HOUR } from '../harness.ts';

async function setUp(letters: number) {
  const archive = createMemoryDeadLetters({ clock: new FakeClock(HOUR) });
  for (let n = 0; n < letters; n++) {
    await archive.put({
      destination: 'hook',
      reason: 'rows_refused',
      message: 'no',
      source: { blob: 'c/x', offset: n },
      length: 2,
      row: Buffer.from('{}'),
    });
  }
  const names: string[] = [];
  for await (const { name } of archive.list()) names.push(name);
  return {
    archive,
    names,
    async left() {
      const found: string[] = [];
      for await (const { name } of archive.list()) found.push(name);
      return found;
    },
  };
}

async function drop(archive: DeadLetterArchive) {
  const outcomes: { readonly name: string; readonly result: string }[] = [];
  let error: unknown;
  try {
    const none = new AbortController().signal;
    for await (const { letter, result } of dropLetters(archive, archive.list(), none)) {
      outcomes.push({ name: letter.name, result });
    }
  } catch (thrown) {
    error = thrown;
  }
  return { outcomes, error };
}

describe('dropping', () => {
  it('tells of each letter that was removed before it throws what kept another', async () => {
    const { archive, names, left } = await setUp(5);
    const { outcomes, error } = await drop({
      ...archive,
      async remove(name, etag) {
        if (name === names[1]) throw new DeadLetterError('storage_unavailable', 'no answer');
        return await archive.remove(name, etag);
      },
    });
    expect(error).toMatchObject({ code: 'storage_unavailable' });
    expect(outcomes.map(({ name }) => name)).toEqual(names.filter((_, n) => n !== 1));
    expect(await left()).toEqual([names[1]]);
  });

  it('removes a letter that cannot be read, unless it was stored again since', async () => {
    const { archive, names, left } = await setUp(3);
    const damaged = (etag: (real: string) => string): DeadLetterArchive => ({
      ...archive,
      async get(name, signal) {
        const stored = await archive.get(name, signal);
        if (name !== names[1] || !stored) return stored;
        throw new UnreadableLetterError('not JSON', etag(stored.etag));
      },
    });
    const first = await drop(damaged(() => '"older"'));
    expect(first.outcomes.map(({ result }) => result)).toEqual(['removed', 'stored_again', 'removed']);
    expect(await left()).toEqual([names[1]]);
    expect(await drop(damaged((etag) => etag))).toEqual({
      outcomes: [{ name: names[1], result: 'removed' }],
      error: undefined,
    });
    expect(await left()).toEqual([]);
  });
});
