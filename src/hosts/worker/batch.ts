import type { CloudflareQueue, DeliveredMessage } from '../../queue/cloudflare.ts';
import { handleMessage } from '../../relay/visit/consumer.ts';
import { loggedError, RelayError } from '../../shared/errors.ts';
import { beginInvocation, type Invocation, type Work } from './invocation.ts';
import type { Relay } from './relay.ts';

/** A message that nobody settled comes back after this. Seconds. */
const UNSETTLED_SECONDS = 30;

/**
 * Works on a batch of messages, all at once: they share the invocation's limits. Each is settled by itself; what a
 * visit has no room for goes back on the queue as a task of its own.
 */
export async function handleBatch(
  relay: Relay,
  env: Env,
  messages: readonly DeliveredMessage[],
): Promise<void> {
  const invocation = beginInvocation(relay, env, { handler: 'queue', visits: messages.length });
  const { cloudflare } = invocation;
  try {
    if (!cloudflare) throw notUsed();
    await invocation.ensure();
    const work = await invocation.work();
    await Promise.all(messages.map((message) => handleDelivered(invocation, cloudflare, work, message)));
    // Nothing goes on by itself when the handler has ended.
    await Promise.all(work.deps.stragglers);
  } finally {
    invocation.end();
  }
}

async function handleDelivered(
  { relay, stopping }: Invocation,
  queue: CloudflareQueue,
  { deps, options }: Work,
  message: DeliveredMessage,
): Promise<void> {
  try {
    const held = await queue.take(message);
    if (!held) return;
    await handleMessage(deps, options, held, stopping);
    if (!held.settled) message.retry({ delaySeconds: UNSETTLED_SECONDS });
  } catch (error) {
    relay.logger.warn('A message could not be taken and will come back', {
      message: message.id,
      ...loggedError(error),
    });
    message.retry({ delaySeconds: UNSETTLED_SECONDS });
  }
}

function notUsed(): RelayError {
  return new RelayError('queue_not_used', 'XDR_RELAY_QUEUE is azure: take the consumer out of wrangler.toml');
}
