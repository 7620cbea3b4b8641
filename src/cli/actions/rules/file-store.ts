/** Presents a local file as a blob store. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { BlobStat, BlobStore } from '../../../blobs/port.ts';
import { foreignCodeOf } from '../../../shared/errors.ts';

/** Makes a blob store whose only blob is a local file, so that a dry run reads the file as the relay reads a blob. */
export function fileStore(path: string): BlobStore {
  return {
    account: 'local',
    stat: () => statOf(path),
    async peek() {
      const found = await statOf(path);
      return found && { stat: found };
    },
    async *read(_ref, { start, end }) {
      if (end > start) yield* createReadStream(path, { start, end: end - 1, highWaterMark: 1_048_576 });
    },
    async *containers() {},
    async *list() {},
    async *folders() {},
  };
}

async function statOf(path: string): Promise<BlobStat | undefined> {
  try {
    const { size, birthtimeMs, mtimeMs } = await stat(path);
    return {
      length: size,
      createdOn: birthtimeMs,
      lastModified: mtimeMs,
      etag: `${mtimeMs}-${size}`,
      type: 'block',
    };
  } catch (error) {
    if (foreignCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
