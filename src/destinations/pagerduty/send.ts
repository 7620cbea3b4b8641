/** Sends alerts to PagerDuty one by one, and many as one event. */
import { createHash } from 'node:crypto';
import { messageOfOne } from '../alert-view/single.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { messageSender } from '../messages.ts';
import { endpointOf, type PagerdutyConfig } from './config.ts';
import { severalText } from './encode.ts';
import { withRoutingKey } from './event.ts';
import { INTERVAL_MS } from './messenger.ts';
import { pagerdutyTrouble } from './reply.ts';

export function pagerdutySender(config: PagerdutyConfig, deps: HttpSenderDeps): Sender {
  const key = config.routing_key;
  return messageSender(
    {
      url: endpointOf(config),
      intervalMs: INTERVAL_MS,
      digestOver: config.digest_over,
      digest(envelopes) {
        const ids = envelopes.map(({ id, rule }) => `${id} ${rule?.id ?? rule?.title ?? ''}`).join('\n');
        const dedupKey = createHash('sha256').update(ids).digest('hex').slice(0, 32);
        return severalText(envelopes.map(messageOfOne), dedupKey);
      },
      finish: (event) => withRoutingKey(event, key),
      trouble: pagerdutyTrouble,
    },
    deps,
  );
}
