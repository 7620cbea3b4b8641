// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: webhook` in relay.yaml. */
import { z } from 'zod';
import { templated } from '../../shared/metadata-template.ts';
import { headerText, ownHeaderName, secret, sensitive } from '../../shared/secret.ts';
import { authorizationConfig, headersOfAuth } from '../authorization.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { privateKey, secretKey } from './signature.ts';

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
            .refine(
              (text) => (secretKey(text) ?? privateKey(text)) !== undefined,
              'whsec_ and 24 to 64 bytes in base64, or whsk_ and an Ed25519 private key of 32 bytes in base64',
            ),
        ),
      )
      .max(4)
      .default([])
      .describe(
        'Standard Webhooks secrets: `whsec_` and base64 for signatures `v1`, which the receiver checks with the same secret; `whsk_` and base64 for `v1a`, which it checks with the public key (Ed25519). List two while rotating, and both sign.',
      )
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
    auth: authorizationConfig,
    format: z
      .enum(['standard', 'cloudevents', 'json', 'ndjson'])
      .default('standard')
      .describe(
        "`standard`: Standard Webhooks' own body, with type and timestamp; `cloudevents`: CloudEvents 1.0; `json`: a JSON array of events; `ndjson`: one event a line.",
      ),
    mode: z
      .enum(['batch', 'single', 'binary'])
      .default('batch')
      .describe(
        '`batch`: many events per request; `single`: one event per request; `binary`, with `cloudevents`: one event per request, its attributes in headers `ce-*` and the body its data.',
      ),
    compression: z
      .enum(['none', 'gzip'])
      .default('none')
      .describe(
        '`gzip`: with `Content-Encoding: gzip`. Signatures are over the body before compression, as most frameworks hand it to the receiver.',
      ),
    ...machineConfig,
  })
  .superRefine(({ auth, format, headers, mode }, context) => {
    if (mode === 'binary' && format !== 'cloudevents') {
      context.addIssue({
        code: 'custom',
        path: ['mode'],
        message: '`batch` or `single`, or have `format: cloudevents` beside it',
      });
    }
    for (const issue of headersOfAuth(auth, headers)) context.addIssue(issue);
  })
  .describe('Any HTTP endpoint, signed by Standard Webhooks.');

export type WebhookConfig = z.infer<typeof webhookConfig>;
