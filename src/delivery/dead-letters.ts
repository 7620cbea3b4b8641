import type { RowSource } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';

/** Why and what: one row that will not be delivered by itself. */
export interface DeadLetter {
  /** The destination that refused it; undefined: the row could not be read at all, for any destination. */
  readonly destination: string | undefined;
  /** Machine-readable: `not_json`, `no_category`, `row_too_large`, `truncated_gzip`, `hec_invalid_data`, `http_413`, ... */
  readonly reason: string;
  /** For a person. */
  readonly message: string;
  readonly source: RowSource;
  /** Bytes from `source.offset` to the row's end. */
  readonly length: number;
  /** The row's own bytes as they lie in the blob. */
  readonly row: Uint8Array;
  /** What was refused, as it would have been sent. */
  readonly payload?: string;
  /** The event id, where the row had one. */
  readonly id?: string;
  readonly table?: string;
  /** More for whoever looks at it: HTTP status, HEC code. */
  readonly details?: JsonObject;
}

/** Where dead letters are put. */
export interface DeadLetterStore {
  ensure(): Promise<void>;
  /** Returns once stored; storing the same row for the same destination again replaces it. Throws while it cannot. */
  put(letter: DeadLetter): Promise<void>;
}
