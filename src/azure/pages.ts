/** Reads the SDK's listings page by page, with a time limit for each page. */
import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import { withDeadline } from '../shared/deadline.ts';

/** The time limit for one page of a listing. Milliseconds. */
const PAGE_MS = 60_000;

/** The number of names per page, small enough for a Worker's memory. */
export const PAGE_SIZE = 1000;

/** The pages of an SDK listing. Only one page at a time is in memory. */
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
