/** Finds the newest blob of a container by its folders, without listing the whole container. */
import type { BlobEntry, BlobStore } from '../../blobs/port.ts';
import { isRowBlobName } from '../../shared/blob-ref.ts';

/** The newest blobs of a container. */
export interface Newest {
  /** The one that was written last. */
  readonly written: BlobEntry;
  /** The last one that has content, of the same day. */
  readonly filled: BlobEntry | undefined;
}

/** Tenants whose folders are looked at in one container. */
const MOST_TENANTS = 20;

/** Looks at the last day of each tenant: a few listings. Undefined if the container has no blob of rows. Throws BlobError. */
export async function newestBlob(
  blobs: BlobStore,
  container: string,
  signal: AbortSignal,
): Promise<Newest | undefined> {
  let written: BlobEntry | undefined;
  let filled: BlobEntry | undefined;
  let tenants = 0;
  for await (const tenant of blobs.folders(container, '', signal)) {
    if (++tenants > MOST_TENANTS) break;
    const day = await lastFolder(blobs, container, tenant, signal);
    for await (const entry of blobs.list(container, day, signal)) {
      if (!isRowBlobName(entry.ref.name)) continue;
      if (!written || entry.lastModified >= written.lastModified) written = entry;
      const isLater = !filled || entry.lastModified >= filled.lastModified;
      if (entry.length > 0 && entry.isArchived !== true && isLater) filled = entry;
    }
  }
  return written && { written, filled };
}

/** Year, month, day: the last of each, as their names sort by time. */
async function lastFolder(
  blobs: BlobStore,
  container: string,
  tenant: string,
  signal: AbortSignal,
): Promise<string> {
  let folder = tenant;
  for (let depth = 0; depth < 3; depth++) {
    let last: string | undefined;
    for await (const name of blobs.folders(container, folder, signal)) last = name;
    if (last === undefined) return folder;
    folder = last;
  }
  return folder;
}
