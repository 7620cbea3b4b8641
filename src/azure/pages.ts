/** Reads the SDK's listings a page at a time, each of which must come within a minute. */
import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { withDeadline } from '../shared/deadline.ts';

/** Milliseconds one page of a listing may take. */
const PAGE_MS = 60_000;

/** Names that a listing gives at a time: small enough for a Worker's memory. */
export const PAGE_SIZE = 1000;

/** The pages of an SDK listing, one in memory at a time. */
export async function* pagesOf<T>(pages: AsyncIterableIterator<T>, signal?: AbortSignal): AsyncGenerator<T> {
  for (;;) {
    const next = await withDeadline(PAGE_MS, signal, () => pages.next());
    if (next.done) return;
    yield next.value;
  }
}

/** The blobs of a container whose names begin with `prefix`, in the service's order. */
export async function* blobItemsOf(
  container: ContainerClient,
  { prefix, includeMetadata = false }: { readonly prefix: string; readonly includeMetadata?: boolean },
  signal?: AbortSignal,
): AsyncGenerator<BlobItem> {
  const pages = container
    .listBlobsFlat({ prefix, includeMetadata, ...(signal && { abortSignal: signal }) })
    .byPage({ maxPageSize: PAGE_SIZE });
  for await (const page of pagesOf(pages, signal)) yield* page.segment.blobItems;
}
