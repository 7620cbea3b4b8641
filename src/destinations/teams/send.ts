/** Posts to a Workflows webhook of Microsoft Teams. */
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { TeamsConfig } from './config.ts';
import { digestCard } from './encode.ts';
import { teamsTrouble } from './reply.ts';

/** Teams takes four requests a second per webhook (Teams, "Create Incoming Webhooks", rate limiting). */
const INTERVAL_MS = 250;

export function teamsSender(config: TeamsConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const { webhook_url: url, digest_over: digestOver } = config;
  return messageSender(
    {
      who: context().who,
      intervalMs: INTERVAL_MS,
      digestOver,
      digest: digestCard,
      async post(body, row, signal) {
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        const reply = await http.send({ method: 'POST', url, headers, body }, signal);
        return teamsTrouble(reply, row, context());
      },
    },
    clock,
  );
}
