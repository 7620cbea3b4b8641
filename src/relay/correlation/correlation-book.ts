/** The document in which one correlation counts: how it is kept, checked and changed. */

import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type SharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { CorrelationRule } from '../../rules/ruleset.ts';
import {
  type CorrelationState,
  CorrelationWindows,
  correlationState,
  type Fulfilled,
  type PlacedRow,
} from '../../rules/sigma/index.ts';
import type { Clock } from '../../shared/clock.ts';
import { codeOf, messageOf } from '../../shared/errors.ts';
import type { CorrelationEvent, Row } from '../../shared/event.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** The documents of correlations: `correlations/<fingerprint>`. */
export const CORRELATIONS_FOLDER = 'correlations/';

/** Writes that may meet another consumer's in a row. */
const TRIES = 20;
/** Longest wait before another try, milliseconds. */
const WAIT_MS = 500;

export interface CorrelationDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Whose rows are counted. */
export interface Counter {
  /** Rows of it were written, or are known to others now: nothing of it is waiting in this book. */
  written(book: CorrelationBook): void;
  /** A row was passed on without an alert, and counts otherwise now that others wrote: it must be read again from this offset. */
  mustRereadFrom(offset: number): void;
}

/** All that one row contributes to one correlation. */
export interface CountedRow {
  readonly row: Row;
  readonly place: PlacedRow;
  readonly events: readonly CorrelationEvent[];
}

/** A row that is counted in memory and not yet in the document. */
interface Unwritten {
  readonly by: Counter;
  readonly place: PlacedRow;
  readonly events: readonly CorrelationEvent[];
  /** What was found for it went to the lanes already. */
  isPassed: boolean;
}

/**
 * One correlation's windows in this process: the document as it was last read or written, and what was counted since.
 *
 * What is found in memory is final only when it is written over the very document that it was found upon. Where another consumer
 * wrote meanwhile, all unwritten rows are counted again upon what that one wrote. Its methods must not run at the same time.
 */
export class CorrelationBook {
  readonly rule: CorrelationRule;
  readonly #deps: CorrelationDeps;
  readonly #name: string;
  #windows: CorrelationWindows | undefined;
  #etag: string | undefined;
  #unwritten: Unwritten[] = [];
  #told: Readonly<Record<string, number>> = {};

  constructor(deps: CorrelationDeps, rule: CorrelationRule) {
    this.rule = rule;
    this.#deps = deps;
    this.#name = CORRELATIONS_FOLDER + rule.fingerprint;
  }

  get isWritten(): boolean {
    return this.#unwritten.length === 0;
  }

  /** Offsets of the unwritten rows of one counter begin here; undefined where it has none. */
  firstUnwritten(by: Counter): number | undefined {
    let first: number | undefined;
    for (const { by: whose, place } of this.#unwritten) {
      if (whose === by) first = Math.min(first ?? place.offset, place.offset);
    }
    return first;
  }

  /**
   * Counts rows, by offset ascending; what each fulfils. Where one fulfils the correlation for the first time, everything is
   * written before this resolves.
   */
  async count(
    by: Counter,
    rows: readonly CountedRow[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Row, readonly Fulfilled[]>> {
    const windows = this.#windows ?? (await this.#load(signal));
    const blobs = new Set(this.#unwritten.map(({ place }) => place.blob));
    const now = this.#deps.clock.now();
    const fulfilled = new Map<Row, readonly Fulfilled[]>();
    const added: { readonly row: Row; readonly entry: Unwritten }[] = [];
    let raises = false;
    for (const { row, place, events } of rows) {
      const isKnown = windows.isKnown(place);
      const found = windows.observe(place, events, now);
      if (found.length > 0) fulfilled.set(row, found);
      raises ||= found.length > 0 && !isKnown;
      // A count that is only in memory is not durable, whichever visit made it.
      if (isKnown && !blobs.has(place.blob)) continue;
      const entry: Unwritten = { by, place, events, isPassed: false };
      added.push({ row, entry });
      this.#unwritten.push(entry);
    }
    if (raises) {
      const again = await this.write(signal);
      for (const { row, entry } of again ? added : []) {
        const found = again?.get(entry) ?? [];
        if (found.length > 0) fulfilled.set(row, found);
        else fulfilled.delete(row);
      }
    }
    for (const { entry } of added) entry.isPassed = true;
    return fulfilled;
  }

  /**
   * Writes what was counted. Where others wrote meanwhile, gives what the rows that had been unwritten fulfil now.
   *
   * Throws CheckpointError.
   */
  async write(signal: AbortSignal): Promise<ReadonlyMap<Unwritten, readonly Fulfilled[]> | undefined> {
    if (this.#unwritten.length === 0) return undefined;
    signal.throwIfAborted();
    const { documents, clock } = this.#deps;
    const found: { again?: Map<Unwritten, readonly Fulfilled[]> } = {};
    const windows = this.#windows ?? (await this.#load(signal));
    const document: SharedDocument<CorrelationWindows> = {
      load: async () => {
        found.again = await this.#countAgain(signal);
        signal.throwIfAborted();
        this.#rereadWhatWasPassed(found.again);
        return { value: this.#windows, etag: this.#etag };
      },
      save: (counted, etag) => documents.put(this.#name, counted.state(clock.now()), etag),
    };
    const pauseMs = (failed: number) => Math.random() * Math.min(WAIT_MS, 10 * 2 ** failed);
    try {
      const outcome = await updateDocument(
        document,
        (counted = windows) => (this.isWritten ? { keep: counted } : { write: counted, result: counted }),
        { tries: TRIES, pause: { clock, ms: pauseMs, signal } },
        { value: windows, etag: this.#etag },
      );
      if (outcome.kind === 'busy') throw outcome.conflict;
      if (outcome.kind === 'written') this.#written(outcome.result, outcome.version.etag);
    } catch (error) {
      // Whether it was written is not known, or somebody else wrote: what is in memory is worth nothing.
      this.#windows = undefined;
      throw error;
    }
    return found.again;
  }

  /** All that was counted is in the document now. */
  #written(windows: CorrelationWindows, etag: string | undefined): void {
    this.#etag = etag;
    this.#tellForgotten(windows);
    const done = new Set(this.#unwritten.map(({ by }) => by));
    this.#unwritten = [];
    for (const by of done) by.written(this);
  }

  /** The rows of a counter that failed are read again, perhaps elsewhere: they must not stay counted in memory only. */
  abandon(by: Counter): void {
    if (this.firstUnwritten(by) === undefined) return;
    this.#unwritten = this.#unwritten.filter((one) => one.by !== by);
    this.#windows = undefined;
  }

  /** Begins with what is stored, and counts upon it what is not yet written. */
  async #load(signal: AbortSignal): Promise<CorrelationWindows> {
    this.#rereadWhatWasPassed(await this.#countAgain(signal));
    return this.#windows ?? new CorrelationWindows(this.rule.definition);
  }

  async #countAgain(signal: AbortSignal): Promise<Map<Unwritten, readonly Fulfilled[]>> {
    const { state, etag } = await this.#stored(signal);
    const windows = new CorrelationWindows(this.rule.definition, state);
    const now = this.#deps.clock.now();
    const again = new Map(
      this.#unwritten.map((entry) => [entry, windows.observe(entry.place, entry.events, now)]),
    );
    this.#windows = windows;
    this.#etag = etag;
    this.#told = {};
    return again;
  }

  #rereadWhatWasPassed(again: ReadonlyMap<Unwritten, readonly Fulfilled[]>): void {
    for (const [{ by, place, isPassed }, found] of again) {
      if (isPassed && found.length > 0) by.mustRereadFrom(place.offset);
    }
  }

  /** What is stored; nothing if it is unreadable: then counting starts over. */
  async #stored(
    signal: AbortSignal,
  ): Promise<{ readonly state: CorrelationState | undefined; readonly etag: string | undefined }> {
    const { documents, logger } = this.#deps;
    const beginAnew = (error: string) =>
      logger.error("A correlation's state is unreadable: it counts from 0", {
        rule: this.rule.rule.title,
        document: this.#name,
        error,
      });
    try {
      const stored = await documents.get(this.#name, signal);
      const parsed = stored && correlationState.safeParse(stored.value);
      if (parsed?.success === false) beginAnew(parsed.error.message);
      return { state: parsed?.data, etag: stored?.etag };
    } catch (error) {
      if (codeOf(error) !== 'checkpoint_unreadable') throw error;
      beginAnew(messageOf(error));
      // Without its ETag it cannot be written over.
      await documents.remove(this.#name);
      return { state: undefined, etag: undefined };
    }
  }

  #tellForgotten(windows: CorrelationWindows): void {
    const { logger, metrics } = this.#deps;
    for (const [reason, total] of Object.entries(windows.forgotten)) {
      const by = total - (this.#told[reason] ?? 0);
      if (by === 0) continue;
      metrics.count('xdr_relay_correlations_forgotten_total', { reason }, by);
      logger.warn('A correlation reached a limit and forgot its oldest entries', {
        rule: this.rule.rule.title,
        reason,
        count: by,
      });
    }
    this.#told = { ...windows.forgotten };
  }
}
