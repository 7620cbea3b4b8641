// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: webhook` in relay.yaml. */
import { z } from 'zod';
import { templated } from '../../shared/metadata-template.ts';
import { headerName, headerText, secret, sensitive } from '../../shared/secret.ts';
import { commonConfig, groupAlerts, httpUrl } from '../common.ts';
import { secretKey } from './signature.ts';

/** Headers that are ours or the transport's: a custom one of that name is an error. */
const RESERVED =
  /^(?:content-.*|webhook-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*)$/i;

const ownHeaderName = headerName.refine(
  (name) => !RESERVED.test(name),
  'a header of your own: host, content-* and webhook-* are set by xdr-relay',
);

export const webhookConfig = z
  .strictObject({
    type: z.literal('webhook'),
    url: sensitive(httpUrl)
      .describe('Where events are posted. Redirects are not followed.')
      .meta({ examples: ['https://soar.contoso.example/defender'] }),
    secrets: z
      .array(
        secret(
          z
            .string()
            .startsWith('whsec_')
            .refine((text) => secretKey(text) !== undefined, 'whsec_ and 24 to 64 bytes in base64'),
        ),
      )
      .max(2)
      .default([])
      .describe('Standard Webhooks secrets, `whsec_` and base64; list two while rotating, and both sign.')
      .meta({ examples: [['${SOAR_WEBHOOK_SECRET}']] }),
    headers: z
      .record(
        ownHeaderName,
        z.union([sensitive(headerText.max(8192)), templated(headerText.min(1).max(1024))]),
      )
      .default({})
      .describe(
        'Additional request headers. Take secret values from the environment. A template fills in a header from columns, within a closed list: rows with different headers go in requests of their own.',
      )
      .meta({ examples: [{ Authorization: 'Bearer ${SOAR_TOKEN}' }] }),
    format: z
      .enum(['standard', 'cloudevents'])
      .default('standard')
      .describe('Standard Webhooks, or CloudEvents 1.0.'),
    mode: z
      .enum(['batch', 'single'])
      .default('batch')
      .describe('`batch`: an array of events per request; `single`: one event per request.'),
    group_alerts: groupAlerts,
    ...commonConfig,
  })
  .describe('Any HTTP endpoint, signed by Standard Webhooks.');

export type WebhookConfig = z.infer<typeof webhookConfig>;
