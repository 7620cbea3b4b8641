/** The body of a download: what a socket has received and its reader has not taken yet, in pages that are used again. */
import { Readable } from 'node:stream';
import type { PassingBody } from '../../azure/downloads.ts';
import { withDeadline } from '../../shared/deadline.ts';

/** What is handed out at once, at most. Bytes. */
const PAGE_BYTES = 262_144;
/** What a socket may read at once, so that a page with less room is full. Bytes. */
export const READ_BYTES = 65_536;
/** A reader waits until so much is there, or the end. Bytes. */
const WORTH_TAKING = 32_768;
/** How many pages are kept for other bodies. One that is read takes two. */
const MOST_SPARE = 4;

/** Pages that nobody reads any more. */
const spare: Buffer[] = [];

interface Page {
  readonly bytes: Buffer;
  filled: number;
}

/**
 * For one reader, who calls {@link next}. A reader who takes it as a stream gets copies; it is paused until then.
 *
 * Pages are used again because V8 counts all memory of buffers against the limit at which it looks through the whole heap: memory for each read of
 * a socket, and for each piece of a body, cost more than all else of a download.
 */
export class DownloadBody extends Readable implements PassingBody {
  readonly length: number;
  /** Asks for more of the socket, where {@link add} said that it was enough. */
  readonly #resume: () => void;
  readonly #pages: Page[] = [];
  /** The page that the reader has. */
  #taken: Page | undefined;
  #received = 0;
  #isFull = false;
  #failure: unknown;
  #wake: (() => void) | undefined;
  #stop: (() => void) | undefined;

  /** @param length how many bytes it has, above 0. */
  constructor(length: number, resume: () => void) {
    super();
    this.length = length;
    this.#resume = resume;
    this.pause();
  }

  /** How many bytes have not come yet. */
  get missing(): number {
    return this.length - this.#received;
  }

  /** Adds bytes, as copies; at most {@link READ_BYTES}. Returns whether more are welcome. They are never refused. */
  add(bytes: Uint8Array): boolean {
    this.#received += bytes.length;
    if (this.destroyed) return true;
    let page = this.#pages.at(-1);
    if (page === undefined || PAGE_BYTES - page.filled < bytes.length) {
      page = { bytes: spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES), filled: 0 };
      this.#pages.push(page);
    }
    page.bytes.set(bytes, page.filled);
    page.filled += bytes.length;
    this.#wake?.();
    this.#isFull = this.missing > 0 && (this.#pages.length > 1 || PAGE_BYTES - page.filled < READ_BYTES);
    return !this.#isFull;
  }

  /** Nothing more comes, because of this error. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  /** @param stop is called when the reader has enough before everything has come. */
  whenLeft(stop: () => void): void {
    this.#stop = stop;
  }

  async next(idleMs: number, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    this.#giveBack();
    while (!this.#isReady) {
      try {
        await withDeadline(idleMs, signal, () => this.#more());
      } catch (thrown) {
        signal?.throwIfAborted();
        this.fail(thrown);
      }
    }
    signal?.throwIfAborted();
    const page = this.#pages.shift();
    if (page) {
      this.#taken = page;
      if (this.#isFull) {
        this.#isFull = false;
        this.#resume();
      }
      return page.bytes.subarray(0, page.filled);
    }
    if (this.missing > 0) throw this.#failure;
    return undefined;
  }

  override _read(): void {
    this.next(NEVER_MS, undefined).then(
      (bytes) => this.push(bytes ? Buffer.from(bytes) : null),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#giveBack();
    for (const { bytes } of this.#pages.splice(0)) keep(bytes);
    this.fail(error ?? new Error('the body is not read any more'));
    if (this.missing > 0) this.#stop?.();
    done(error);
  }

  get #isReady(): boolean {
    const filled = this.#pages[0]?.filled ?? 0;
    return filled >= WORTH_TAKING || this.missing === 0 || this.#failure !== undefined;
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #giveBack(): void {
    if (this.#taken) keep(this.#taken.bytes);
    this.#taken = undefined;
  }
}

/** The longest time that a timer can wait. The reader of the stream has a time limit of its own. */
const NEVER_MS = 2 ** 31 - 1;

function keep(page: Buffer): void {
  if (spare.length < MOST_SPARE) spare.push(page);
}
