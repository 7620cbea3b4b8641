/** Posts to a Workflows webhook of Microsoft Teams. */
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { TeamsConfig } from './config.ts';
import { digestCard } from './encode.ts';
import { teamsTrouble } from './reply.ts';

/** Teams takes four requests a second per webhook (Teams, "Create Incoming Webhooks", rate limiting). */
const INTERVAL_MS = 250;

export function teamsSender(config: TeamsConfig, deps: HttpSenderDeps): Sender {
  const { webhook_url: url, digest_over: digestOver } = config;
  return messageSender(
    { url, intervalMs: INTERVAL_MS, digestOver, digest: digestCard, trouble: teamsTrouble },
    deps,
  );
}
