/** Keeps the document in which one correlation counts: loads it, counts rows, and writes it. */

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

/** How often a write is tried while other consumers write. */
const TRIES = 20;
/** The longest pause before another try. Milliseconds. */
const WAIT_MS = 500;

export interface CorrelationDeps {
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The visit whose rows are counted. */
export interface Counter {
  /** Called when no row of the counter waits in this book any more, because its rows were written. */
  written(book: CorrelationBook): void;
  /** Called when a row was passed on without an alert, and the rows that other consumers counted meanwhile change that: it must be read again from this offset. */
  mustRereadFrom(offset: number): void;
}

/** Everything that one row contributes to one correlation. */
export interface CountedRow {
  readonly row: Row;
  readonly place: PlacedRow;
  readonly events: readonly CorrelationEvent[];
}

/** A row that is counted in memory but not in the document yet. */
interface Unwritten {
  readonly by: Counter;
  readonly place: PlacedRow;
  readonly events: readonly CorrelationEvent[];
  /** Whether the row, with the alerts found so far, has been passed to the lanes. */
  isPassed: boolean;
}

/**
 * The windows of one correlation in this process: the document as last read or written, and the rows counted since.
 *
 * A result is final only once it is written over the same version of the document from which it was computed. If another consumer wrote
 * meanwhile, all unwritten rows are counted again on top of the new version. The methods must not run concurrently.
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

  /** The lowest offset among a counter's unwritten rows; undefined if it has none. */
  firstUnwritten(by: Counter): number | undefined {
    let first: number | undefined;
    for (const { by: whose, place } of this.#unwritten) {
      if (whose === by) first = Math.min(first ?? place.offset, place.offset);
    }
    return first;
  }

  /**
   * Counts rows, which must come by ascending offset, and returns what each fulfils. If a row fulfils the correlation for the first
   * time, everything is written before this resolves.
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
      // A row counted only in memory is not durable, whichever visit counted it.
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
   * Writes the counted rows. If other consumers wrote meanwhile, returns what the rows that were unwritten fulfil now.
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
      // Either it is unknown whether the write succeeded, or another consumer wrote, so the windows in memory are invalid.
      this.#windows = undefined;
      throw error;
    }
    return found.again;
  }

  /** Records that the document now contains all counted rows. */
  #written(windows: CorrelationWindows, etag: string | undefined): void {
    this.#etag = etag;
    this.#tellForgotten(windows);
    const done = new Set(this.#unwritten.map(({ by }) => by));
    this.#unwritten = [];
    for (const by of done) by.written(this);
  }

  /** Removes the unwritten rows of a counter that failed: they are read again, perhaps by another consumer, and must not be counted twice. */
  abandon(by: Counter): void {
    if (this.firstUnwritten(by) === undefined) return;
    this.#unwritten = this.#unwritten.filter((one) => one.by !== by);
    this.#windows = undefined;
  }

  /** Loads the document, and counts the unwritten rows on top of it. */
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

  /** The stored windows; empty if the document is unreadable, so that counting starts over. */
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
      // The unreadable document has no known ETag, so it cannot be overwritten and is removed.
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
