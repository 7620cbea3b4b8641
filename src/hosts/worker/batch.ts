/** The Worker's queue handler. */
import type { CloudflareQueue, DeliveredMessage } from '../../queue/cloudflare.ts';
import type { Relay } from '../../relay/assemble.ts';
import { loggedError, RelayError } from '../../shared/errors.ts';
import { beginInvocation, FOLDED_ALERTS, type Invocation, type InvocationOptions } from './invocation.ts';
import type { Isolate } from './isolate.ts';

/** A message that was not settled comes back after this. Seconds. */
const UNSETTLED_SECONDS = 30;

/**
 * Works on a batch of messages, all at once: they share the invocation's limits. Each is settled by itself; what a
 * visit has no room for goes back on the queue as a task of its own.
 */
export async function handleBatch(
  isolate: Isolate,
  env: Env,
  messages: readonly DeliveredMessage[],
  after: InvocationOptions['after'],
): Promise<void> {
  const invocation = beginInvocation(isolate, env, { handler: 'queue', visits: messages.length, after });
  const { cloudflare } = invocation;
  try {
    if (!cloudflare) throw notUsed();
    await invocation.ensure();
    const relay = await invocation.relay();
    await Promise.all(messages.map((message) => handleDelivered(invocation, cloudflare, relay, message)));
    // Nothing goes on by itself when the handler has ended.
    await relay.settled();
    await relay.sayAlerts(FOLDED_ALERTS, invocation.budget.signal);
  } finally {
    invocation.end();
  }
}

async function handleDelivered(
  { isolate, stopping }: Invocation,
  queue: CloudflareQueue,
  relay: Relay,
  message: DeliveredMessage,
): Promise<void> {
  try {
    const held = await queue.take(message);
    if (!held) return;
    await relay.handler(stopping).handle(held);
    if (!held.settled) message.retry({ delaySeconds: UNSETTLED_SECONDS });
  } catch (error) {
    isolate.logger.warn('A message could not be taken and will come back', {
      queue_message: message.id,
      ...loggedError(error),
    });
    message.retry({ delaySeconds: UNSETTLED_SECONDS });
  }
}

function notUsed(): RelayError {
  return new RelayError('queue_not_used', 'XDR_RELAY_QUEUE is azure: take the consumer out of wrangler.toml');
}
