/** Sends batches of log records by OTLP/HTTP with JSON. */
import { authorizationBy } from '../authorization.ts';
import { postAuthorized } from '../authorized.ts';
import { createBodyBuffers, type OpenBody } from '../body-buffers.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { gzipped } from '../gzip.ts';
import type { Batch } from '../port.ts';
import type { OtlpConfig } from './config.ts';
import { FRAME, logsRequest } from './encode.ts';
import { otlpTrouble } from './reply.ts';

export function otlpSender(config: OtlpConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const authorization = authorizationBy(config.auth, { http, clock, context });
  const url = logsUrl(config.url);
  const isGzip = config.compression === 'gzip';
  const headers = {
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value])),
    accept: 'application/json',
    'content-type': 'application/json',
    ...(isGzip && { 'content-encoding': 'gzip' }),
  };
  const withBody = createBodyBuffers();
  return {
    send: (batch, signal) => withBody(batch.body.length + FRAME, (open) => sendBody(batch, open, signal)),
  };

  async function sendBody(batch: Batch, { writer, announced }: OpenBody, signal: AbortSignal): Promise<void> {
    const request = logsRequest(config, batch, writer);
    const body = isGzip ? await gzipped(request) : request;
    const { reply, secrets } = await postAuthorized(authorization, signal, (credential) => {
      const all = { ...headers, ...(credential && { [credential.header]: credential.value }) };
      const sent = isGzip ? {} : { onBodySent: announced() };
      return http.send({ method: 'POST', url, headers: all, body, ...sent }, signal);
    });
    const known = context();
    const trouble = otlpTrouble(reply, batch.items.length, {
      ...known,
      secrets: [...known.secrets, ...secrets],
    });
    if (trouble) throw trouble;
  }
}

/** A base address as other clients of OTLP take it (`OTEL_EXPORTER_OTLP_ENDPOINT`), or the whole address of logs. */
export function logsUrl(address: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/(?:\/v1\/logs)?\/*$/, '')}/v1/logs`;
  return url.href;
}
