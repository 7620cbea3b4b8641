/** The page's side of the worker with the engine: what is asked, the time limit, and the worker that takes the place of one that took too long. */
import type { AskKind, Asks, Reply, Request } from './engine/messages.ts';

/** The engine did not answer in time and was ended. */
export class StoppedError extends Error {
  constructor(ms: number) {
    super(`The rules were stopped: they took longer than ${ms / 1000} s`);
    this.name = new.target.name;
  }
}

export interface EngineOptions {
  readonly start: () => Worker;
  /** How long an answer may take. Milliseconds. */
  readonly limitMs: number;
  /** How long the first answer of a worker may take, which has to be loaded. Milliseconds. */
  readonly firstMs: number;
}

interface Waiting {
  readonly resolve: (answer: Asks[AskKind]['answer']) => void;
  readonly reject: (error: Error) => void;
}

/** The limits that people see. */
export const LIMITS = { limitMs: 4_000, firstMs: 30_000 } as const;

export class EngineClient {
  readonly #options: EngineOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #isLoaded = false;
  #next = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Rejects with a {@link StoppedError} where an answer took too long, and with an Error for what else went wrong. */
  ask<K extends AskKind>(kind: K, of: Asks[K]['of']): Promise<Asks[K]['answer']> {
    const id = this.#next++;
    const worker = this.#worker ?? this.#start();
    return new Promise((resolve, reject) => {
      // The answer to a request is of its kind: the worker answers each by its id.
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ id, kind, ...of } as unknown as Request);
      if (this.#waiting.size === 1) this.#watch();
    });
  }

  close(): void {
    this.#end(new Error('The page was left'));
  }

  #start(): Worker {
    const worker = this.#options.start();
    this.#worker = worker;
    this.#isLoaded = false;
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => this.#answered(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#end(new Error(event.message || 'The engine could not be loaded'));
    });
    return worker;
  }

  #answered(reply: Reply): void {
    this.#isLoaded = true;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    this.#watch();
    if ('failure' in reply) waiting?.reject(new Error(reply.failure));
    else waiting?.resolve(reply.answer);
  }

  /** Requests wait for each other, so that each answer begins the time of the next. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0) return;
    const { limitMs, firstMs } = this.#options;
    this.#timer = setTimeout(() => this.#end(new StoppedError(limitMs)), this.#isLoaded ? limitMs : firstMs);
  }

  #end(error: Error): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
