import { beforeAll, describe, expect, it } from 'vitest';
import type { StateDocuments } from '../../src/checkpoints/documents.ts';
import { all } from './harness.ts';

/** What every {@link StateDocuments} does; `make` gives two consumers' views of one store. */
export function registerStateDocumentsTests(
  name: string,
  make: () => Promise<readonly [StateDocuments, StateDocuments]>,
): void {
  describe(`${name}: StateDocuments`, () => {
    let one: StateDocuments;
    let two: StateDocuments;
    const conflict = { code: 'checkpoint_conflict' };

    beforeAll(async () => {
      [one, two] = await make();
      await one.ensure();
    }, 30_000);

    it('gives back what was put, to everybody', async () => {
      expect(await one.get('breakers/splunk')).toBeUndefined();
      const value = { open: true, since: 5, text: 'ü', more: [1, null] };
      const etag = await one.put('breakers/splunk', value, undefined);
      expect(await two.get('breakers/splunk')).toEqual({ value, etag });
      const next = await two.put('breakers/splunk', {}, etag);
      expect(await one.get('breakers/splunk')).toEqual({ value: {}, etag: next });
    });

    it('lets one of two writers win', async () => {
      const etag = await one.put('contested', 1, undefined);
      await expect(two.put('contested', 2, undefined)).rejects.toMatchObject(conflict);
      const outcomes = await Promise.allSettled([
        one.put('contested', 3, etag),
        two.put('contested', 4, etag),
      ]);
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      await expect(one.put('new', 1, etag)).rejects.toMatchObject(conflict);
    });

    it('removes', async () => {
      const etag = await one.put('doomed', 1, undefined);
      await expect(two.remove('doomed', '"other"')).rejects.toMatchObject(conflict);
      await two.remove('doomed', etag);
      expect(await one.get('doomed')).toBeUndefined();
      await one.remove('doomed');
    });

    it('copies what is still as it was read', async () => {
      const etag = await one.put('copied/from', { text: 'ü' }, undefined);
      await two.copy('copied/from', 'copied/to', etag);
      expect((await one.get('copied/to'))?.value).toEqual({ text: 'ü' });
      const next = await one.put('copied/from', 2, etag);
      await expect(two.copy('copied/from', 'copied/to', etag)).rejects.toMatchObject(conflict);
      await two.copy('copied/from', 'copied/to', next);
      expect((await one.get('copied/to'))?.value).toBe(2);
      await expect(one.copy('copied/nothing', 'copied/to', next)).rejects.toMatchObject(conflict);
    });

    it('lists names in order', async () => {
      for (const document of ['list/b', 'list/a', 'list/c/table=x', 'other'])
        await one.put(document, 1, undefined);
      expect(await all(two.list('list/'))).toEqual(['list/a', 'list/b', 'list/c/table=x']);
      expect(await all(two.list('nobody/'))).toEqual([]);
    });

    it('takes up to 1 MiB', async () => {
      const value = 'x'.repeat(1_048_574);
      await one.put('large', value, undefined);
      expect((await two.get('large'))?.value).toBe(value);
      await expect(one.put('too-large', `${value}x`, undefined)).rejects.toMatchObject({
        code: 'checkpoint_unreadable',
      });
    });

    it.each(['', '..', 'a/../b', '/a', 'a/', 'a//b', 'a b', 'ü', '.hidden', 'x'.repeat(201)])(
      'refuses the name %j',
      async (bad) => {
        await expect(one.get(bad)).rejects.toThrow(RangeError);
        await expect(one.put(bad, 1, undefined)).rejects.toThrow(RangeError);
      },
    );
  });
}
