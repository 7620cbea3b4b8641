/** Accepts every request as Splunk HEC and webhooks do, and counts the events: a process of its own, whose work is nobody's cost. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { report } from '../program.ts';
import type { Received } from '../receiver.ts';

const decompress = promisify(gunzip);

// `GET /` tells what came so far, `DELETE /` forgets it. Events are HEC's `"event":` or, in what webhooks and other programs send, the
// rows themselves: each row of the bench has one of these columns, and JSON escapes the quotes of those within a text.
const EVENTS = [Buffer.from('"event":{'), Buffer.from('"event":"{')];
const MARK = /"Mark\\?":\\?"([\w-]+)/g;

/** Indexer acknowledgements come after half a second to two. Milliseconds. */
const ACK_MS = { least: 500, most: 2_000 };
/** When each id of each channel is acknowledged, by the process's clock. Ids are places. */
const channels = new Map<string, number[]>();

const received = { events: 0, requests: 0, bytes: 0 };
/** When each marked row came first; milliseconds since the epoch. */
let marks = new Map<string, number>();

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
report({ port: await listenOnLoopback(server) });

// It ends with the bench, even where that was killed.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 2_000).unref();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    const told: Received = { ...received, marks: [...marks] };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(told));
    return;
  }
  if (request.method === 'DELETE') {
    Object.assign(received, { events: 0, requests: 0, bytes: 0 });
    marks = new Map();
    response.end();
    return;
  }
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  await once(request, 'end');
  const came = performance.timeOrigin + performance.now();
  const raw = Buffer.concat(pieces);
  const body = request.headers['content-encoding'] === 'gzip' ? await decompress(raw) : raw;
  const channel = request.headers['x-splunk-request-channel'];
  if (request.url?.endsWith('/ack')) {
    response.end(JSON.stringify({ acks: acknowledged(String(channel), body) }));
    return;
  }
  received.requests += 1;
  received.bytes += raw.length;
  for (const event of EVENTS) received.events += occurrences(body, event);
  if (body.includes('"Mark')) for (const [, mark] of body.toString().matchAll(MARK)) note(mark, came);
  const ackId = channel === undefined ? undefined : nextId(String(channel));
  response.end(JSON.stringify({ text: 'Success', code: 0, ackId }));
}

function nextId(channel: string): number {
  const due = channels.get(channel) ?? [];
  channels.set(channel, due);
  return due.push(performance.now() + ACK_MS.least + Math.random() * (ACK_MS.most - ACK_MS.least)) - 1;
}

function acknowledged(channel: string, body: Buffer): Readonly<Record<string, boolean>> {
  const { acks } = JSON.parse(body.toString()) as { readonly acks: readonly number[] };
  const due = channels.get(channel) ?? [];
  const now = performance.now();
  return Object.fromEntries(acks.map((id) => [id, now >= (due[id] ?? Number.POSITIVE_INFINITY)]));
}

function note(mark: string | undefined, came: number): void {
  if (mark !== undefined && !marks.has(mark)) marks.set(mark, came);
}

function occurrences(body: Buffer, what: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(what); at >= 0; at = body.indexOf(what, at + what.length)) count += 1;
  return count;
}
