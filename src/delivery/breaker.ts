/** Takes a destination out of service while it accepts nothing from any consumer. */

import type { z } from 'zod';
import type { StateDocuments, StoredDocument } from '../checkpoints/documents.ts';
import {
  type Decision,
  ONE_TRY,
  type Patience,
  type SharedDocument,
  updateDocument,
} from '../checkpoints/update-document.ts';
import type { Clock } from '../shared/clock.ts';
import type { ErrorCode } from '../shared/error-codes.ts';
import { loggedError } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { believed, pauseMs } from './pauses.ts';
import { isProbed, LOOK_MS, probeEnd, refusalRecordSchema, waitsUntil } from './refusal-record.ts';

/** What is remembered of a destination that refuses; shared between consumers as the document `breakers/<destination>`. */
export const breakerRecordSchema = refusalRecordSchema;

export type BreakerRecord = z.infer<typeof breakerRecordSchema>;

/** Why a destination is down, as far as the breaker cares. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Milliseconds the destination asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}

export interface BreakerDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The longest pause that a destination is granted when it asks for one. Milliseconds; default 15 minutes. */
  readonly retryAfterMaxMs?: number;
}

/** Pauses between probes. Milliseconds. */
const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;
/** A destination may ask for a longer pause, up to this where relay.yaml does not say otherwise. Milliseconds. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;

/** Tries to record a failure while other consumers write. */
const TWO_TRIES: Patience = { tries: 2 };

export const breakerDocument = (destination: string): string => `breakers/${destination}`;

/**
 * Takes a destination out of service while it refuses requests, so that consumers do not flood it, and lets one consumer probe when its pause is
 * over. The first failure opens it: sendBatch has retried by then.
 *
 * The state is shared through a document. If it cannot be reached, each process uses what it knows itself.
 */
export class Breaker {
  readonly #name: string;
  readonly #deps: BreakerDeps;
  #record: BreakerRecord | undefined;
  #etag: string | undefined;
  #probing = false;
  #isStored = false;

  constructor(destination: string, deps: BreakerDeps) {
    this.#name = destination;
    this.#deps = deps;
  }

  /** Undefined while closed. Its `openUntil` is when to ask again, also while somebody probes. */
  get record(): BreakerRecord | undefined {
    this.#shorten();
    return this.#record && { ...this.#record, openUntil: waitsUntil(this.#record, this.#deps.clock.now()) };
  }

  /** Whether the destination is out of service, as far as this process knows. */
  get isOpen(): boolean {
    return this.#record !== undefined;
  }

  /** Whether other consumers, and this one after a restart, know what this one knows. */
  get isShared(): boolean {
    return this.#record === undefined || this.#isStored;
  }

  /**
   * Asks to send: undefined is yes; a moment (ms since the epoch) is not before then.
   *
   * When the time of an open breaker is over, one of all consumers is let in to try; it calls {@link endProbe} when done.
   */
  async admit(): Promise<number | undefined> {
    const open = this.record;
    if (!open) return undefined;
    const { clock } = this.#deps;
    if (clock.now() < open.openUntil) return open.openUntil;
    if (this.#probing) return clock.now() + LOOK_MS;
    this.#probing = true;
    await this.refresh();
    const current = this.record;
    if (!current) return this.#leave(undefined);
    const now = clock.now();
    if (now < current.openUntil) return this.#leave(current.openUntil);
    const taken = await this.#write({ ...current, probedUntil: probeEnd(now) });
    return taken ? undefined : this.#leave(clock.now() + LOOK_MS);
  }

  /**
   * The probe ended, perhaps without an answer: a blob may have no row for its destination. Then another may try at once, or a
   * destination with few rows would stay down for as many probes as it has blobs.
   */
  async endProbe(): Promise<void> {
    if (!this.#probing) return;
    this.#probing = false;
    const record = this.#record;
    if (record) await this.#write({ ...record, openUntil: this.#deps.clock.now(), pause: 0, probedUntil: 0 });
  }

  /** A batch was accepted. */
  async succeeded(): Promise<void> {
    if (!this.#record) return;
    this.#set(undefined);
    this.#probing = false;
    this.#etag = undefined;
    this.#deps.logger.info('A destination is back', { destination: this.#name });
    await this.#quietly(() => this.#deps.documents.remove(breakerDocument(this.#name)));
  }

  /** The destination accepts nothing. Resolves once the other consumers can know it. */
  async failed({ code, message, retryAfterMs = 0 }: Failure): Promise<void> {
    const now = this.#deps.clock.now();
    const before = this.#record;
    const isProbedByOther = before !== undefined && !this.#probing && isProbed(before, now);
    // Sends that were under way together fail together: that is one failure.
    const together = isProbedByOther || (before !== undefined && !this.#probing && now < before.openUntil);
    const failures = (before?.failures ?? 0) + (together ? 0 : 1);
    const pause = Math.max(pauseMs(failures, FIRST_MS, LONGEST_MS), Math.min(retryAfterMs, this.#longestMs));
    const openUntil = Math.max(now + pause, together ? (before?.openUntil ?? 0) : 0);
    const record = {
      failures,
      openUntil,
      pause: openUntil - now,
      code,
      message,
      since: before?.since ?? now,
      probedUntil: isProbedByOther ? before.probedUntil : 0,
    };
    this.#probing = false;
    this.#set(record);
    if (!before) {
      this.#deps.metrics.count('xdr_relay_breaker_opened_total', { destination: this.#name });
      this.#deps.logger.error('A destination is out of service', {
        destination: this.#name,
        code,
        error: message,
      });
    } else {
      this.#deps.logger.debug('A destination stays out of service', {
        destination: this.#name,
        code,
        failures,
        seconds: Math.round(record.pause / 1000),
      });
    }
    let isFirst = true;
    await this.#update((current) => {
      // Another consumer wrote meanwhile; the longer wait wins.
      if (!isFirst && current && current.openUntil >= openUntil) return { keep: undefined };
      isFirst = false;
      this.#set(record);
      return { write: record, result: undefined };
    }, TWO_TRIES);
  }

  /** Loads what other consumers have recorded. */
  async refresh(): Promise<void> {
    let stored: StoredDocument | undefined;
    const read = await this.#quietly(async () => {
      stored = await this.#deps.documents.get(breakerDocument(this.#name));
    });
    if (!read) return;
    const record = breakerRecordSchema.safeParse(stored?.value).data;
    // The document existed and is gone: another consumer's probe succeeded.
    if (!record && this.#etag === undefined) return;
    this.#etag = stored?.etag;
    this.#isStored = true;
    this.#set(record);
    if (!record) return;
    // Written, or each look would believe the same moment a little longer. A conflict means that another consumer knows better.
    if (this.#shorten()) await this.#write({ ...record, openUntil: this.#record?.openUntil ?? 0 });
  }

  /** A wait ends when it was meant to, also where another clock has set its end, or ours has been set back. True where it was too long. */
  #shorten(): boolean {
    const record = this.#record;
    if (!record) return false;
    const openUntil = believed(
      record.openUntil,
      this.#deps.clock.now(),
      Math.min(this.#longestMs, record.pause),
    );
    if (openUntil === record.openUntil) return false;
    this.#record = { ...record, openUntil };
    return true;
  }

  get #longestMs(): number {
    return Math.max(LONGEST_MS, this.#deps.retryAfterMaxMs ?? RETRY_AFTER_MAX_MS);
  }

  #leave(until: number | undefined): number | undefined {
    this.#probing = false;
    return until;
  }

  #set(record: BreakerRecord | undefined): void {
    this.#record = record;
    this.#deps.metrics.gauge('xdr_relay_breaker_open', record ? 1 : 0, { destination: this.#name });
  }

  /** False when another consumer wrote meanwhile. */
  #write(record: BreakerRecord): Promise<boolean> {
    return this.#update(() => ({ write: record, result: undefined }), ONE_TRY);
  }

  /** Changes the document, beginning with what is known of it. False when another consumer wrote meanwhile each time. */
  async #update(
    decide: (current: BreakerRecord | undefined) => Decision<BreakerRecord, undefined>,
    patience: Patience,
  ): Promise<boolean> {
    const document: SharedDocument<BreakerRecord> = {
      load: async () => {
        await this.refresh();
        return { value: this.#record, etag: this.#etag };
      },
      save: (record, etag) => this.#deps.documents.put(breakerDocument(this.#name), record, etag),
    };
    let won = true;
    this.#isStored = await this.#quietly(async () => {
      const known = { value: this.#record, etag: this.#etag };
      const outcome = await updateDocument(document, decide, patience, known);
      won = outcome.kind !== 'busy';
      if (outcome.kind !== 'written') return;
      this.#etag = outcome.version.etag;
      this.#record = outcome.version.value;
    });
    return won;
  }

  /** What is shared only spares the destination: trouble with it must not keep rows from being delivered. */
  async #quietly(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#deps.logger.warn("A breaker's state could not be shared", {
        destination: this.#name,
        ...loggedError(error),
      });
      return false;
    }
  }
}
