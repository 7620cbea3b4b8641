/** The body of a download, as the SDK gives it where it runs: in Node, and in workerd with the SDK's build for Node. */
import type { Readable } from 'node:stream';

/** Undefined where the reply has no body. */
export function bodyOf(reply: {
  readonly readableStreamBody?: NodeJS.ReadableStream | undefined;
}): Readable | undefined {
  // The SDK's type is the least that all Node versions have; what it gives is a Readable.
  return reply.readableStreamBody as Readable | undefined;
}
