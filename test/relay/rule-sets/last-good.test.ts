/** What is kept of the last good rules, and what becomes of it when it is large, damaged or written by several consumers. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryStateDocuments } from '../../../lab/memory/state-documents.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { databaseFile } from '../../../src/databases/mmdb.ts';
import { keepLastGood, loadLastGood } from '../../../src/relay/rule-sets/last-good.ts';
import type { RuleFile } from '../../../src/rules/rule-file.ts';
import { mmdb } from '../../databases/write-mmdb.ts';

const DAY = 24 * 3_600_000;

const set = (
  version: string,
  at: number,
  files: readonly RuleFile[] = [{ path: `${version}.yaml`, text: version }],
) => ({
  version,
  at,
  files,
});

/** Text that does not become smaller. */
const noise = (bytes: number): RuleFile => ({
  path: 'detections/noise.yml',
  text: randomBytes(bytes / 2).toString('hex'),
});

async function namesIn(documents: StateDocuments): Promise<string[]> {
  const names: string[] = [];
  for await (const name of documents.list('last-good-rules')) names.push(name);
  return names;
}

describe('the last good rules', () => {
  it('are kept with their files, in one piece or in many', async () => {
    const documents = createMemoryStateDocuments();
    expect(await loadLastGood(documents)).toBeUndefined();
    const small = set('v1', 5, [{ path: 'detections/ä.yml', text: 'title: ☃\r\n' }]);
    await keepLastGood(documents, small);
    expect(await loadLastGood(documents)).toEqual(small);
    const large = set('v2', 6, [noise(5_000_000), { path: 'b.yaml', text: '' }]);
    await keepLastGood(documents, large);
    expect(await loadLastGood(documents)).toEqual(large);
    // Those of the set before are gone.
    expect((await namesIn(documents)).length).toBeGreaterThan(3);
    await keepLastGood(documents, small);
    expect(await namesIn(documents)).toHaveLength(2);
  });

  it('may be none at all', async () => {
    const documents = createMemoryStateDocuments();
    await keepLastGood(documents, set('empty', 1, []));
    expect(await loadLastGood(documents)).toEqual(set('empty', 1, []));
  });

  it('are bounded in size', async () => {
    const documents = createMemoryStateDocuments();
    await keepLastGood(documents, set('v1', 5));
    const huge = set('v2', 6, [noise(34 * 1024 * 1024)]);
    await expect(keepLastGood(documents, huge)).rejects.toMatchObject({ code: 'rules_too_large' });
    const long = set('v3', 7, [{ path: 'a.yaml', text: 'a'.repeat(65 * 1024 * 1024) }]);
    await expect(keepLastGood(documents, long)).rejects.toMatchObject({ code: 'rules_too_large' });
    expect((await loadLastGood(documents))?.version).toBe('v1');
  });

  it('leave databases out that are too large to be kept', async () => {
    const documents = createMemoryStateDocuments();
    const path = 'lists/cities.mmdb';
    const small = {
      path,
      text: '',
      database: databaseFile(mmdb({ networks: { '192.0.2.0/24': { a: 1 } } })),
    };
    await keepLastGood(documents, set('v1', 5, [small]));
    const kept = (await loadLastGood(documents))?.files[0]?.database;
    expect(kept?.sha256).toBe(small.database.sha256);
    const large = { path, text: '', database: databaseFile(randomBytes(17 * 1024 * 1024)) };
    const rule = { path: 'a.yaml', text: 'a' };
    await keepLastGood(documents, set('v2', 6, [large, rule]));
    expect(await loadLastGood(documents)).toEqual(set('v2', 6, [{ path, text: '' }, rule]));
  });

  it('are not written again where they are kept already, but where a piece is gone', async () => {
    const documents = createMemoryStateDocuments();
    await keepLastGood(documents, set('v1', 5));
    const [, piece = ''] = await namesIn(documents);
    await keepLastGood(documents, set('v1', 6));
    expect((await loadLastGood(documents))?.at).toBe(5);
    await documents.remove(piece);
    await expect(loadLastGood(documents)).rejects.toMatchObject({ code: 'rules_kept_unreadable' });
    await keepLastGood(documents, set('v1', 7));
    expect(await loadLastGood(documents)).toEqual(set('v1', 7));
  });

  it('that are damaged say so, and better ones replace them', async () => {
    const documents = createMemoryStateDocuments();
    const damages = [
      async () => {
        const [, piece = ''] = await namesIn(documents);
        await documents.put(piece, { base64: 'AAAA' }, (await documents.get(piece))?.etag);
      },
      async () => {
        await documents.put('last-good-rules', 'nonsense', (await documents.get('last-good-rules'))?.etag);
      },
    ];
    for (const [n, damage] of damages.entries()) {
      await keepLastGood(documents, set(`v${n}`, n));
      await damage();
      await expect(loadLastGood(documents)).rejects.toMatchObject({ code: 'rules_kept_unreadable' });
      await keepLastGood(documents, set(`w${n}`, n));
      expect((await loadLastGood(documents))?.version).toBe(`w${n}`);
    }
  });

  it('are whole while consumers replace and read them at the same time', async () => {
    const documents = createMemoryStateDocuments();
    await keepLastGood(documents, set('v', 1));
    const writers = Array.from({ length: 4 }, (_, n) =>
      keepLastGood(documents, set(`v${n}`, n, [noise(1_500_000), { path: 'which.yaml', text: `v${n}` }])),
    );
    const seen: (string | undefined)[] = [];
    const readers = Array.from({ length: 20 }, async () => {
      const found = await loadLastGood(documents);
      seen.push(found?.version);
      if (found?.version !== 'v') expect(found?.files[1]?.text).toBe(found?.version);
    });
    await Promise.all([...writers, ...readers]);
    expect(seen).not.toContain(undefined);
    expect(['v0', 'v1', 'v2', 'v3']).toContain((await loadLastGood(documents))?.version);
  });

  it('take what consumers left that ended in the middle, a day later', async () => {
    const documents = createMemoryStateDocuments();
    await documents.put('last-good-rules/1000-abcdef01-0', { base64: '' }, undefined);
    await keepLastGood(documents, set('v1', 1000 + DAY));
    expect(await namesIn(documents)).toContain('last-good-rules/1000-abcdef01-0');
    await keepLastGood(documents, set('v2', 1001 + DAY));
    expect(await namesIn(documents)).not.toContain('last-good-rules/1000-abcdef01-0');
  });
});
