/** Posts to a Slack incoming webhook. */
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './digest.ts';
import { slackTrouble } from './reply.ts';

/** Slack takes one message a second per webhook (Slack, "Rate limits", incoming webhooks). */
const INTERVAL_MS = 1_000;

export function slackSender(config: SlackConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const { webhook_url: url, digest_over: digestOver } = config;
  return messageSender(
    {
      who: context().who,
      intervalMs: INTERVAL_MS,
      digestOver,
      digest: (envelopes) => JSON.stringify(digestMessage(envelopes)),
      async post(body, row, signal) {
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        const reply = await http.send({ method: 'POST', url, headers, body }, signal);
        return slackTrouble(reply, row, context());
      },
    },
    clock,
  );
}
