/** Posts alerts that are not grouped: to an incoming webhook, or with a bot's token. */
import type { Envelope } from '../../shared/event.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './encode.ts';
import { apiOf, INTERVAL_MS } from './messenger.ts';
import { slackTrouble } from './reply.ts';

export function slackSender(config: SlackConfig, deps: HttpSenderDeps): Sender {
  const { webhook_url, token, channel, digest_over: digestOver } = config;
  const way = token === undefined ? 'text' : 'json';
  return messageSender(
    {
      url: webhook_url ?? `${apiOf(config)}/chat.postMessage`,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      intervalMs: INTERVAL_MS,
      digestOver,
      digest: (envelopes: readonly Envelope[]) => JSON.stringify(digestMessage(envelopes, channel)),
      trouble: (reply, row, context) => slackTrouble(reply, row, context, way),
    },
    deps,
  );
}
