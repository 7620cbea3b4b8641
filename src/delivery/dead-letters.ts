/** Dead letters: what is stored of a row that was not delivered, and the ports to store and read it. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';
import type { RowSource } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Answer } from './failure.ts';

/** Why and what: one row that will not be delivered by itself. */
export interface DeadLetter {
  /** The destination that refused it; undefined: the row could not be read at all, for any destination. */
  readonly destination: string | undefined;
  /** Machine-readable: `not_json`, `no_category`, `row_too_large`, `truncated_gzip`, `hec_6`, `too_large`, ... A string, since letters of other versions are read too. */
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
  /**
   * The id, else the title, of the rule whose alert was refused; undefined for the event itself. One row can be refused
   * once as an event and once for each alert.
   */
  readonly rule?: string;
  /** More for a person who looks at it: HTTP status, HEC code. */
  readonly details?: JsonObject;
  /** Every different answer that its destination gave to the row alone. */
  readonly answers?: readonly Answer[];
  /** Present while the relay still tries to deliver it. */
  readonly isolating?: Isolation;
}

/** A row that fails alone while its destination accepts others, and is tried again. Times in ms since the epoch. */
export interface Isolation {
  readonly since: number;
  /** Times it was tried again since. */
  readonly tries: number;
  readonly next: number;
}

/** Where dead letters are put. Throws {@link DeadLetterError}. */
export interface DeadLetterStore {
  ensure(): Promise<void>;
  /** Returns once stored; storing the same row for the same destination again replaces it. Throws while it cannot. */
  put(letter: DeadLetter): Promise<void>;
}

/** A dead letter could not be stored or read. */
export class DeadLetterError extends NarrowRelayError<CodeOf<'dead_letters'>> {}

/** What a listing tells of a dead letter without reading it. */
export interface DeadLetterSummary {
  /** Names it to `get` and `remove`. */
  readonly name: string;
  readonly destination: string | undefined;
  readonly reason: string;
  /** The name of the row's source; absent where there was only one. */
  readonly source?: string;
  /** When it was put here last, ms since the epoch. */
  readonly storedOn: number;
  /** `container/name` of the source blob; undefined where that is too long to list. */
  readonly blob: string | undefined;
  /** Where the row begins, and its length in bytes, as in {@link DeadLetter}. */
  readonly offset: number;
  readonly length: number;
  readonly id?: string;
  readonly table?: string;
  readonly rule?: string;
  /** When the relay tries it again, ms since the epoch; undefined: it does not any more. */
  readonly nextTry?: number;
}

/** Which dead letters to list; all conditions hold. */
export interface DeadLetterFilter {
  /** `null`: those that no destination refused, because they could not be read at all. */
  readonly destination?: string | null;
  /** Of rows of this source. */
  readonly source?: string;
  readonly reason?: string;
  /** By `storedOn`, ms since the epoch: from inclusive, to exclusive. */
  readonly from?: number;
  readonly to?: number;
  /** True: those that the relay still tries to deliver. Default: those that it does not. */
  readonly isolating?: boolean;
}

/** A dead letter as it was stored. */
export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly storedOn: number;
  readonly etag: string;
}

/** Dead letters, to look at and to send again. Throws {@link DeadLetterError}. */
export interface DeadLetterArchive extends DeadLetterStore {
  /** In the order of destination and day, a page at a time in memory and without reading them. Not ours are left out. */
  list(filter?: DeadLetterFilter, signal?: AbortSignal): AsyncIterable<DeadLetterSummary>;
  /** Undefined when there is none of that name. */
  get(name: string, signal?: AbortSignal): Promise<StoredDeadLetter | undefined>;
  /** Removes it unless it was put again since it was read: false then. */
  remove(name: string, etag: string): Promise<boolean>;
}
