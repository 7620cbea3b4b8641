/** One thread that consumes: the whole way of a row, from its blob to its destinations, beside the other threads of the process. */
import { parentPort, workerData } from 'node:worker_threads';
import { storeUsageRegularly } from '../../../relay/cost/usage.ts';
import { codeOf, messageOf, RelayError } from '../../../shared/errors.ts';
import { nodeParts } from '../parts.ts';
import { runConsumer } from '../run-consumer.ts';
import { shuttingDown } from '../shutting-down.ts';
import type { FromThread, ThreadData, ToThread } from './messages.ts';

/** Runs in a thread that {@link startThreads} started, until the main thread says `stop`. Never rejects: a failure is told. */
export async function runThread(): Promise<void> {
  const port = parentPort;
  if (!port) throw new RelayError('unexpected', 'A thread was started as a process');
  const tell = (message: FromThread) => port.postMessage(message);
  try {
    await runFor(workerData as ThreadData, tell, (listener) => port.on('message', listener));
  } catch (error) {
    tell({ kind: 'failed', trouble: { code: codeOf(error), message: messageIn(error) } });
  } finally {
    port.close();
  }
}

async function runFor(
  { configFile, strictRules, index, threads }: ThreadData,
  tell: (message: FromThread) => void,
  onMessage: (listener: (message: ToThread) => void) => void,
): Promise<void> {
  const parts = await nodeParts(configFile, 'thread');
  const { services, ports, start, operations, outdated, telemetry } = parts;
  const stop = new AbortController();
  const abort = new AbortController();
  let lookAgain: (() => void) | undefined;
  onMessage((message) => {
    if (message.kind === 'look_again') lookAgain?.();
    else if (message.kind === 'sent') ports.queue.expect(message.dueMs);
    else if (message.kind === 'metrics') {
      const { request } = message;
      void services.metrics.asJson().then((metrics) => tell({ kind: 'metrics', request, metrics }));
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
      stopping: { stop: stopped, abort: abort.signal },
      onRules: (again) => {
        lookAgain = again;
      },
      onReady: () => tell({ kind: 'ready' }),
      thread: { index, threads },
    });
  } catch (error) {
    if (!stopped.aborted || error !== stopped.reason) throw error;
  } finally {
    ended.abort();
    await Promise.all([storing, exporting]);
    tell({ kind: 'metrics', metrics: await services.metrics.asJson() });
  }
  outdated.throwIfAborted();
}

/** The rules' errors have lines, which {@link messageOf} would join. */
function messageIn(error: unknown): string {
  return error instanceof RelayError ? error.message : messageOf(error);
}
