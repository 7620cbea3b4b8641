import { expect, it } from 'vitest';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../lab/memory/state-documents.ts';
import { addToRing, readRing } from '../../src/console/audit/ring.ts';
import type { AuditEntry } from '../../src/console/model/audit.ts';

const entry = (what: string, result: AuditEntry['result']): AuditEntry => ({
  at: '2026-11-27T12:00:00.000Z',
  who: 'anna',
  what,
  result,
});

it('what is refused does not push out what was done', async () => {
  const documents = createMemoryStateDocuments();
  await addToRing(documents, [entry('removes for good 3 dead letters', 'done')]);
  for (let n = 0; n < 6; n++)
    await addToRing(
      documents,
      Array.from({ length: 100 }, (_, at) => entry(`login ${n * 100 + at}`, 'refused')),
    );
  const entries = await readRing(documents);
  expect(entries).toHaveLength(201);
  expect(entries[0]).toMatchObject({ result: 'done' });
  expect(entries.at(-1)).toMatchObject({ what: 'login 599' });
  await addToRing(
    documents,
    Array.from({ length: 600 }, (_, at) => entry(`act ${at}`, 'done')),
  );
  expect(await readRing(documents)).toHaveLength(500);
});

it('a damaged document is replaced, and shows nothing', async () => {
  const stored: StoredDocuments = new Map();
  const documents = createMemoryStateDocuments(stored);
  damageDocument(stored, 'console/audit', '{"version":1,"entr');
  expect(await readRing(documents)).toEqual([]);
  await addToRing(documents, [entry('resets splunk', 'done')]);
  expect(await readRing(documents)).toHaveLength(1);
});
