// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import { commonConfig, httpUrl } from '../common.ts';

/** `type: slack` in relay.yaml. */
export const slackConfig = z
  .strictObject({
    type: z.literal('slack'),
    webhook_url: secret(httpUrl)
      .describe('An incoming webhook, `https://hooks.slack.com/services/...`. The address is the secret.')
      .meta({ examples: ['${SLACK_WEBHOOK_URL}'] }),
    digest_over: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(5)
      .describe('More alerts than this in one batch become one digest message.'),
    ...commonConfig,
  })
  .describe('Alerts for people: one message an alert, a digest when there are many.');

export type SlackConfig = z.infer<typeof slackConfig>;
