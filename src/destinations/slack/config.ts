import { z } from 'zod';
import { commonConfig, httpUrl } from '../common.ts';

/** `type: slack` in relay.yaml. */
export const slackConfig = z.strictObject({
  type: z.literal('slack'),
  /** An incoming webhook: `https://hooks.slack.com/services/...`. The address is the secret. */
  webhook_url: httpUrl,
  /** More alerts than this in one batch become one digest message. */
  digest_over: z.number().int().min(1).max(100).default(5),
  ...commonConfig,
});

export type SlackConfig = z.infer<typeof slackConfig>;
