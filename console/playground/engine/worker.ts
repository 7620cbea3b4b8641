/** The worker in which the engine runs, so that a costly rule never holds up the page, which ends the worker after a while. */
import { parts } from 'virtual:late-parts';
import { messageOf } from '../../../src/shared/errors.ts';
import { Engine } from './engine.ts';
import type { AskKind, Asks, Reply, Request } from './messages.ts';

const engine = new Engine({ parts });

/** One after the other: what is asked later may need what was checked before. */
let last: Promise<unknown> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  last = last.then(() => reply(data));
});

async function reply(request: Request): Promise<void> {
  let told: Reply;
  try {
    told = { id: request.id, answer: await answerTo(request) };
  } catch (error) {
    told = { id: request.id, failure: messageOf(error) };
  }
  postMessage(told);
}

async function answerTo(request: Request): Promise<Asks[AskKind]['answer']> {
  switch (request.kind) {
    case 'check':
      return await engine.check(request);
    case 'run':
      return await engine.run(request);
    case 'row':
      return await engine.row(request);
    case 'complete':
      return await engine.complete(request);
    case 'hover':
      return await engine.hover(request);
    case 'share':
      return await engine.share(request);
    case 'open':
      return engine.open(request);
  }
}
