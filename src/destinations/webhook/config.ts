import { z } from 'zod';
import { secret, sensitive } from '../../shared/secret.ts';
import { commonConfig } from '../common.ts';

/** `type: webhook` in relay.yaml. */
export const webhookConfig = z
  .strictObject({
    type: z.literal('webhook'),
    url: sensitive(z.url({ protocol: /^https?$/ })).describe(
      'Where events are posted. Redirects are not followed.',
    ),
    secrets: z
      .array(secret(z.string().startsWith('whsec_')))
      .max(2)
      .default([])
      .describe('Standard Webhooks secrets, `whsec_` and base64; two while rotating: each signs.'),
    headers: z
      .record(z.string(), sensitive(z.string()))
      .default({})
      .describe('Further request headers. Values that are secrets come from the environment.'),
    format: z
      .enum(['standard', 'cloudevents'])
      .default('standard')
      .describe('Standard Webhooks, or CloudEvents 1.0.'),
    mode: z
      .enum(['batch', 'single'])
      .default('batch')
      .describe('`batch`: an array of events a request; `single`: one event a request.'),
    ...commonConfig,
  })
  .describe('Any HTTP endpoint, signed by Standard Webhooks.');

export type WebhookConfig = z.infer<typeof webhookConfig>;
