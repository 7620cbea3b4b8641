import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { batchLimits } from '../common.ts';
import { encoded } from '../encoded.ts';
import { DestinationRefusedError } from '../errors.ts';
import type { HttpClientFactory } from '../http.ts';
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

/** Splunk's HTTP Event Collector. With `acknowledgement`, `send` resolves only when the indexers have the batch. */
export function createSplunkHec(
  name: string,
  config: SplunkHecConfig,
  deps: { readonly http: HttpClientFactory; readonly clock: Clock },
): Destination {
  const concurrency = config.concurrency ?? CONCURRENCY;
  const http = deps.http({
    allowNetworks: config.allow_networks ?? [],
    connections: concurrency,
    timeoutMs: config.timeout ?? TIMEOUT_MS,
  });
  const endpoints = endpointsOf(config);
  const textOf = hecEvent(config);
  // One channel per process: Splunk keeps acknowledgements apart by it. Made on first use: Workers have no randomness before.
  let channel: string | undefined;
  const secrets = [config.token, ...new URL(config.url).searchParams.values()];
  const context = (): ReplyContext => ({ who: 'Splunk', secrets, now: deps.clock.now() });
  return {
    name,
    type: 'splunk_hec',
    batch: batchLimits(config, LIMITS),
    concurrency,
    encode: (delivery) => encoded(delivery, textOf(delivery)),
    async send(batch, signal) {
      if (config.acknowledgement) channel ??= randomUUID();
      const reply = await http.send(await eventRequest(config, endpoints, batch, channel), signal);
      const { ackId } = acceptance(reply, batch.items.length, context());
      if (channel === undefined) return;
      if (ackId === undefined) {
        throw new DestinationRefusedError(
          'acknowledgement_off',
          'Splunk gave no ackId: switch indexer acknowledgement on for the token, or off in relay.yaml',
        );
      }
      await acknowledged(
        http,
        ackRequest(config, endpoints, ackId, channel, reply.cookies),
        ackId,
        config.acknowledgement_timeout ?? ACKNOWLEDGEMENT_TIMEOUT_MS,
        deps.clock,
        context,
        signal,
      );
    },
    close: () => http.close(),
  };
}
