/** Takes a destination out of service while it accepts nothing from any consumer. */

import { z } from 'zod';
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
import { freeSince, isProbed, LOOK_MS, probeEnd, refusalRecordSchema, waitsUntil } from './refusal-record.ts';

/** The stored state of an open breaker, shared between consumers as the document `breakers/<destination>`. */
export const breakerRecordSchema = refusalRecordSchema.extend({
  /** For how long each failure has been a permanent one, without another between. Milliseconds; absent after one that may pass. */
  refusedMs: z.number().nonnegative().exactOptional(),
  /** Present while the destination is disabled: since when, ms since the epoch. It is not probed. */
  disabledAt: z.number().nonnegative().exactOptional(),
});

export type BreakerRecord = z.infer<typeof breakerRecordSchema>;

/** What the breaker records about why a destination is down. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  /** The pause that the destination asked for. Milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the reason does not pass by itself, such as a wrong token. */
  readonly isPermanent?: boolean;
}

export interface BreakerDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The longest pause that a destination may ask for. Milliseconds; default 15 minutes. */
  readonly retryAfterMaxMs?: number;
  /** After how long of permanent failures alone a destination is disabled. Milliseconds; undefined: never. */
  readonly disableAfterMs?: number | undefined;
}

/** Pauses between probes. Milliseconds. */
const FIRST_MS = 5_000;
const LONGEST_MS = 5 * 60_000;
/** The default of the longest pause that a destination may ask for. Milliseconds. */
const RETRY_AFTER_MAX_MS = 15 * 60_000;
/** When rows that wait for a disabled destination look whether it was enabled. Milliseconds. */
const DISABLED_LOOK_MS = LONGEST_MS;

/** How often recording a failure is tried if other consumers write at the same time. */
const TWO_TRIES: Patience = { tries: 2 };

export const breakerDocument = (destination: string): string => `breakers/${destination}`;

/**
 * Takes a destination out of service while it refuses requests, so that consumers do not flood it, and lets one consumer probe it when
 * the pause is over. The first failure opens the breaker, because the sender has retried before it reports a failure.
 *
 * A destination that has failed permanently for a set time is disabled: it is not probed, its offsets stay, and a person enables it.
 *
 * The state is shared through a document. If the document cannot be reached, each process uses its own knowledge.
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

  /** The record of an open breaker; undefined while it is closed. Its `openUntil` is when to ask again, also during a probe. */
  get record(): BreakerRecord | undefined {
    this.#shorten();
    const record = this.#record;
    if (!record) return undefined;
    const now = this.#deps.clock.now();
    return { ...record, openUntil: isDisabled(record) ? now + DISABLED_LOOK_MS : waitsUntil(record, now) };
  }

  /** Whether the destination is disabled, as far as this process knows. */
  get isDisabled(): boolean {
    return this.#record !== undefined && isDisabled(this.#record);
  }

  /** Whether the destination is out of service, as far as this process knows. */
  get isOpen(): boolean {
    return this.#record !== undefined;
  }

  /** Whether the state is stored, so that other consumers, and this one after a restart, know it. */
  get isShared(): boolean {
    return this.#record === undefined || this.#isStored;
  }

  /**
   * Asks for permission to send. Returns undefined for yes, or the time (ms since the epoch) before which nothing may be sent.
   *
   * When the pause of an open breaker is over, one consumer gets permission to probe; it calls {@link endProbe} when done.
   *
   * @param turnMs how long after that moment others may probe first. A cursor whose own rows failed would otherwise take probe after
   *   probe with the same rows, and the destination would count as down for as long as it wins.
   */
  async admit(turnMs = 0): Promise<number | undefined> {
    const open = this.record;
    if (!open) return undefined;
    const { clock } = this.#deps;
    if (clock.now() < open.openUntil) return open.openUntil;
    if (clock.now() < freeSince(open, clock.now()) + turnMs) return clock.now();
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
   * Ends a probe, perhaps without a result, because the blob had no row for the destination. Another consumer may then probe at once;
   * otherwise a destination with few rows would stay down for as many probes as there are blobs without rows for it.
   */
  async endProbe(): Promise<void> {
    if (!this.#probing) return;
    this.#probing = false;
    const record = this.#record;
    if (record) await this.#write({ ...record, openUntil: this.#deps.clock.now(), pause: 0, probedUntil: 0 });
  }

  /**
   * Loads the record, ends its pause, and enables the destination: its settings were changed, perhaps because they were the fault.
   */
  async reconsider(): Promise<void> {
    await this.refresh();
    if (!this.#record) return;
    const { disabledAt, refusedMs, ...record } = this.#record;
    await this.#write({ ...record, openUntil: this.#deps.clock.now(), pause: 0, probedUntil: 0 });
  }

  /** Records that the destination accepted a batch, which closes the breaker. */
  async succeeded(): Promise<void> {
    if (!this.#record) return;
    this.#set(undefined);
    this.#probing = false;
    this.#etag = undefined;
    this.#deps.logger.info('A destination is back', { destination: this.#name });
    await this.#quietly(() => this.#deps.documents.remove(breakerDocument(this.#name)));
  }

  /** Records that the destination accepts nothing. Resolves once the record is stored for the other consumers. */
  async failed({ code, message, retryAfterMs = 0, isPermanent = false }: Failure): Promise<void> {
    const now = this.#deps.clock.now();
    const before = this.#record;
    const isProbedByOther = before !== undefined && !this.#probing && isProbed(before, now);
    // Requests that were in flight at the same time and fail together count as one failure.
    const together = isProbedByOther || (before !== undefined && !this.#probing && now < before.openUntil);
    const failures = (before?.failures ?? 0) + (together ? 0 : 1);
    const pause = Math.max(pauseMs(failures, FIRST_MS, LONGEST_MS), Math.min(retryAfterMs, this.#longestMs));
    const openUntil = Math.max(now + pause, together ? (before?.openUntil ?? 0) : 0);
    const refusedMs = together ? before?.refusedMs : isPermanent ? this.#refusedMs(before, now) : undefined;
    const disabledAt = before?.disabledAt ?? (this.#isTooLong(refusedMs) ? now : undefined);
    const record: BreakerRecord = {
      failures,
      openUntil,
      pause: openUntil - now,
      code,
      message,
      since: before?.since ?? now,
      probedUntil: isProbedByOther ? before.probedUntil : 0,
      ...(refusedMs !== undefined && { refusedMs }),
      ...(disabledAt !== undefined && { disabledAt }),
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
    if (disabledAt !== undefined && before?.disabledAt === undefined) {
      this.#deps.logger.error('A destination is disabled; "xdr-relay destinations enable" ends it', {
        destination: this.#name,
        code,
        error: message,
      });
    }
    let isFirst = true;
    await this.#update((current) => {
      // Another consumer has stored a longer pause meanwhile, which stays.
      if (!isFirst && current && current.openUntil >= openUntil) return { keep: undefined };
      const write = isFirst ? record : mergedInto(current, record, before?.disabledAt !== undefined);
      isFirst = false;
      this.#set(write);
      return { write, result: undefined };
    }, TWO_TRIES);
  }

  /** Loads the record that other consumers stored. */
  async refresh(): Promise<void> {
    let stored: StoredDocument | undefined;
    const read = await this.#quietly(async () => {
      stored = await this.#deps.documents.get(breakerDocument(this.#name));
    });
    if (!read) return;
    const record = breakerRecordSchema.safeParse(stored?.value).data;
    // Without a document, what this process knows stays, unless it had stored or loaded one before: then another consumer's probe succeeded.
    if (!record && this.#etag === undefined) return;
    this.#etag = stored?.etag;
    this.#isStored = true;
    this.#set(record);
    if (!record) return;
    // The shortened pause is stored, or each refresh would extend it again. On a conflict, the other consumer's newer record stays.
    if (this.#shorten()) await this.#write({ ...record, openUntil: this.#record?.openUntil ?? 0 });
  }

  /**
   * Shortens a pause that is longer than it was meant to be, because a consumer with a wrong clock set its end, or because this clock was
   * set back. Returns whether it did.
   */
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

  /**
   * For how long each failure has been a permanent one, with one now. Each pause counts for no longer than pauses are, so that a clock
   * that jumps does not disable a destination.
   */
  #refusedMs(before: BreakerRecord | undefined, now: number): number {
    if (before?.refusedMs === undefined) return 0;
    const failedAt = before.openUntil - before.pause;
    return before.refusedMs + Math.min(Math.max(now - failedAt, 0), 2 * this.#longestMs);
  }

  #isTooLong(refusedMs: number | undefined): boolean {
    const { disableAfterMs } = this.#deps;
    return disableAfterMs !== undefined && refusedMs !== undefined && refusedMs >= disableAfterMs;
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
  }

  /** Stores a record. Returns false if another consumer wrote meanwhile. */
  #write(record: BreakerRecord): Promise<boolean> {
    return this.#update(() => ({ write: record, result: undefined }), ONE_TRY);
  }

  /** Changes the document, starting from the known version. Returns false if another consumer wrote meanwhile on each try. */
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

  /** Ignores errors of the shared document: it only protects the destination from requests, so its failure must not stop delivery. */
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

/**
 * What is stored of a failure where others wrote since this consumer looked. Whether the destination is disabled is for them to say: a request
 * that was on its way when a person enabled it does not disable it, and one that was on its way when it was disabled does not enable it.
 *
 * @param wasDisabled whether it was disabled when this consumer looked.
 */
function mergedInto(
  current: BreakerRecord | undefined,
  record: BreakerRecord,
  wasDisabled: boolean,
): BreakerRecord {
  const { refusedMs, disabledAt, ...rest } = record;
  const isAnew = current === undefined || wasDisabled;
  const since = current?.disabledAt ?? (isAnew ? undefined : disabledAt);
  const refused = isAnew && refusedMs !== undefined ? (current?.refusedMs ?? 0) : refusedMs;
  return {
    ...rest,
    ...(refused !== undefined && { refusedMs: refused }),
    ...(since !== undefined && { disabledAt: since }),
  };
}

function isDisabled({ disabledAt }: BreakerRecord): boolean {
  return disabledAt !== undefined;
}
