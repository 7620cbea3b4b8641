// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: teams` in relay.yaml. */
import { z } from 'zod';
import { secret } from '../../shared/secret.ts';
import { commonConfig, httpUrl } from '../common.ts';

export const teamsConfig = z
  .strictObject({
    type: z.literal('teams'),
    webhook_url: secret(
      httpUrl.refine(
        (text) => !URL.canParse(text) || new URL(text).searchParams.has('sig'),
        'the address of a Workflows webhook, with its `sig`',
      ),
    )
      .describe('The address that Teams shows for a Workflows webhook. Its `sig` is the secret.')
      .meta({ examples: ['${TEAMS_WEBHOOK_URL}'] }),
    ...commonConfig,
  })
  .describe(
    'Alerts for people in a Microsoft Teams channel: one card for each group of alerts, a digest when there are many.',
  );

export type TeamsConfig = z.infer<typeof teamsConfig>;
