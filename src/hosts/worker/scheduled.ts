/** The Worker's cron handler. */

import { redact } from '../../config/redact.ts';
import { secretValues } from '../../config/secrets.ts';
import { sendAll } from '../../queue/send-all.ts';
import type { Relay } from '../../relay/assemble.ts';
import { sweepOnce } from '../../relay/discovery/sweep-regularly.ts';
import { sharedTurns } from '../../relay/list-feeds/turns.ts';
import { assemblySettings, sweepSchedule } from '../../relay/settings.ts';
import type { RelaySource } from '../../relay/source/sources.ts';
import { deletedOn } from '../../relay/status/retention.ts';
import { watchOnce } from '../../relay/status/watch.ts';
import { MOST_WORKER_LIST_BYTES } from '../../rules/lists/list-files.ts';
import { slept } from '../../shared/slept.ts';
import { containerListStore } from '../list-container.ts';
import { beginInvocation, FOLDED_ALERTS, type Invocation, type InvocationOptions } from './invocation.ts';
import type { Isolate } from './isolate.ts';
import { dueSweeps, type PlannedSweep } from './sweep-plan.ts';

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
/** Old dead letters that are removed in one invocation: each takes two requests. */
const EXPIRED = 50;
/** Messages to people are said for so long, and those that become due meanwhile: until the trigger fires again. */
const REGULAR_ALERTS = { ms: 50_000, aheadMs: 10_000, isRegular: true };
/** Pause after the queue was empty. */
const IDLE_MS = 1_000;

/** What the cron trigger does each minute: sweeps that are due, and the Storage Queue where that is used. */
export async function handleScheduled(
  isolate: Isolate,
  env: Env,
  scheduledTime: number,
  after: InvocationOptions['after'],
): Promise<void> {
  const { settings } = isolate;
  const invocation = beginInvocation(isolate, env, { handler: 'scheduled', visits: VISITS, after });
  try {
    await invocation.ensure();
    const relay = await invocation.relay();
    const due = dueSweeps(sweepSchedule(isolate.config), scheduledTime);
    await Promise.all([
      // The sources at once: one that does not answer must not keep the others waiting.
      ...relay.sources.map((source) => sweepSource(source, due, invocation.budget.signal)),
      retryIsolated(invocation, relay, scheduledTime),
      relay.sayAlerts(REGULAR_ALERTS, invocation.budget.signal),
      relay.tellTroubles(invocation.budget.signal),
      pullLists(invocation),
      relay.expireLetters(invocation.budget.signal, EXPIRED),
      settings.queue === 'azure' ? drain(invocation, relay) : undefined,
      settings.queue === 'forward' ? forward(invocation) : undefined,
    ]);
    await relay.sayAlerts(FOLDED_ALERTS, invocation.budget.signal);
  } finally {
    invocation.end();
  }
}

/** Feeds that are pulled in one invocation: each may be as large as the lists of a Worker together. */
const PULLED = 1;

/** Pulls list feeds that are due into the container of the rules. Lists of the bundle cannot change. */
async function pullLists({ isolate, services, ports, budget, clients }: Invocation): Promise<void> {
  const { config, feeds } = isolate;
  const { transforms_container: container } = config;
  if (container === undefined) return;
  const bounded = Object.entries(config.list_feeds).map(
    ([list, feed]) => [list, { ...feed, max_size: Math.min(feed.max_size, MOST_WORKER_LIST_BYTES) }] as const,
  );
  const { documents, sharedClaims: checkpoints, stateBlobs } = ports;
  const deps = {
    ...services,
    store: containerListStore(config, container, clients.credentials, clients.options),
    http: clients.http,
    turns: sharedTurns({ account: stateBlobs.account, documents, checkpoints, clock: services.clock }),
    hide: (text: string) => redact(text, secretValues(config)),
  };
  await feeds.pullDue(Object.fromEntries(bounded), deps, budget.signal, PULLED);
}

async function sweepSource(
  { deps, account, retentionMs }: RelaySource,
  due: readonly PlannedSweep[],
  signal: AbortSignal,
): Promise<void> {
  const { containerPrefix } = account;
  for (const { name, from, to } of due) {
    await sweepOnce(deps, { name, containerPrefix, from, to }, signal);
  }
  if (due.length === 0) return;
  const watch = { containerPrefix, deletedOn: deletedOn({ retentionMs }), most: WATCHED };
  await watchOnce(deps, watch, signal);
}

async function retryIsolated(
  { isolate: { isolating }, budget }: Invocation,
  relay: Relay,
  scheduledTime: number,
): Promise<void> {
  const isLook = Math.floor(scheduledTime / 60_000) % LOOK_MINUTES === 0;
  for (const name of relay.shared.destinations.keys()) {
    // Each look is a listing: without isolated rows that this isolate knows of, one in a while is enough.
    if (!isLook && !isolating.has(name)) continue;
    const waiting = await relay.retryIsolated(name, budget.signal, RETRIED);
    if (waiting > 0) isolating.add(name);
    else isolating.delete(name);
  }
}

/**
 * Works on the Storage Queue, for the time and the bytes that an invocation has. The trigger fires again before long: so it goes
 * on almost without a gap.
 */
async function drain(
  { isolate, storageQueue, services: { clock }, budget, stopping }: Invocation,
  relay: Relay,
): Promise<void> {
  const { drainMs, invocationBytes } = isolate.settings;
  const { visibilitySeconds } = assemblySettings(isolate.config).consumer;
  const until = clock.monotonic() + drainMs;
  const goesOn = () => !stopping.stop.aborted && budget.bytes < invocationBytes && clock.monotonic() < until;
  const { handle } = relay.handler(stopping, VISITS);
  while (goesOn()) {
    const messages = await storageQueue.receive(VISITS, visibilitySeconds);
    await Promise.all(messages.map(handle));
    if (messages.length === 0) await slept(clock, IDLE_MS, stopping.stop);
  }
  await relay.settled();
}

/** Moves the messages of the Storage Queue, Event Grid's most likely, to the queue of the tasks. */
async function forward({ ports, storageQueue, stopping }: Invocation): Promise<void> {
  while (!stopping.stop.aborted) {
    const messages = await storageQueue.receive(MOST_MESSAGES, FORWARD_VISIBILITY_SECONDS);
    if (messages.length === 0) return;
    await sendAll(
      ports.queue,
      messages.map(({ body }) => body),
      MOST_MESSAGES,
    );
    await Promise.all(messages.map((message) => message.complete()));
  }
}
