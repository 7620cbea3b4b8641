/** Long downloads of several readers at once, over connections that are used again, from a server that cuts and breaks its replies at random. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/shared/clock.ts';
import { runs } from '../../support/runs.ts';
import { CONTENT, type Range, rawHead, ref, SIZE, serveRaw, storeAt } from './download-server.ts';

afterEach(() => vi.unstubAllEnvs());

const KINDS = [
  'whole',
  'whole',
  'whole',
  'hint',
  'busy',
  'refused',
  'chunked',
  'end',
  'destroy',
  'reset',
] as const;

/** How the server answers one request. */
const answer = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** Where what it writes is cut, as parts of the whole or as bytes of its beginning, most of which is the head. */
  cuts: fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 2, max: 700 })), {
    maxLength: 6,
  }),
  /** How much is written of a reply that breaks. */
  part: fc.double({ min: 0, max: 1, noNaN: true }),
});
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never;

const reader = fc.record({
  start: fc.nat(SIZE - 600_000),
  length: fc.integer({ min: 1, max: 1_500_000 }),
  isPassing: fc.boolean(),
  ending: fc.constantFrom('end', 'end', 'stop', 'abort'),
  /** How much it reads before it stops or is aborted. */
  part: fc.double({ min: 0, max: 1, noNaN: true }),
  /** How many turns of the event loop it takes for a chunk. */
  turns: fc.nat(3),
});
type Reader = typeof reader extends fc.Arbitrary<infer T> ? T : never;

const turn = () => new Promise(setImmediate);

function written({ kind }: Answer, range: Range): Buffer {
  const body = CONTENT.subarray(range.from, range.to);
  if (kind === 'busy') return Buffer.from('HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy');
  if (kind === 'refused') return Buffer.from('HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n');
  const hint = kind === 'hint' ? 'HTTP/1.1 103 Early Hints\r\n\r\n' : '';
  if (kind !== 'chunked') return Buffer.concat([Buffer.from(hint + rawHead(range)), body]);
  // The SDK refuses a reply without a length, after its head.
  const head = Buffer.from(
    `${rawHead(range, { 'Transfer-Encoding': 'chunked' })}${body.length.toString(16)}\r\n`,
  );
  return Buffer.concat([head, body, Buffer.from('\r\n0\r\n\r\n')]);
}

/** Writes a reply in pieces. */
async function write(socket: Socket, range: Range, how: Answer): Promise<void> {
  const all = written(how, range);
  const breaks = how.kind === 'end' || how.kind === 'destroy' || how.kind === 'reset';
  const length = breaks ? Math.floor(all.length * how.part) : all.length;
  const places = how.cuts.map((cut) => (cut <= 1 ? Math.floor(cut * length) : Math.min(cut, length)));
  let from = 0;
  for (const to of [...places.sort((a, b) => a - b), length]) {
    if (to > from) socket.write(all.subarray(from, to));
    from = Math.max(from, to);
    await turn();
  }
  if (how.kind === 'end') socket.end();
  if (how.kind === 'reset' && !(socket instanceof TLSSocket)) socket.resetAndDestroy();
  else if (how.kind === 'destroy' || how.kind === 'reset') socket.destroy();
}

/** Reads as `how` says, and compares each byte, also when further ones may have come. */
async function read(store: ReturnType<typeof storeAt>, how: Reader): Promise<void> {
  const { start, length, isPassing, ending, turns } = how;
  const end = Math.min(SIZE, start + length);
  const until = ending === 'end' ? Number.POSITIVE_INFINITY : start + length * how.part;
  const stop = new AbortController();
  const reason = new Error('enough');
  const kept: { readonly at: number; readonly chunk: Uint8Array }[] = [];
  const expectAll = () => {
    for (const { at, chunk } of kept)
      expect(Buffer.compare(chunk, CONTENT.subarray(at, at + chunk.length))).toBe(0);
  };
  let at = start;
  try {
    for await (const chunk of store.read(ref, { start, end, isPassing }, stop.signal)) {
      if (isPassing) kept.length = 0;
      kept.push({ at, chunk });
      at += chunk.length;
      for (let left = turns; left > 0; left--) await turn();
      expectAll();
      if (at < until) continue;
      if (ending === 'stop') break;
      if (turns % 2 === 0) stop.abort(reason);
      else setImmediate(() => stop.abort(reason));
    }
  } catch (thrown) {
    if (thrown !== reason) throw thrown;
  }
  if (!isPassing) expectAll();
  if (ending === 'end') expect(at).toBe(end);
}

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  it('each reader has the bytes of its range, and no reply stays open behind a reader that is gone', async () => {
    if (scheme === 'https') vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const clock = { ...systemClock, sleep: async () => {} };
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { maxLength: 12 }),
        fc.array(reader, { minLength: 1, maxLength: 4 }),
        async (answers, readers) => {
          let asked = 0;
          const open = new Set<Socket>();
          // Behind these, all replies are whole.
          const server = await serveRaw(async (socket, range) => {
            const how = answers[asked++] ?? { kind: 'whole', cuts: [], part: 1 };
            open.add(socket);
            await write(socket, range, how);
            open.delete(socket);
          }, scheme);
          try {
            const store = storeAt(server.origin, { clock, pieceBytes: 700_000, tries: 20 });
            await Promise.all(readers.map((how) => read(store, how)));
            await Promise.all(readers.map((how) => read(store, { ...how, ending: 'end' })));
            await vi.waitFor(() => {
              const busy = server.sockets.filter((socket) => !socket.destroyed && socket.writableLength > 0);
              expect(busy.length + open.size).toBe(0);
            });
          } finally {
            await server.close();
          }
        },
      ),
      { numRuns: runs(5) },
    );
  });
});
