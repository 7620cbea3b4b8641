/** Lets a host read the bodies of long downloads by itself, in place of the SDK's streams. */
import type { Agent, Step } from './pipeline.ts';

/** A body whose bytes come in memory that is used again. */
export interface PassingBody {
  /**
   * The next bytes, which may be read until the next call; undefined at the end. Bytes that came before an error are returned before it is
   * thrown.
   *
   * @param idleMs how long nothing may come. Throws {@link DeadlineError} beyond it, and what ended the connection.
   */
  next(idleMs: number, signal: AbortSignal | undefined): Promise<Buffer | undefined>;
}

/** How a host reads long bodies. */
export interface Downloads {
  /** What makes the connection for a request. */
  agentFor(url: string): Agent;
  /** The body of a reply and its length in bytes; undefined where it is read in the SDK's way. */
  bodyIn(
    reply: NodeJS.ReadableStream,
  ): { readonly length: number; readonly body: NodeJS.ReadableStream } | undefined;
}

/** Shorter bodies are not worth it: those of a look, for example. Bytes. */
const LONG = 262_144;

/**
 * Reads the long ranges of a pipeline so. {@link passingBodyOf} gets the body of a reply.
 *
 * Such a range must be asked for with `maxRetryRequests: 0`: where the SDK resumes a broken body by itself, it waits for ever for a stream that
 * is paused until it is read, as these are.
 */
export function readingDownloads(downloads: Downloads): Step {
  return {
    name: 'readingDownloads',
    async sendRequest(request, next) {
      if (request.method !== 'GET' || lengthOf(request.headers.get('x-ms-range')) <= LONG) {
        return await next(request);
      }
      request.agent = downloads.agentFor(request.url);
      const reply = await next(request);
      const found = reply.readableStreamBody && downloads.bodyIn(reply.readableStreamBody);
      if (found) {
        setLength(reply, found.length);
        reply.readableStreamBody = found.body;
      }
      return reply;
    },
  };
}

/** The client of Node was told another length. The SDK has read the headers by now. */
function setLength(
  reply: { readonly headers: { set(name: string, value: string): void } },
  length: number,
): void {
  reply.headers.set('content-length', String(length));
  const parsed: unknown = Reflect.get(reply, 'parsedHeaders');
  if (typeof parsed === 'object' && parsed !== null) Reflect.set(parsed, 'contentLength', length);
}

/** How many bytes a header asks for, as the SDK writes it; 0 where it does not say. */
function lengthOf(range: string | undefined): number {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  return from === undefined || to === undefined ? 0 : Number(to) - Number(from) + 1;
}

/** The body of a download if a host reads it; undefined if it is the SDK's stream. */
export function passingBodyOf(reply: object): PassingBody | undefined {
  // The SDK wraps the body in a stream of its own, which is not read then, and has the reply itself in a private field.
  const original: unknown = Reflect.get(reply, 'originalResponse');
  if (typeof original !== 'object' || original === null) return undefined;
  const body: unknown = Reflect.get(original, 'readableStreamBody');
  return isPassing(body) ? body : undefined;
}

function isPassing(body: unknown): body is PassingBody {
  return typeof body === 'object' && body !== null && 'next' in body && typeof body.next === 'function';
}
