// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: slack` in relay.yaml. */
import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import { commonConfig, digestOver, httpUrl } from '../common.ts';

export const slackConfig = z
  .strictObject({
    type: z.literal('slack'),
    webhook_url: secret(httpUrl)
      .describe('An incoming webhook, `https://hooks.slack.com/services/...`. The address is the secret.')
      .meta({ examples: ['${SLACK_WEBHOOK_URL}'] }),
    digest_over: digestOver,
    ...commonConfig,
  })
  .describe('Alerts for people: one message per alert, a digest when there are many.');

export type SlackConfig = z.infer<typeof slackConfig>;
