/** Sends batches to Splunk's HTTP Event Collector. */
import { randomUUID } from 'node:crypto';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { createEndpoints } from '../endpoints.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import { createPace, type Pace } from '../pace.ts';
import type { Batch } from '../port.ts';
import { acknowledged } from './acknowledgement.ts';
import type { SplunkHecConfig } from './config.ts';
import { acceptance } from './reply.ts';
import { ackRequest, endpointsOf, eventRequest, type HecEndpoints, healthRequest } from './request.ts';

const ACKNOWLEDGEMENT_TIMEOUT_MS = 60_000;
/** How long nothing is sent after HEC said that its queues are nearly full: time to drain, and no more than batches wait anyway. */
const NEAR_CAPACITY_PAUSE_MS = 1_000;

/** With `acknowledgement`, `send` resolves only when the indexers have the batch. */
export function splunkHecSender(config: SplunkHecConfig, { http, clock, context }: HttpSenderDeps): Sender {
  const closing = new AbortController();
  const collectors = [config.url].flat().map((url) => ({ ...endpointsOf(url), pace: createPace(0, clock) }));
  const balanced = createEndpoints(collectors, {
    clock,
    isWell: async (collector) =>
      (await http.send(healthRequest(config, collector), closing.signal)).status === 200,
  });
  return {
    async send(batch, signal) {
      const { collector, channel, ackId, isNearCapacity, cookies } = await balanced.use((one) =>
        post(one, batch, signal),
      );
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
      const request = ackRequest(config, collector, { ackId, channel, cookies });
      const timeoutMs = config.acknowledgement_timeout ?? ACKNOWLEDGEMENT_TIMEOUT_MS;
      await acknowledged({ http, request, ackId, timeoutMs, clock, context }, signal);
    },
    async close() {
      closing.abort();
    },
  };

  async function post(collector: Collector, batch: Batch, signal: AbortSignal) {
    await collector.pace.turn(signal);
    // A channel for each try: ack ids count from 0 per channel on each indexer, so behind a balancer, or after a restart,
    // an indexer that knew the channel of earlier batches could say `true` to an id of its own. One that did not take this
    // very request does not know its channel. Splunk keeps 1,000,000 channels and forgets them after 10 idle minutes.
    const channel = config.acknowledgement ? randomUUID() : undefined;
    const reply = await http.send(await eventRequest(config, collector, batch, channel), signal);
    const accepted = acceptance(reply, batch.items.length, context());
    if (accepted.isNearCapacity) collector.pace.holdOff(NEAR_CAPACITY_PAUSE_MS);
    return { collector, channel, ...accepted, cookies: reply.cookies };
  }
}

interface Collector extends HecEndpoints {
  readonly pace: Pace;
}
