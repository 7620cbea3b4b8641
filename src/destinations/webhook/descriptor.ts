// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `webhook`. */
import { isTemplated, type TemplatedValue } from '../../shared/metadata-template.ts';
import { authorizationHeader } from '../authorization.ts';
import type { HttpDescriptor } from '../descriptor.ts';
import { type WebhookConfig, webhookConfig } from './config.ts';
import { webhookEvents } from './encode.ts';
import { webhookSecrets } from './reply.ts';
import { webhookSender } from './send.ts';

/** Headers with constant values are not among them: they may be secret, and metadata is stored with alerts. */
function templatesIn(headers: WebhookConfig['headers']): Readonly<Record<string, TemplatedValue>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (isTemplated(value) ? [[name, value]] : [])),
  );
}

export const webhook: HttpDescriptor<typeof webhookConfig> & { readonly audience: 'machines' } = {
  type: 'webhook',
  title: 'webhooks',
  who: 'The webhook',
  audience: 'machines',
  metadata: {
    keys: ['headers'],
    of: ({ headers }) => ({ headers: templatesIn(headers) }),
    ownHeaders: ({ auth }) => [authorizationHeader(auth) ?? []].flat(),
  },
  needs: 'http',
  config: webhookConfig,
  defaults: { batch: { items: 500, bytes: 1_048_576, ageMs: 1_000 }, concurrency: 4 },
  batch: ({ mode }, limits) => (mode === 'batch' ? limits : { ...limits, items: 1 }),
  timeoutMs: 30_000,
  shape: 'relay',
  encode: webhookEvents,
  addresses: ({ url }) => [url],
  secrets: webhookSecrets,
  secretLooks: [/\bwhs(?:ec|k)_[\w+/=-]+/g],
  send: webhookSender,
  least: { type: 'webhook', url: 'https://hook.example' },
  example: `soar:
  type: webhook
  url: https://soar.contoso.example/defender
  secrets: ["\${SOAR_WEBHOOK_SECRET}"]
`,
  variables: [
    {
      name: 'SOAR_WEBHOOK_SECRET',
      hint: 'whsec_ and 24 to 64 random bytes in base64: echo "whsec_$(openssl rand -base64 32)"',
    },
  ],
  inNewFile: 'off',
  docs: 'Any 2xx accepts a batch. 400, 413 and 422 count as a refusal of one of its rows. A 401 for an access token that was taken back before its end has another one asked for, once. See docs/destinations/webhook.md.',
};
