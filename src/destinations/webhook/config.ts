import { z } from 'zod';
import { commonConfig } from '../common.ts';

/** `type: webhook` in relay.yaml. */
export const webhookConfig = z.strictObject({
  type: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/ }),
  /** Standard Webhooks secrets (`whsec_` + base64); two while rotating: each signs. */
  secrets: z.array(z.string().startsWith('whsec_')).max(2).default([]),
  headers: z.record(z.string(), z.string()).default({}),
  format: z.enum(['standard', 'cloudevents']).default('standard'),
  /** `batch`: an array of events a request; `single`: one. */
  mode: z.enum(['batch', 'single']).default('batch'),
  ...commonConfig,
});

export type WebhookConfig = z.infer<typeof webhookConfig>;
