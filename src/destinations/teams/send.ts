/** Posts to a Workflows webhook of Microsoft Teams. */
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import type { TeamsConfig } from './config.ts';
import { digestCard } from './encode.ts';
import { INTERVAL_MS } from './messenger.ts';
import { teamsTrouble } from './reply.ts';

export function teamsSender(config: TeamsConfig, deps: HttpSenderDeps): Sender {
  const { webhook_url: url, digest_over: digestOver } = config;
  return messageSender(
    { url, intervalMs: INTERVAL_MS, digestOver, digest: digestCard, trouble: teamsTrouble },
    deps,
  );
}
