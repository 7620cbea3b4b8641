/** One thread that consumes: the whole way of a row, from its blob to its destinations, beside the other threads of the process. */
import { parentPort, workerData } from 'node:worker_threads';
import { storeUsageRegularly } from '../../../relay/cost/usage.ts';
import { codeOf, messageOf, RelayError } from '../../../shared/errors.ts';
import type { LoadedConfig } from '../config-file.ts';
import type { NodeLogger } from '../logger.ts';
import { nodeParts } from '../parts.ts';
import type { Prepared } from '../reload/reloader.ts';
import { type ReadyConsumer, runConsumer } from '../run-consumer.ts';
import { shuttingDown } from '../shutting-down.ts';
import type { FromThread, ThreadData, ToThread, Trouble } from './messages.ts';

/** Runs in a thread that {@link startThreads} started, until the main thread says `stop`. Never rejects: a failure is told. */
export async function runThread(): Promise<void> {
  const port = parentPort;
  if (!port) throw new RelayError('unexpected', 'A thread was started as a process');
  const tell = (message: FromThread) => port.postMessage(message);
  try {
    await runFor(workerData as ThreadData, tell, (listener) => port.on('message', listener));
  } catch (error) {
    tell({ kind: 'failed', trouble: troubleOf(error) });
  } finally {
    port.close();
  }
}

async function runFor(
  { loaded, strictRules, compiledFolder, index, threads }: ThreadData,
  tell: (message: FromThread) => void,
  onMessage: (listener: (message: ToThread) => void) => void,
): Promise<void> {
  const parts = await nodeParts({ ...loaded, warnings: [] }, 'thread');
  const { services, ports, start, operations, outdated, telemetry, replies, capture } = parts;
  const figures = async () => ({
    kind: 'metrics' as const,
    metrics: await services.metrics.asJson(),
    ...(replies && { replies: replies.all }),
  });
  const stop = new AbortController();
  const abort = new AbortController();
  let lookAgain: (() => void) | undefined;
  let consumer: ReadyConsumer | undefined;
  const change = changesOf(services.logger, () => consumer);
  onMessage((message) => {
    if (message.kind === 'look_again') lookAgain?.();
    else if (message.kind === 'captures') capture?.follow(message.captures);
    else if (message.kind === 'sent') ports.queue.expect(message.dueMs);
    else if (message.kind === 'metrics') {
      const { request } = message;
      void figures().then((metrics) => tell({ request, ...metrics }));
    } else if (message.kind === 'prepare' || message.kind === 'apply' || message.kind === 'drop') {
      const { request } = message;
      change(message).then(
        () => tell({ kind: 'answer', request }),
        (error) => tell({ kind: 'answer', request, trouble: troubleOf(error) }),
      );
    } else {
      (message.kind === 'stop' ? stop : abort).abort(shuttingDown());
    }
  });
  start.onTrouble((error) =>
    tell({
      kind: 'starting',
      ...(error && { trouble: { code: error.code, message: error.message } }),
    }),
  );
  const stopped = AbortSignal.any([stop.signal, outdated]);
  const ended = new AbortController();
  const storing = storeUsageRegularly({ ...services, documents: ports.documents }, operations, ended.signal);
  const exporting = telemetry?.run(undefined, ended.signal);
  try {
    await runConsumer(parts, {
      strictRules,
      compiledFolder,
      stopping: { stop: stopped, abort: abort.signal },
      onRules: (again) => {
        lookAgain = again;
      },
      onReady: (ready) => {
        consumer = ready;
        ready.onRulesChange(() => tell({ kind: 'rules_changed' }));
        tell({ kind: 'ready' });
      },
      thread: { index, threads },
    });
  } catch (error) {
    if (!stopped.aborted || error !== stopped.reason) throw error;
  } finally {
    ended.abort();
    await Promise.all([storing, exporting]);
    tell(await figures());
  }
  outdated.throwIfAborted();
}

type ChangeMessage = Extract<ToThread, { readonly kind: 'prepare' | 'apply' | 'drop' }>;

/** Takes the steps of a change of the configuration, which the main thread orders. Rejects with what is wrong with it. */
function changesOf(
  logger: NodeLogger,
  consumer: () => ReadyConsumer | undefined,
): (message: ChangeMessage) => Promise<void> {
  let prepared: Prepared | undefined;
  let next: Pick<LoadedConfig, 'config' | 'secrets'> | undefined;
  return async (message) => {
    if (message.kind === 'prepare') {
      const ready = consumer();
      if (!ready) throw new RelayError('starting', 'the thread is starting');
      await prepared?.drop();
      next = message.next;
      prepared = undefined;
      prepared = await ready.prepare(message.next);
      return;
    }
    const step = prepared;
    prepared = undefined;
    if (message.kind === 'drop') return step?.drop();
    if (!step || !next) throw new RelayError('unexpected', 'the thread was not prepared for this');
    logger.change({ level: next.config.log.level, secrets: next.secrets });
    await step.apply();
  };
}

function troubleOf(error: unknown): Trouble {
  return { code: codeOf(error), message: messageIn(error) };
}

/** The rules' errors have lines, which {@link messageOf} would join. */
function messageIn(error: unknown): string {
  return error instanceof RelayError ? error.message : messageOf(error);
}
