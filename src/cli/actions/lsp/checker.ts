/** Has documents checked by a thread after they changed, and drops what a newer text made out of date. */
import { Worker } from 'node:worker_threads';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { Changes, Project, Reply, Request, Setup, TestAt, TestRun } from './messages.ts';

/** A person who types pauses for longer. Milliseconds. */
const SETTLE_MS = 200;
/** How long an answer to a keystroke waits for the first check of a project. Milliseconds. */
const FIRST_CHECK_MS = 5_000;
/** A thread that does not answer for so long is ended: no set of rules takes so long. Milliseconds. */
const ANSWER_MS = 120_000;
/** A thread is replaced so many times without an answer between. */
const MOST_RESTARTS = 5;

export interface CheckerOptions {
  /** The file that the thread runs. */
  readonly thread: string;
  readonly setup: Setup;
  /** How long an answer of the thread may take; default: two minutes. Milliseconds. */
  readonly answerMs?: number;
  /** Called with the result of each check. `isCurrent`: whether a document has not changed since the check began. */
  readonly onChecked: (projects: readonly Project[], isCurrent: (path: string) => boolean) => void;
  /** Called if a check or the thread fails. */
  readonly onFailure: (message: string) => void;
}

export class Checker {
  readonly #options: CheckerOptions;
  /** Undefined once too many have failed. */
  #worker: Worker | undefined;
  /** Open documents, which a new thread needs. */
  readonly #texts = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #closed = new Set<string>();
  /** Documents that changed after the check that runs had begun. */
  readonly #outdated = new Set<string>();
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #mustReload = true;
  /** The check that runs. */
  #running: Promise<void> | undefined;
  #isWanted = false;
  #cancel: () => void = () => {};
  #requests = 0;
  #restarts = 0;
  readonly #first = Promise.withResolvers<void>();

  constructor(options: CheckerOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  change(path: string, text: string): void {
    this.#texts.set(path, text);
    this.#changed.add(path);
    this.#closed.delete(path);
    this.#outdated.add(path);
    this.#soon();
  }

  close(path: string): void {
    this.#texts.delete(path);
    this.#changed.delete(path);
    this.#closed.add(path);
    this.#outdated.add(path);
    this.reload();
  }

  /** Files on the disk have changed. */
  reload(): void {
    this.#mustReload = true;
    this.#soon();
  }

  /** Resolves when something was checked, or after some seconds. */
  async firstCheck(): Promise<void> {
    await Promise.race([this.#first.promise, systemClock.sleep(FIRST_CHECK_MS)]);
  }

  /** Checks what has changed, then runs tests. */
  async test(tests: readonly TestAt[]): Promise<TestRun> {
    this.#cancel();
    // A check that runs may have begun with an older text.
    while (this.#running) await this.#running;
    await this.#check();
    const reply = await this.#ask({ kind: 'test', tests });
    if (reply.kind === 'tested') return reply.run;
    return { problem: reply.kind === 'failed' ? reply.message : 'no answer', passed: 0, failures: [] };
  }

  async stop(): Promise<void> {
    this.#cancel();
    const ending = this.#worker;
    this.#worker = undefined;
    await ending?.terminate();
  }

  #soon(): void {
    this.#cancel();
    this.#cancel = systemClock.after(SETTLE_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    if (this.#running) {
      this.#isWanted = true;
      return;
    }
    this.#running = this.#checkNow();
    await this.#running;
  }

  async #checkNow(): Promise<void> {
    const changes: Changes = {
      opened: [...this.#changed].flatMap((path) => {
        const text = this.#texts.get(path);
        return text === undefined ? [] : [{ path, text }];
      }),
      closed: [...this.#closed],
      reload: this.#mustReload,
    };
    this.#changed.clear();
    this.#closed.clear();
    this.#outdated.clear();
    this.#mustReload = false;
    const reply = await this.#ask({ kind: 'analyse', changes });
    this.#running = undefined;
    if (reply.kind === 'analysis') {
      this.#first.resolve();
      this.#options.onChecked(reply.projects, (path) => !this.#outdated.has(path));
    } else if (reply.kind === 'failed') this.#options.onFailure(reply.message);
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#soon();
    }
  }

  #ask(request: RequestWithoutId): Promise<Reply> {
    this.#requests += 1;
    const id = this.#requests;
    const worker = this.#worker;
    if (!worker)
      return Promise.resolve({ kind: 'failed', id, message: 'the thread that checks them has ended' });
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const cancel = systemClock.after(this.#options.answerMs ?? ANSWER_MS, () => {
      void worker.terminate();
      this.#failed(worker, 'the check took too long');
    });
    this.#waiting.set(id, (reply) => {
      cancel();
      resolve(reply);
    });
    worker.postMessage({ ...request, id } as Request);
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(this.#options.thread, { workerData: this.#options.setup, name: 'rules' });
    worker.on('message', (reply: Reply) => {
      this.#restarts = 0;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    worker.on('error', (error) => this.#failed(worker, messageOf(error)));
    return worker;
  }

  /** A thread that ran out of memory or of time is replaced a few times: the text that it failed on may change. */
  #failed(worker: Worker, message: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    for (const [id, answer] of this.#waiting) answer({ kind: 'failed', id, message });
    this.#waiting.clear();
    this.#restarts += 1;
    if (this.#restarts > MOST_RESTARTS) return;
    this.#worker = this.#start();
    for (const path of this.#texts.keys()) this.#changed.add(path);
    this.#mustReload = true;
  }
}

type RequestWithoutId =
  | { readonly kind: 'analyse'; readonly changes: Changes }
  | { readonly kind: 'test'; readonly tests: readonly TestAt[] };
