/** Runs the engine of the language server in a thread, so that a large set of rules does not keep the editor waiting. */
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { Engine } from './engine.ts';
import type { Reply, Request, Setup } from './messages.ts';

/** Answers the requests of the thread that started this one, one after another. */
export function runLspThread(): void {
  const port = parentPort;
  if (!port) throw new RelayError('unexpected', 'A thread was started as a process');
  const engine = new Engine(workerData as Setup);
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(async () => port.postMessage(await answer(engine, request)));
  });
}

async function answer(engine: Engine, request: Request): Promise<Reply> {
  const { id } = request;
  try {
    if (request.kind === 'test') return { kind: 'tested', id, run: engine.test(request.tests) };
    return { kind: 'analysis', id, projects: await engine.analyse(request.changes) };
  } catch (error) {
    return { kind: 'failed', id, message: messageOf(error) };
  }
}
