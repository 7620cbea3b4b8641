/** Says messages to PagerDuty: a group of alerts is one alert of PagerDuty, by its `dedup_key`. */
import { createHash } from 'node:crypto';
import type { Message } from '../../alerts/message.ts';
import type { HttpSenderDeps } from '../descriptor.ts';
import type { Messenger } from '../messenger.ts';
import { placeKey, postAt } from '../place.ts';
import { postJson } from '../post-json.ts';
import { endpointOf, type PagerdutyConfig } from './config.ts';
import { eventText, severalText } from './encode.ts';
import { withRoutingKey } from './event.ts';
import { pagerdutyTrouble } from './reply.ts';

/**
 * PagerDuty publishes no rate: it throttles a service by what it receives and by how many incidents it creates ("API limits"). One event
 * a second is below what it has ever been seen to refuse, and nobody answers pages faster. Milliseconds.
 */
export const INTERVAL_MS = 1_000;

/** The service that a routing key leads to. */
export function pagerdutyPlace(config: PagerdutyConfig): string {
  return placeKey('pagerduty', endpointOf(config), config.routing_key);
}

export function pagerdutyMessenger(config: PagerdutyConfig, deps: HttpSenderDeps): Messenger {
  const post = async (event: string, signal: AbortSignal): Promise<void> => {
    const at = { pace: deps.pace, place: pagerdutyPlace(config), intervalMs: INTERVAL_MS };
    await postAt(at, () => postNow(event, signal), signal);
  };
  const postNow = async (event: string, signal: AbortSignal): Promise<void> => {
    const body = withRoutingKey(event, config.routing_key);
    const { reply, context } = await postJson(deps, { url: endpointOf(config), body }, signal);
    const trouble = pagerdutyTrouble(reply, undefined, context);
    if (trouble) throw trouble;
  };
  return {
    updates: 'in_place',
    wantsEnd: config.auto_resolve,
    intervalMs: INTERVAL_MS,
    async say(message, _posted, signal) {
      await post(eventText(message, deps.links), signal);
      return message.kind === 'alert' ? message.groupId : message.id;
    },
    async digest(messages, signal) {
      await post(severalText(messages, severalKey(messages), deps.links), signal);
    },
  };
}

/** The key of an event for several messages: the same when it is sent again because its reply was lost. */
function severalKey(messages: readonly Message[]): string {
  const ids = messages.map((message) =>
    message.kind === 'alert' ? `${message.groupId} ${message.count}` : `${message.id} ${message.phase}`,
  );
  return createHash('sha256').update(ids.sort().join('\n')).digest('hex').slice(0, 32);
}
