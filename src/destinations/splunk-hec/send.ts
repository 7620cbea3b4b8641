/** Sends batches to Splunk's HTTP Event Collector. */
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { createEndpoints } from '../endpoints.ts';
import { DestinationRefusedError, RetryableError } from '../errors.ts';
import { createPace, type Pace } from '../pace.ts';
import type { Batch, Handover, Pipeline } from '../port.ts';
import { type Answered, type Channel, createChannel } from './channel.ts';
import type { SplunkHecConfig } from './config.ts';
import { profileOf } from './profiles.ts';
import { acceptance, ackIdIn, type HecAccepted } from './reply.ts';
import { ackRequest, endpointsOf, eventRequest, type HecEndpoints, healthRequest } from './request.ts';

const ACKNOWLEDGEMENT_TIMEOUT_MS = 60_000;
/** How long nothing is sent after HEC said that its queues are nearly full: time to drain, and no more than batches wait anyway. */
const NEAR_CAPACITY_PAUSE_MS = 1_000;
/** How long each batch gets a channel of its own after several indexers, or a restarted one, gave ids for one channel. */
const ALONE_MS = 10 * 60_000;

interface Collector extends HecEndpoints {
  readonly pace: Pace;
  /** Until when each batch gets a channel of its own. Monotonic, milliseconds. */
  aloneUntil: number;
}

/** With `acknowledgement`, `send` resolves only when the indexers have the batch, and pipelines let batches wait for that together. */
export function splunkHecSender(config: SplunkHecConfig, deps: HttpSenderDeps): Sender {
  const { http, clock } = deps;
  const profile = profileOf(config);
  const context = () => ({ ...deps.context(), who: profile.who });
  const closing = new AbortController();
  const collectors: readonly Collector[] = [config.url].flat().map((url) => ({
    ...endpointsOf(url, profile),
    pace: createPace(0, clock),
    aloneUntil: Number.NEGATIVE_INFINITY,
  }));
  const balanced = createEndpoints(collectors, {
    clock,
    // Where there is no health check, a collector that has rested is tried with one batch.
    isWell: async (collector) =>
      !profile.hasHealth ||
      (await http.send(healthRequest(config, collector), closing.signal)).status === 200,
  });
  const close = async () => closing.abort();
  if (!config.acknowledgement) {
    return {
      async send(batch, signal) {
        await balanced.use(async (collector) => {
          await collector.pace.turn(signal);
          return post(collector, batch, signal);
        });
      },
      close,
    };
  }
  return {
    async send(batch, signal) {
      // In a channel of its own: what this batch does to it, such as a reset, says nothing about others.
      const { acknowledged } = await balanced.use((one) => postIn(openChannel(one), one, batch, signal));
      await acknowledged;
    },
    openPipeline,
    close,
  };

  /** A pipeline has one channel at each collector, so a batch that fails without a reply costs only its own lane's acknowledgements. */
  function openPipeline(): Pipeline {
    const channels = new Map<Collector, Channel>();
    const channelAt = (collector: Collector): Channel => {
      if (clock.monotonic() < collector.aloneUntil) return openChannel(collector);
      const known = channels.get(collector);
      if (known?.isOpen) return known;
      const channel = openChannel(collector);
      channels.set(collector, channel);
      return channel;
    };
    return {
      handOver: (batch, signal) =>
        balanced.use((collector) => postIn(channelAt(collector), collector, batch, signal)),
    };
  }

  function openChannel(collector: Collector): Channel {
    return createChannel({
      clock,
      context,
      timeoutMs: config.acknowledgement_timeout ?? ACKNOWLEDGEMENT_TIMEOUT_MS,
      closing: closing.signal,
      ask: (question, signal) => http.send(ackRequest(config, collector, question), signal),
    });
  }

  async function postIn(
    channel: Channel,
    collector: Collector,
    batch: Batch,
    signal: AbortSignal,
  ): Promise<Handover> {
    await collector.pace.turn(signal);
    try {
      return await channel.post(
        async (onReply) => withAckId(await post(collector, batch, signal, { channel, onReply })),
        signal,
      );
    } finally {
      if (channel.isMixed) collector.aloneUntil = clock.monotonic() + ALONE_MS;
    }
  }

  async function post(
    collector: Collector,
    batch: Batch,
    signal: AbortSignal,
    using?: { readonly channel: Channel; readonly onReply: (answered: Answered) => void },
  ): Promise<HecAccepted> {
    const reply = await http.send(await eventRequest(config, collector, batch, using?.channel), signal);
    using?.onReply({ ackId: ackIdIn(reply), cookies: reply.cookies });
    const accepted = acceptance(reply, batch.items.length, context(), profile);
    if (accepted.isNearCapacity) collector.pace.holdOff(NEAR_CAPACITY_PAUSE_MS);
    return accepted;
  }
}

function withAckId({ ackId, isNearCapacity }: HecAccepted): { readonly ackId: number } {
  if (ackId !== undefined) return { ackId };
  if (isNearCapacity) {
    throw new RetryableError('not_acknowledged', 'Splunk took the batch near capacity and gave no ackId');
  }
  throw new DestinationRefusedError(
    'acknowledgement_off',
    'Splunk gave no ackId: switch indexer acknowledgement on for the token, or off in relay.yaml',
  );
}
