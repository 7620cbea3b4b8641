import type { TaskQueue } from '../../queue/port.ts';
import { sendAll } from '../../queue/send-all.ts';
import { retryIsolated } from '../../relay/dead-letters/retry-isolated.ts';
import { sweepOnce } from '../../relay/discovery/sweep-regularly.ts';
import { sweepSchedule } from '../../relay/settings.ts';
import type { RelaySource } from '../../relay/source/sources.ts';
import { deletedOn } from '../../relay/status/retention.ts';
import { watchOnce } from '../../relay/status/watch.ts';
import { handleMessage } from '../../relay/visit/consumer.ts';
import { OwnVisits } from '../../relay/visit/own-visits.ts';
import { beginInvocation, type Invocation, type Work } from './invocation.ts';
import type { Relay } from './relay.ts';
import { dueSweeps } from './sweep-plan.ts';

/** Tasks of the Storage Queue worked on at once. */
const VISITS = 2;
/** The most a Storage Queue gives at once (Microsoft Learn, "Get Messages"). */
const MOST_MESSAGES = 32;
const FORWARD_VISIBILITY_SECONDS = 60;
/** Containers that are watched after one sweep: an invocation has only so many requests. */
const WATCHED = 4;
/** Isolated rows of one destination that are tried again in one invocation, for the same reason. */
const RETRIED = 40;
/** How often isolated rows of other isolates are looked for. */
const LOOK_MINUTES = 5;
/** Pause after the queue was empty. */
const IDLE_MS = 1_000;

/** What the cron trigger does each minute: sweeps that are due, and the Storage Queue where that is used. */
export async function handleScheduled(relay: Relay, env: Env, scheduledTime: number): Promise<void> {
  const { settings } = relay;
  const invocation = beginInvocation(relay, env, { handler: 'scheduled', visits: VISITS });
  try {
    await invocation.ensure();
    const work = await invocation.work();
    const sweeps = async () => {
      const due = dueSweeps(sweepSchedule(relay.config), scheduledTime);
      const { signal } = invocation.budget;
      // The sources at once: one that does not answer must not keep the others waiting.
      const sweepSource = async ({ deps, account, retentionMs }: RelaySource) => {
        const { containerPrefix } = account;
        for (const { name, from, to } of due) {
          await sweepOnce(deps, name, { containerPrefix, from, to }, signal);
        }
        if (due.length === 0) return;
        const watch = { containerPrefix, deletedOn: deletedOn({ retentionMs }), most: WATCHED };
        await watchOnce(deps, watch, signal);
      };
      await Promise.all(work.options.sources.map(sweepSource));
    };
    const isolated = async () => {
      const isLook = Math.floor(scheduledTime / 60_000) % LOOK_MINUTES === 0;
      for (const [name, target] of work.deps.destinations) {
        // Each look is a listing: without isolated rows that this isolate knows of, one in a while is enough.
        if (!isLook && !relay.isolating.has(name)) continue;
        const { stateBlobs: blobs, sharedClaims: checkpoints } = invocation.ports;
        const deps = { ...work.deps, blobs, checkpoints };
        const waiting = await retryIsolated(deps, target, invocation.budget.signal, RETRIED);
        if (waiting > 0) relay.isolating.add(name);
        else relay.isolating.delete(name);
      }
    };
    await Promise.all([
      sweeps(),
      isolated(),
      settings.queue === 'azure' ? drain(invocation, work) : undefined,
      settings.queue === 'forward' ? forward(invocation, invocation.queue) : undefined,
    ]);
  } finally {
    invocation.end();
  }
}

/**
 * Works on the Storage Queue, for the time and the bytes that an invocation has. The trigger fires again before long: so it goes
 * on almost without a gap.
 */
async function drain({ relay, ports, budget, stopping }: Invocation, { deps, options }: Work): Promise<void> {
  const { drainMs, invocationBytes } = relay.settings;
  const until = deps.clock.monotonic() + drainMs;
  const goesOn = () =>
    !stopping.stop.aborted && budget.bytes < invocationBytes && deps.clock.monotonic() < until;
  const counted = { ...options, own: new OwnVisits(VISITS) };
  while (goesOn()) {
    const messages = await ports.queue.receive(VISITS, options.visibilitySeconds);
    await Promise.all(messages.map((message) => handleMessage(deps, counted, message, stopping)));
    if (messages.length === 0) await deps.clock.sleep(IDLE_MS, stopping.stop).catch(() => {});
  }
  await Promise.all(deps.stragglers);
}

/** Moves the messages of the Storage Queue, Event Grid's most likely, to the queue of the tasks. */
async function forward({ ports, stopping }: Invocation, to: TaskQueue): Promise<void> {
  while (!stopping.stop.aborted) {
    const messages = await ports.queue.receive(MOST_MESSAGES, FORWARD_VISIBILITY_SECONDS);
    if (messages.length === 0) return;
    await sendAll(
      to,
      messages.map(({ body }) => body),
      MOST_MESSAGES,
    );
    await Promise.all(messages.map((message) => message.complete()));
  }
}
