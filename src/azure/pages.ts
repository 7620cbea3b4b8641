import { withDeadline } from '../shared/deadline.ts';

/** Milliseconds one page of a listing may take. */
const PAGE_MS = 60_000;

/** The pages of an SDK listing, one in memory at a time, each of which must come within a minute. */
export async function* pagesOf<T>(pages: AsyncIterableIterator<T>, signal?: AbortSignal): AsyncGenerator<T> {
  for (;;) {
    const next = await withDeadline(PAGE_MS, signal, () => pages.next());
    if (next.done) return;
    yield next.value;
  }
}
