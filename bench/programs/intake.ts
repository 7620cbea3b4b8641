/** Measures how long one request to /events, or one message of a Storage Queue, holds the event loop. */

import { MemoryQueue } from '../../lab/memory/queue.ts';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { createApp } from '../../routes/app.ts';
import { MessageError } from '../../src/event-grid/errors.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';
import { taskFromMessage } from '../../src/event-grid/tasks.ts';
import { close, listen } from '../../src/hosts/node/listen.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { codeOf } from '../../src/shared/errors.ts';
import { report } from '../program.ts';

// How long one request to /events, or one message of a Storage Queue, holds the event loop at most: the longest time between
// two turns of it while a real server on loopback answers. The least of five, as the machine does other things too.
// Usage: node bench/programs/intake.ts

const KEY = 'a-key-that-is-long-enough';
const BYTES = 1_400_000;
const TIMES = 5;

const source = sourceAccount({ account: 'contoso', containerPrefix: 'insights-logs-' });
const app = createApp({
  events: {
    queue: new MemoryQueue('bench', systemClock),
    sources: [source],
    keys: [KEY],
    allowedOrigins: ['eventgrid.azure.net'],
    bodyLimit: 1_572_864,
    clock: systemClock,
    logger: silentLogger,
    metrics: silentMetrics,
  },
  logger: silentLogger,
});
const { server, port } = await listen(app.fetch, '127.0.0.1', 0);

const good = (n: number, filler = '') => ({
  id: String(n),
  eventType: 'Microsoft.Storage.BlobCreated',
  subject: filler,
  data: { url: `https://contoso.blob.core.windows.net/insights-logs-x/t/${n}.json` },
});
const filled = (piece: (n: number) => string, bytes = BYTES): string => {
  const pieces: string[] = [];
  for (let size = 2; size < bytes; size += (pieces.at(-1)?.length ?? 0) + 1)
    pieces.push(piece(pieces.length));
  return `[${pieces.slice(0, -1).join(',')}]`;
};
const bodies: Readonly<Record<string, string>> = {
  'empty objects': filled(() => '{}'),
  numbers: filled(() => '1'),
  'malformed events of 300 bytes': filled((n) => JSON.stringify({ id: n, x: 'x'.repeat(285) })),
  'malformed CloudEvents of 300 bytes': filled((n) => JSON.stringify({ specversion: n, x: 'x'.repeat(270) })),
  'BlobCreated whose data is malformed': filled((n) =>
    JSON.stringify({ ...good(n, 'x'.repeat(210)), data: { url: 1 } }),
  ),
  'nested arrays': `${'['.repeat(BYTES / 2)}${']'.repeat(BYTES / 2)}`,
  'one event of very many keys': filled((n) => `"${n}":0`)
    .replace('[', '{')
    .replace(/]$/, '}'),
  '4,000 good events': filled((n) => JSON.stringify(good(n, 'x'.repeat(200)))),
};

/** The longest time between two turns of the event loop while `work` goes on. Milliseconds. */
async function held(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let going = true;
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  await new Promise((resolve) => setImmediate(resolve));
  going = false;
  return longest;
}

async function measure(name: string, work: () => Promise<string | number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let outcome: string | number = '';
  for (let time = 0; time < TIMES; time++) {
    least = Math.min(
      least,
      await held(async () => {
        outcome = await work();
      }),
    );
  }
  report({ measure: { name: name.slice(0, 45), value: least, unit: 'ms', note: `answered ${outcome}` } });
}

for (const [name, body] of Object.entries(bodies)) {
  await measure(`POST ${name}`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/events?code=${KEY}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  });
}
await measure('OPTIONS with 12 KB of headers', async () => {
  const headers = {
    'webhook-request-origin': 'x'.repeat(6_000),
    authorization: `Bearer ${' '.repeat(6_000)}x`,
  };
  return (await fetch(`http://127.0.0.1:${port}/events`, { method: 'OPTIONS', headers })).status;
});
for (const [name, piece] of [
  ['empty objects', '{}'],
  ['malformed events', '{"id":1}'],
] as const) {
  const message = filled(() => piece, 48_000);
  await measure(`queue message of ${name}`, async () => {
    try {
      return taskFromMessage(message, [source]).tasks.length;
    } catch (error) {
      if (error instanceof MessageError) return codeOf(error) ?? '';
      throw error;
    }
  });
}
await close(server);
