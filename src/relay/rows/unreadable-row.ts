/** Stores rows that cannot be read as dead letters. */
import type { RawRow } from '../../blobs/rows/raw-row.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { RelayDeps } from '../source/deps.ts';

/** Stores a row that cannot be read as a dead letter; resolves when it is stored. */
export async function storeUnreadable(
  deps: RelayDeps,
  blob: string,
  raw: RawRow,
  { reason, message }: { readonly reason: ErrorCode; readonly message: string },
): Promise<void> {
  await deps.deadLetters.put({
    destination: undefined,
    reason,
    message,
    source: { ...(deps.source !== undefined && { name: deps.source }), blob, offset: raw.offset },
    length: raw.end - raw.offset,
    row: raw.bytes,
  });
  deps.logger.warn('A row could not be read and became a dead letter', {
    reason,
    blob,
    offset: raw.offset,
  });
}
