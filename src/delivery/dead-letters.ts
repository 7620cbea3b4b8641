/** The types of dead letters (rows that were not delivered), and the ports to store and read them. */
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';
import type { RowSource } from '../shared/event.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Answer } from './failure.ts';

/** One row that was not delivered, and why. */
export interface DeadLetter {
  /** The destination that refused the row; undefined if the row could not be read, which affects all destinations. */
  readonly destination: string | undefined;
  /** A machine-readable code: `not_json`, `no_category`, `row_too_large`, `truncated_gzip`, `hec_6`, `too_large` ... Any string, because letters of other versions are read too. */
  readonly reason: string;
  /** The reason as a sentence for people. */
  readonly message: string;
  readonly source: RowSource;
  /** The bytes from `source.offset` to the row's end. */
  readonly length: number;
  /** The row's bytes as they are in the blob. */
  readonly row: Uint8Array;
  /** The refused payload, as it would have been sent. */
  readonly payload?: string;
  /** The event id; absent for a row that could not be read. */
  readonly id?: string;
  readonly table?: string;
  /**
   * The id (or, without one, the title) of the rule whose alert was refused; undefined for the event itself. One row can be refused
   * once as an event and once for each of its alerts.
   */
  readonly rule?: string;
  /** Details for people, such as the HTTP status or the HEC code. */
  readonly details?: JsonObject;
  /** The distinct responses of the destination to the row alone. */
  readonly answers?: readonly Answer[];
  /** Present while the relay still tries to deliver the row. */
  readonly isolating?: Isolation;
}

/** The retries of a row that fails alone while its destination accepts others. Times in ms since the epoch. */
export interface Isolation {
  readonly since: number;
  /** How often the row has been retried since. */
  readonly tries: number;
  readonly next: number;
}

/** The port to store dead letters. Its methods throw {@link DeadLetterError}. */
export interface DeadLetterStore {
  ensure(): Promise<void>;
  /** Resolves once the letter is stored. A letter of the same row and destination is replaced. */
  put(letter: DeadLetter): Promise<void>;
}

/** A dead letter could not be stored or read. */
export class DeadLetterError extends NarrowRelayError<CodeOf<'dead_letters'>> {}

/** A stored letter cannot be read: something else has damaged it, or a later version wrote it. */
export class UnreadableLetterError extends DeadLetterError {
  /** Of what cannot be read, so that a person can have it removed. */
  readonly etag: string;

  constructor(message: string, etag: string) {
    super('dead_letter_unreadable', message);
    this.etag = etag;
  }
}

/** What a listing shows of a dead letter without reading it. */
export interface DeadLetterSummary {
  /** The letter's name, for `get` and `remove`. */
  readonly name: string;
  readonly destination: string | undefined;
  readonly reason: string;
  /** The name of the row's source; absent if there was only one. */
  readonly source?: string;
  /** When the letter was last stored, ms since the epoch. */
  readonly storedOn: number;
  /** `container/name` of the source blob; undefined if it is too long for the metadata. */
  readonly blob: string | undefined;
  /** The row's offset; with `length`, in bytes, as in {@link DeadLetter}. */
  readonly offset: number;
  readonly length: number;
  readonly id?: string;
  readonly table?: string;
  readonly rule?: string;
  /** When the relay next tries the row, ms since the epoch; undefined if it no longer does. */
  readonly nextTry?: number;
}

/** Selects dead letters; a letter must meet all conditions. */
export interface DeadLetterFilter {
  /** `null` selects letters without a destination: rows that could not be read. */
  readonly destination?: string | null;
  /** Selects rows of this source. */
  readonly source?: string;
  readonly reason?: string;
  /** With `to`, selects by `storedOn`, ms since the epoch: `from` is inclusive, `to` exclusive. */
  readonly from?: number;
  readonly to?: number;
  /** True selects rows that the relay still tries to deliver; the default is the other rows. */
  readonly isolating?: boolean;
}

/** A stored dead letter. */
export interface StoredDeadLetter {
  readonly letter: DeadLetter;
  readonly storedOn: number;
  readonly etag: string;
}

/** What became of a letter that was to be removed. `gone`: somebody else had removed it. `changed`: it was stored again since it was read, and stays. */
export type Removal = 'removed' | 'gone' | 'changed';

/** The port to list, read and remove dead letters. Its methods throw {@link DeadLetterError}. */
export interface DeadLetterArchive extends DeadLetterStore {
  /** Lists letters by destination and day without reading them, one page at a time in memory. Blobs that are not letters are left out. */
  list(filter?: DeadLetterFilter, signal?: AbortSignal): AsyncIterable<DeadLetterSummary>;
  /** Reads a letter; undefined if there is none of that name. Throws {@link UnreadableLetterError}. */
  get(name: string, signal?: AbortSignal): Promise<StoredDeadLetter | undefined>;
  /** Removes a letter, unless it was stored again since it was read. */
  remove(name: string, etag: string): Promise<Removal>;
}
