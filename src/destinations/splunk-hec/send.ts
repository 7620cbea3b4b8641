/** Sends batches to Splunk's HTTP Event Collector. */
import { randomUUID } from 'node:crypto';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import { createPace } from '../pace.ts';
import { acknowledged } from './acknowledgement.ts';
import type { SplunkHecConfig } from './config.ts';
import { acceptance } from './reply.ts';
import { ackRequest, endpointsOf, eventRequest } from './request.ts';

const ACKNOWLEDGEMENT_TIMEOUT_MS = 60_000;
/** How long nothing is sent after HEC said that its queues are nearly full: time to drain, and no more than batches wait anyway. */
const NEAR_CAPACITY_PAUSE_MS = 1_000;

/** With `acknowledgement`, `send` resolves only when the indexers have the batch. */
export function splunkHecSender(config: SplunkHecConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const endpoints = endpointsOf(config);
  const pace = createPace(0, clock);
  return {
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
  };
}
