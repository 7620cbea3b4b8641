/** The HTTP client of the Azure SDKs in a Worker. */
import { Readable } from 'node:stream';
import { toHttpHeadersLike } from '@azure/core-http-compat';
import { createHttpHeaders, RestError } from '@azure/core-rest-pipeline';
import type { HttpOperationResponse, IHttpClient, WebResource } from '@azure/storage-blob';
import { messageOf } from '../../shared/errors.ts';

/**
 * The storage SDKs' HTTP over the Worker's `fetch`. Their own client for browsers gathers a download whole; this one
 * hands it on as it comes.
 *
 * @param spend called for each request.
 */
export function azureHttpClient(spend: () => void): IHttpClient {
  return {
    async sendRequest(request) {
      spend();
      const { signal, free } = nativeSignal(request.abortSignal);
      try {
        const reply = await fetch(request.url, {
          method: request.method,
          headers: request.headers.toJson({ preserveCase: true }),
          // The storage SDKs send text and bytes here, never streams.
          body: (request.body as string | Uint8Array | undefined) ?? null,
          redirect: 'manual',
          signal,
        });
        return await responseOf(request, reply, free);
      } catch (cause) {
        free();
        // Thrown by `fetch`: the SDK tries again what it knows as a request that did not get through.
        if (signal.aborted) throw signal.reason;
        throw new RestError(`The request got no answer: ${messageOf(cause)}`, {
          code: RestError.REQUEST_SEND_ERROR,
        });
      }
    },
  };
}

async function responseOf(
  request: WebResource,
  reply: Response,
  free: () => void,
): Promise<HttpOperationResponse> {
  const headers = toHttpHeadersLike(createHttpHeaders(Object.fromEntries(reply.headers)));
  const base = { request, status: reply.status, headers };
  const streams = request.streamResponseStatusCodes;
  const streamed = streams?.has(reply.status) || streams?.has(Number.POSITIVE_INFINITY);
  if (!streamed || !reply.body) {
    const bodyAsText = await reply.text();
    free();
    return { ...base, bodyAsText };
  }
  const body = Readable.fromWeb(reply.body as unknown as Parameters<typeof Readable.fromWeb>[0]);
  body.once('close', free);
  return { ...base, readableStreamBody: body };
}

/** The SDK's signals need not be the platform's. */
function nativeSignal(from: WebResource['abortSignal']): {
  readonly signal: AbortSignal;
  readonly free: () => void;
} {
  const controller = new AbortController();
  const forward = () => controller.abort(from instanceof AbortSignal ? from.reason : undefined);
  if (from?.aborted) forward();
  from?.addEventListener('abort', forward);
  return { signal: controller.signal, free: () => from?.removeEventListener('abort', forward) };
}
