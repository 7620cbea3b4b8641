/** Several threads that consume, as one: started together, ready together, and ended together. */
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Capture } from '../../../relay/capture/document.ts';
import type { Stopping } from '../../../relay/source/deps.ts';
import type { Clock } from '../../../shared/clock.ts';
import { RelayError } from '../../../shared/errors.ts';
import { whenAborted } from '../../../shared/when-aborted.ts';
import { countedOnly, type MetricsAsJson } from '../metrics.ts';
import type { Reloadable } from '../reload/reloader.ts';
import type { FromThread, Replies, ThreadData, ToThread, Trouble } from './messages.ts';

/** A thread's heap is not limited below this. MiB. */
const LEAST_HEAP = 96;
/** A thread that does not tell its metrics in this time is shown with what it had counted before. Milliseconds. */
const METRICS_WITHIN_MS = 2_000;

/** After one thread has failed, the others get so long to finish what they have begun; then the process ends without them. Milliseconds. */
const OTHERS_END_WITHIN_MS = 25_000;

export interface ThreadsOptions extends Omit<ThreadData, 'index'> {
  /** The file that calls {@link runThread}. */
  readonly file: string;
  /** `stop`: all threads finish what is on its way and end; `abort`: they give it up. */
  readonly stopping: Stopping;
  readonly clock: Pick<Clock, 'after'>;
}

/** How long a thread may take for a step of a change of the configuration: it compiles all rules. Milliseconds. */
const CHANGE_WITHIN_MS = 60_000;

/** Threads that were started. As {@link Reloadable} they change together: when one cannot, none does. */
export interface Threads extends Reloadable {
  /** Resolves when all are ready to work; until then `trouble` says what they wait for. */
  readonly ready: Promise<void>;
  /** What the start of a thread waits for, if one waits. */
  trouble(): RelayError | undefined;
  /** Resolves when all have ended after the signal; rejects as soon as one fails, and ends the others. */
  readonly ended: Promise<void>;
  /** Looks for changed rules in each. */
  lookAgain(): void;
  /** Tells all that a message was sent to the queue, which one of them is to take when it is due. */
  sent(dueMs: number): void;
  /** Tells all which captures are under way. */
  follow(captures: readonly Capture[]): void;
  /** Calls the listener after each rule set that came into force in one of them. */
  onRulesChange(listener: () => void): void;
  /** The metrics of all threads; of one that does not answer in time, what it had counted when it did last. */
  metrics(): Promise<readonly MetricsAsJson[]>;
  /** How the last requests to the destinations ended, of each thread, as of its last metrics. */
  replies(): readonly Replies[];
}

/**
 * The file that runs a thread: it lies beside the command that was started, from the sources or built. Throws a RelayError
 * `threads_unavailable` where there is none, as where the relay is not started by its command.
 *
 * @param command path of the command, `process.argv[1]`.
 */
export async function threadFile(command: string | undefined): Promise<string> {
  const file = await fileBeside(command, 'thread');
  if (file !== undefined) return file;
  throw new RelayError(
    'threads_unavailable',
    'limits.threads needs the xdr-relay command: the file that runs a thread lies beside it',
  );
}

/** A file beside the command that was started, from the sources or built; undefined if there is none. @param name without its ending. */
export async function fileBeside(command: string | undefined, name: string): Promise<string | undefined> {
  if (command === undefined) return undefined;
  const folder = dirname(await realpath(command));
  for (const ending of ['js', 'ts']) {
    const file = await realpath(join(folder, `${name}.${ending}`)).catch(() => undefined);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** Starts the threads. They share the heap that this process may have. */
export function startThreads({ file, stopping, clock, ...data }: ThreadsOptions): Threads {
  const heapMiB = Math.max(
    LEAST_HEAP,
    Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20 / data.threads),
  );
  const threads = Array.from(
    { length: data.threads },
    (_, index) => new Thread(file, { ...data, index }, heapMiB),
  );
  const tellAll = (message: ToThread) => {
    for (const thread of threads) thread.tell(message);
  };
  const stop = () => tellAll({ kind: 'stop' });
  whenAborted(stopping.stop, stop);
  whenAborted(stopping.abort, () => tellAll({ kind: 'abort' }));
  const ready = Promise.all(threads.map((thread) => thread.ready)).then(() => {});
  // Whether it is awaited is the caller's affair: a failure is told by `ended` in any case.
  ready.catch(() => {});
  return {
    ready,
    ended: allEnded(threads, stop, clock),
    trouble: () => threads.map((thread) => thread.trouble).find((trouble) => trouble !== undefined),
    lookAgain: () => tellAll({ kind: 'look_again' }),
    onRulesChange(listener) {
      for (const thread of threads) thread.onRulesChange = listener;
    },
    async prepare({ config, secrets }) {
      const all = (step: (thread: Thread) => Promise<void>) => together(threads, step);
      const drop = () => all((thread) => thread.ask((request) => ({ kind: 'drop', request }), clock));
      try {
        await all((thread) =>
          thread.ask((request) => ({ kind: 'prepare', request, next: { config, secrets } }), clock),
        );
      } catch (error) {
        await drop().catch(() => {});
        throw error;
      }
      return {
        apply: () => all((thread) => thread.ask((request) => ({ kind: 'apply', request }), clock)),
        drop,
      };
    },
    sent: (dueMs) => tellAll({ kind: 'sent', dueMs }),
    follow: (captures) => tellAll({ kind: 'captures', captures }),
    replies: () => threads.flatMap(({ replies }) => replies ?? []),
    metrics: async () => (await Promise.all(threads.map((thread) => thread.metrics(clock)))).flat(),
  };
}

/** Waits for all, and then rejects with the first failure. */
async function together(threads: readonly Thread[], step: (thread: Thread) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(threads.map(step));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function allEnded(
  threads: readonly Thread[],
  stop: () => void,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  try {
    await Promise.all(threads.map((thread) => thread.ended));
  } catch (error) {
    // Without one of them, blobs would wait for its return: the process ends, and is started again. A thread that hangs must not keep it.
    stop();
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(OTHERS_END_WITHIN_MS, resolve);
    await Promise.race([Promise.allSettled(threads.map((thread) => thread.ended)), waited]);
    cancel();
    throw error;
  }
}

const ENDED: Trouble = { code: 'thread_failed', message: 'it has ended' };
const SILENT: Trouble = { code: 'thread_failed', message: `no answer in ${CHANGE_WITHIN_MS / 1000} s` };

/** One thread, as the main thread sees it. */
class Thread {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #asked = new Map<number, (metrics: MetricsAsJson | undefined) => void>();
  readonly #steps = new Map<number, (trouble: Trouble | undefined) => void>();
  readonly #name: string;
  onRulesChange: () => void = () => {};
  /** As of its last metrics. */
  replies: Replies | undefined;
  #trouble: RelayError | undefined;
  #requests = 0;
  #counted: MetricsAsJson | undefined;
  #hasEnded = false;

  constructor(file: string, data: ThreadData, heapMiB: number) {
    this.#name = `thread ${data.index + 1}`;
    this.#worker = new Worker(file, {
      workerData: data,
      name: `consumer ${data.index + 1}`,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    let failure: RelayError | undefined;
    this.#worker.on('message', (message: FromThread) => {
      if (message.kind === 'ready') {
        this.#trouble = undefined;
        ready.resolve();
      } else if (message.kind === 'starting') this.#trouble = message.trouble && errorOf(message.trouble);
      else if (message.kind === 'failed') failure = errorOf(message.trouble);
      else if (message.kind === 'rules_changed') this.onRulesChange();
      else if (message.kind === 'answer') this.#steps.get(message.request)?.(message.trouble);
      else {
        this.#counted = countedOnly(message.metrics);
        this.replies = message.replies;
        if (message.request !== undefined) this.#asked.get(message.request)?.(message.metrics);
      }
    });
    this.#worker.on('error', (error) => {
      failure = new RelayError('thread_failed', `A thread failed: ${error.message}`, { cause: error });
    });
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      for (const answer of this.#asked.values()) answer(undefined);
      for (const answer of this.#steps.values()) answer(ENDED);
      if (failure) {
        ready.reject(failure);
        ended.reject(failure);
      } else {
        ready.resolve();
        ended.resolve();
      }
    });
    this.ready = ready.promise;
    this.ended = ended.promise;
  }

  get trouble(): RelayError | undefined {
    return this.#trouble;
  }

  tell(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  /** Lets it take a step of a change. Rejects with its trouble, and if it does not answer in time. */
  async ask(message: (request: number) => ToThread, clock: Pick<Clock, 'after'>): Promise<void> {
    const request = this.#requests++;
    const { promise, resolve } = Promise.withResolvers<Trouble | undefined>();
    this.#steps.set(request, resolve);
    const cancel = clock.after(CHANGE_WITHIN_MS, () => resolve(SILENT));
    if (this.#hasEnded) resolve(ENDED);
    else this.tell(message(request));
    try {
      const trouble = await promise;
      if (trouble) throw errorOf({ ...trouble, message: `${this.#name}: ${trouble.message}` });
    } finally {
      cancel();
      this.#steps.delete(request);
    }
  }

  /** Without gauges where it does not answer in time; empty where it never did. */
  async metrics(clock: Pick<Clock, 'after'>): Promise<readonly MetricsAsJson[]> {
    const counted = () => (this.#counted ? [this.#counted] : []);
    if (this.#hasEnded) return counted();
    const request = this.#requests++;
    const { promise, resolve } = Promise.withResolvers<MetricsAsJson | undefined>();
    this.#asked.set(request, resolve);
    const cancel = clock.after(METRICS_WITHIN_MS, () => resolve(undefined));
    this.tell({ kind: 'metrics', request });
    try {
      const metrics = await promise;
      return metrics ? [metrics] : counted();
    } finally {
      cancel();
      this.#asked.delete(request);
    }
  }
}

function errorOf({ code, message }: Trouble): RelayError {
  return new RelayError(code ?? 'thread_failed', message);
}
