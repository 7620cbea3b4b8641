/** A webhook that verifies Standard Webhooks' signatures. */
import { randomBytes } from 'node:crypto';
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { isObject } from '../../lab/receivers/json.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const webhook: StandKind = {
  name: 'hook',
  audience: 'machines',
  title: 'Standard Webhooks',
  async start({ arrived }) {
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = await startWebhookReceiver({
      secret,
      onEvent: (event) => arrived(arrivedInEnvelope(event), isObject(event) ? event.received : undefined),
    });
    return {
      entry: {
        type: 'webhook',
        url: receiver.url,
        secrets: [variable('LAB_WEBHOOK_SECRET')],
        shape: 'relay',
        ...ON_LOOPBACK,
      },
      secrets: { LAB_WEBHOOK_SECRET: secret },
      close: () => receiver.close(),
    };
  },
};
