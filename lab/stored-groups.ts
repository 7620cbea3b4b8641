/** Reads the groups of alerts in a state container, as JSON: none of the relay's code looks at them here. */
import { text } from 'node:stream/consumers';
import type { BlobServiceClient } from '@azure/storage-blob';
import { isObject } from './receivers/json.ts';

/** A group of alerts in the state, and how many alerts it has, told of or not. */
export interface StoredGroup {
  readonly id: string;
  readonly count: number;
}

/** The groups that stand in the state for one destination. */
export async function storedGroups(
  service: BlobServiceClient,
  container: string,
  destination: string,
): Promise<readonly StoredGroup[]> {
  const client = service.getContainerClient(container);
  const groups: StoredGroup[] = [];
  for await (const { name } of client.listBlobsFlat({ prefix: `documents/alerts/${destination}/rules/` })) {
    const document: unknown = await client
      .getBlockBlobClient(name)
      .download()
      .then(({ readableStreamBody }) => (readableStreamBody ? text(readableStreamBody) : ''))
      // A document that is over is removed.
      .catch(() => '');
    if (document !== '') groups.push(...groupsIn(JSON.parse(String(document))));
  }
  return groups;
}

function groupsIn(document: unknown): readonly StoredGroup[] {
  if (!isObject(document) || !Array.isArray(document.groups))
    throw new TypeError('A document without groups.');
  return document.groups.map((group: unknown) => {
    const { id, count } = isObject(group) ? group : {};
    if (typeof id !== 'string' || typeof count !== 'number')
      throw new TypeError('A group without id or count.');
    return { id, count };
  });
}
