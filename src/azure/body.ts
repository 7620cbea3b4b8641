/** Gets the body of a download as a Node stream, which the SDK returns both in Node and, with its build for Node, in workerd. */
import type { Readable } from 'node:stream';

/** The body of a reply; undefined if it has none. */
export function bodyOf(reply: {
  readonly readableStreamBody?: NodeJS.ReadableStream | undefined;
}): Readable | undefined {
  // The SDK declares an interface that all Node versions share; the object is a Readable.
  return reply.readableStreamBody as Readable | undefined;
}
