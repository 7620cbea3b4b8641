import { randomUUID } from 'node:crypto';
import { batchLimits } from '../common.ts';
import type { DestinationDeps } from '../deps.ts';
import { encoded } from '../encoded.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import { createPace } from '../pace.ts';
import type { Destination } from '../port.ts';
import type { ReplyContext } from '../reply.ts';
import { acknowledged } from './acknowledgement.ts';
import type { SplunkHecConfig } from './config.ts';
import { hecEvent } from './event.ts';
import { ackRequest, endpointsOf, eventRequest } from './request.ts';
import { acceptance } from './retry.ts';

const LIMITS = { items: 2_000, bytes: 1_048_576, ageMs: 1_000 };
const CONCURRENCY = 4;
const TIMEOUT_MS = 30_000;
const ACKNOWLEDGEMENT_TIMEOUT_MS = 60_000;
/** How long nothing is sent after HEC said that its queues are nearly full: time to drain, and no more than batches wait anyway. */
const NEAR_CAPACITY_PAUSE_MS = 1_000;

/** Splunk's HTTP Event Collector. With `acknowledgement`, `send` resolves only when the indexers have the batch. */
export function createSplunkHec(name: string, config: SplunkHecConfig, deps: DestinationDeps): Destination {
  const concurrency = config.concurrency ?? CONCURRENCY;
  const http = deps.http({
    allowNetworks: config.allow_networks ?? [],
    connections: concurrency,
    timeoutMs: config.timeout ?? TIMEOUT_MS,
  });
  const endpoints = endpointsOf(config);
  const textOf = hecEvent(config);
  const pace = createPace(0, deps.clock);
  const secrets = [config.token, ...new URL(config.url).searchParams.values()];
  const { clock, retryAfterMaxMs } = deps;
  const context = (): ReplyContext => ({ who: 'Splunk', secrets, now: clock.now(), retryAfterMaxMs });
  return {
    name,
    type: 'splunk_hec',
    batch: batchLimits(config, LIMITS),
    concurrency,
    encode: (delivery) => encoded(delivery, textOf(delivery)),
    async send(batch, signal) {
      await pace.turn(signal);
      // A channel for each try: ack ids count from 0 per channel on each indexer, so behind a balancer, or after a restart,
      // an indexer that knew the channel of earlier batches could say `true` to an id of its own. One that did not take this
      // very request does not know its channel. Splunk keeps 1,000,000 channels and forgets them after 10 idle minutes.
      const channel = config.acknowledgement ? randomUUID() : undefined;
      const reply = await http.send(await eventRequest(config, endpoints, batch, channel), signal);
      const { ackId, isNearCapacity } = acceptance(reply, batch.items.length, context());
      if (isNearCapacity) pace.holdOff(NEAR_CAPACITY_PAUSE_MS);
      if (channel === undefined) return;
      if (ackId === undefined && isNearCapacity) {
        throw new RetryableError('not_acknowledged', 'Splunk took the batch near capacity and gave no ackId');
      }
      if (ackId === undefined) {
        throw new DestinationRefusedError(
          'acknowledgement_off',
          'Splunk gave no ackId: switch indexer acknowledgement on for the token, or off in relay.yaml',
        );
      }
      const request = ackRequest(config, endpoints, { ackId, channel, cookies: reply.cookies });
      const timeoutMs = config.acknowledgement_timeout ?? ACKNOWLEDGEMENT_TIMEOUT_MS;
      await acknowledged({ http, request, ackId, timeoutMs, clock, context }, signal);
    },
    close: () => http.close(),
  };
}
