/** Posts to a Slack incoming webhook. */
import type { Envelope } from '../../shared/event.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { SlackConfig } from './config.ts';
import { digestMessage } from './digest.ts';
import { slackTrouble } from './reply.ts';

/** Slack takes one message a second per webhook (Slack, "Rate limits", incoming webhooks). */
const INTERVAL_MS = 1_000;

export function slackSender(config: SlackConfig, deps: HttpSenderDeps): Sender {
  const { webhook_url: url, digest_over: digestOver } = config;
  const digest = (envelopes: readonly Envelope[]) => JSON.stringify(digestMessage(envelopes));
  return messageSender({ url, intervalMs: INTERVAL_MS, digestOver, digest, trouble: slackTrouble }, deps);
}
