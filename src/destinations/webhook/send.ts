/** Sends batches to a webhook, signed by Standard Webhooks 1.0, in the body that the configuration asks for. */
import { randomUUID } from 'node:crypto';
import { isTemplated, type Metadata } from '../../shared/metadata-template.ts';
import { authorizationBy, type Credential } from '../authorization.ts';
import { type AuthorizedReply, postAuthorized } from '../authorized.ts';
import { createBodyBuffers, type OpenBody } from '../body-buffers.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { gzipped } from '../gzip.ts';
import type { HttpReply } from '../http.ts';
import type { Batch } from '../port.ts';
import { byHeaders, oneByOne } from './by-headers.ts';
import type { WebhookConfig } from './config.ts';
import { FRAME, type WebhookBody, webhookBody, webhookSeparator } from './encode.ts';
import { webhookTrouble } from './reply.ts';
import { signerOf } from './signature.ts';

/**
 * 409: the receiver has this `webhook-id` already, since an earlier reply was lost, perhaps another process's before a crash.
 * Or a filter in front answers 409 to what stands in some row; and a filter that resets the first connection looks just like a
 * lost reply, so that no memory of what was sent tells the two apart. Believing a filter loses rows that an attacker chose;
 * not believing a receiver sends them for ever. So the batch is posted once more under another id, and only 2xx is
 * acceptance: a receiver takes it, at worst twice, and a filter answers 409 again, which is a refusal like any other 4xx.
 */
const CONFLICT = 409;

export function webhookSender(config: WebhookConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const signers = config.secrets.map(signerOf);
  const authorization = authorizationBy(config.auth, { http, clock, context });
  const own = lowerCased(config.headers);
  const withBody = createBodyBuffers();
  return {
    async send(batch, signal) {
      // Rows with other headers go in requests of their own, each with an id that stays the same over retries.
      const divide = config.mode === 'binary' ? oneByOne : byHeaders;
      const parts = divide(batch, webhookSeparator(config));
      for (const [n, part] of parts.entries()) {
        const named = parts.length === 1 ? part.batch : { ...part.batch, id: `${batch.id}_h${n}` };
        await withBody(named.body.length + FRAME, (open) => sendPart(named, part.headers, open, signal));
      }
    },
  };

  async function sendPart(
    batch: Batch,
    headers: Metadata['headers'],
    { writer, announced }: OpenBody,
    signal: AbortSignal,
  ): Promise<void> {
    const body = webhookBody(config, batch, writer);
    const further = headers ? lowerCased(headers) : {};
    const request: WebhookRequest =
      config.compression === 'gzip'
        ? { id: batch.id, body, bytes: await gzipped(body.bytes), further, announced: undefined }
        : { id: batch.id, body, bytes: body.bytes, further, announced };
    let answer = await postSigned(request, signal);
    if (answer.reply.status === CONFLICT)
      answer = await postSigned({ ...request, id: `${batch.id}_${randomUUID().slice(0, 8)}` }, signal);
    const { secrets, ...rest } = context();
    const trouble = webhookTrouble(answer.reply, { ...rest, secrets: [...secrets, ...answer.secrets] });
    if (trouble) throw trouble;
  }

  function postSigned(request: WebhookRequest, signal: AbortSignal): Promise<AuthorizedReply> {
    return postAuthorized(authorization, signal, (credential) => post(request, credential, signal));
  }

  async function post(
    { id, body, bytes, further, announced }: WebhookRequest,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const timestamp = Math.floor(clock.now() / 1000);
    const signatures = await Promise.all(signers.map((sign) => sign({ id, timestamp, body: body.bytes })));
    const headers = {
      ...own,
      ...further,
      ...(credential && { [credential.header]: credential.value }),
      ...body.headers,
      'content-type': body.contentType,
      ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
      'xdr-relay-kind': body.kind,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      ...(signatures.length > 0 && { 'webhook-signature': signatures.join(' ') }),
    };
    const onBodySent = announced?.();
    return http.send(
      { method: 'POST', url: config.url, headers, body: bytes, ...(onBodySent && { onBodySent }) },
      signal,
    );
  }
}

interface WebhookRequest {
  /** `webhook-id`. */
  readonly id: string;
  readonly body: WebhookBody;
  /** What is sent: the body's bytes, compressed where that is asked for. */
  readonly bytes: Uint8Array;
  /** Where these are the body's bytes: see {@link OpenBody.announced}. */
  readonly announced: OpenBody['announced'] | undefined;
  /** Headers by templates. */
  readonly further: Readonly<Record<string, string>>;
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[key.toLowerCase(), value]]
        : isTemplated(value)
          ? [[key.toLowerCase(), value.default]]
          : [],
    ),
  );
}
