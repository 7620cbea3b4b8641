/** Remembers how the last requests to each destination ended, for the console: in memory, a few of each, without secrets. */
import type { Clock } from '../shared/clock.ts';
import { codeOf, messageOf } from '../shared/errors.ts';
import { DestinationRefusedError, RowsRefusedError } from './errors.ts';
import type { HttpReply } from './http.ts';
import { oneLine } from './reply.ts';

/** What is kept of each destination. */
export const MOST_LAST_REPLIES = 20;
/** Destinations of which something is kept. */
const MOST_DESTINATIONS = 200;
/** Of a reply's text. UTF-16 units. */
const LONGEST = 300;

/** What of a reply is looked through for secrets. UTF-16 units. */
const MOST_READ = 4_096;

/** How one request ended. */
export interface LastReply {
  /** When it ended, ms since the epoch. */
  readonly at: number;
  /** `refused`: the destination refuses the rows, or the relay. `failed`: it may take them later. */
  readonly result: 'accepted' | 'refused' | 'failed';
  /** The HTTP status; undefined where there was no reply, or no HTTP. */
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** The beginning of the reply, on one line. */
  readonly excerpt: string | undefined;
  readonly rows: number;
  readonly ms: number;
}

/** A request that is on its way. */
export interface Attempt {
  /** What the request is to be sent with, instead of the signal that was given: replies are told apart by it. */
  readonly signal: AbortSignal;
  /** The request has ended. @param error why it was not accepted. What was given up is not told. */
  ended(error?: unknown): void;
}

export interface LastRepliesOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
}

interface Seen {
  status: number | undefined;
  excerpt: string | undefined;
}

export class LastReplies {
  readonly #options: LastRepliesOptions;
  readonly #seen = new WeakMap<AbortSignal, Seen>();
  readonly #last = new Map<string, LastReply[]>();

  constructor(options: LastRepliesOptions) {
    this.#options = options;
  }

  /** The last replies of each destination, the newest first. */
  get all(): ReadonlyMap<string, readonly LastReply[]> {
    return this.#last;
  }

  /** A request to a destination begins. */
  begin(destination: string, rows: number, given: AbortSignal): Attempt {
    const { clock } = this.#options;
    const began = clock.monotonic();
    const signal = AbortSignal.any([given]);
    const seen: Seen = { status: undefined, excerpt: undefined };
    this.#seen.set(signal, seen);
    return {
      signal,
      ended: (error) => {
        if (error !== undefined && given.aborted) return;
        this.#add(destination, {
          at: clock.now(),
          result: resultOf(error),
          status: seen.status,
          code: error === undefined ? undefined : (codeOf(error) ?? 'destination_fault'),
          message: error === undefined ? undefined : this.#short(messageOf(error)),
          excerpt: seen.excerpt,
          rows,
          ms: Math.max(0, Math.round(clock.monotonic() - began)),
        });
      },
    };
  }

  /** Does `work` as one request. */
  async during<T>(
    destination: string,
    rows: number,
    given: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const attempt = this.begin(destination, rows, given);
    try {
      const result = await work(attempt.signal);
      attempt.ended();
      return result;
    } catch (error) {
      attempt.ended(error ?? new Error('unknown'));
      throw error;
    }
  }

  /** A reply came to a request that was sent with an attempt's signal; others, such as for tokens, are left out. @param secrets what it may repeat. */
  reply(signal: AbortSignal, { status, body }: HttpReply, secrets: readonly string[]): void {
    const seen = this.#seen.get(signal);
    if (!seen) return;
    seen.status = status;
    const text = this.#short(oneLine(body.slice(0, MOST_READ), secrets));
    seen.excerpt = text === '' ? undefined : text;
  }

  #short(text: string): string {
    const hidden = this.#options.hide(text);
    return hidden.length > LONGEST ? `${hidden.slice(0, LONGEST - 1)}…` : hidden;
  }

  #add(destination: string, reply: LastReply): void {
    const last = this.#last.get(destination) ?? [];
    if (last.length === 0 && this.#last.size >= MOST_DESTINATIONS) return;
    this.#last.set(destination, [reply, ...last.slice(0, MOST_LAST_REPLIES - 1)]);
  }
}

function resultOf(error: unknown): LastReply['result'] {
  if (error === undefined) return 'accepted';
  return error instanceof RowsRefusedError || error instanceof DestinationRefusedError ? 'refused' : 'failed';
}
