/** Sends batches as a preset describes. */
import { authorizationBy, type Credential } from '../authorization.ts';
import { createBodyBuffers, type OpenBody } from '../body-buffers.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { RowsRefusedError } from '../errors.ts';
import { gzipped } from '../gzip.ts';
import type { HttpReply } from '../http.ts';
import type { Batch } from '../port.ts';
import type { HttpPresetConfig } from './config.ts';
import { presetBody, presetBodyRoom } from './encode.ts';
import { type Said, saidIn } from './reply.ts';
import { type ResolvedPreset, resolvedPreset } from './resolve.ts';

export function presetSender(config: HttpPresetConfig, deps: HttpSenderDeps): Sender {
  const resolved = resolvedPreset(config);
  const { preset, url, headers: own, auth, frame } = resolved;
  const { http, clock } = deps;
  const context = () => ({ ...deps.context(), who: preset.title });
  const authorization = authorizationBy(auth, { http, clock, context });
  const isGzip = preset.request.compression === 'gzip';
  const headers = {
    ...own,
    'content-type': preset.body.content_type,
    ...(isGzip && { 'content-encoding': 'gzip' }),
  };
  const withBody = createBodyBuffers();

  return {
    async send(batch, signal) {
      refuseTooLarge(batch, resolved);
      await withBody(presetBodyRoom(frame, batch), (open) => sendBody(batch, open, signal));
    },
  };

  async function sendBody(batch: Batch, { writer, announced }: OpenBody, signal: AbortSignal): Promise<void> {
    const bytes = presetBody(frame, batch, writer);
    const size = batch.items.length;
    const request: PresetRequest = isGzip
      ? { body: await gzipped(bytes), announced: undefined, size }
      : { body: bytes, announced, size };
    const credential = await authorization.credential(signal);
    let said = await post(request, credential, signal);
    if (said.kind === 'token_refused' && authorization.refused(credential)) {
      // A token that was taken back before its time is asked for anew, once.
      said = await post(request, await authorization.credential(signal), signal);
    }
    if (said.kind !== 'accepted') throw said.error;
  }

  async function post(
    { body, announced, size }: PresetRequest,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<Said> {
    const all = { ...headers, ...(credential && { [credential.header]: credential.value }) };
    const onBodySent = announced?.();
    const reply: HttpReply = await http.send(
      { method: 'POST', url, headers: all, body, ...(onBodySent && { onBodySent }) },
      signal,
    );
    const { secrets, ...rest } = context();
    return saidIn(reply, preset.replies, {
      size,
      context: { ...rest, secrets: [...secrets, ...(credential?.secrets ?? [])] },
    });
  }
}

interface PresetRequest {
  readonly body: Uint8Array;
  /** Where these are the bytes of the buffer: see {@link OpenBody.announced}. */
  readonly announced: OpenBody['announced'] | undefined;
  /** How many records it has. */
  readonly size: number;
}

/**
 * Products cut records that are too large, and say that they have taken them. So such records are not sent: they go to the dead letters
 * whole.
 */
function refuseTooLarge({ items }: Batch, { preset, eventBytes }: ResolvedPreset): void {
  const rows = items.flatMap(({ bytes }, at) => (bytes > eventBytes ? [at] : []));
  const [first] = rows;
  if (first === undefined) return;
  throw new RowsRefusedError(
    'too_large',
    `a record of ${items[first]?.bytes} bytes was not sent, because ${preset.title} takes at most ${eventBytes}`,
    { rows },
  );
}
