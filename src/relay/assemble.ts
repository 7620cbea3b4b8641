/** Assembles the relay from what its host supplies. Hosts, benchmarks and tests all use this, and no other code builds the parts. */

import { Evidence } from '../delivery/evidence.ts';
import { takeOverDocuments } from '../delivery/former-documents.ts';
import {
  followBreakers,
  type ManagedDestination,
  manageDestination,
} from '../delivery/managed-destination.ts';
import type { Destination } from '../destinations/port.ts';
import type { QueueMessage } from '../queue/port.ts';
import type { WatchedQueue } from '../queue/watched-queue.ts';
import type { RuleSet } from '../rules/ruleset.ts';
import type { Metrics } from '../shared/metrics.ts';
import { announce } from './alerts/announce.ts';
import { takeOverAlerts } from './alerts/former.ts';
import { alertGauges } from './alerts/gauges.ts';
import { isPausedIn } from './alerts/index-document.ts';
import type { LeftOver } from './alerts/left-over.ts';
import type { Notifier } from './alerts/notifier.ts';
import { foldingDestination, leftOverOf } from './alerts/people.ts';
import type { CaptureBook } from './capture/book.ts';
import { expireOnce, expireRegularly } from './dead-letters/retention.ts';
import { retryIsolated, retryIsolatedRegularly } from './dead-letters/retry-isolated.ts';
import type { DeviceBook } from './devices/device-book.ts';
import { Follower, type FollowerOptions } from './follow/follower.ts';
import { LiveDestinations } from './live-destinations.ts';
import { KnownTroubles } from './operational/known.ts';
import { lookOnce, type OperationalDeps, watchOperational } from './operational/watch.ts';
import type { HostServices, RelayPorts } from './ports.ts';
import { evidenceOf, type ProcessState } from './process-state.ts';
import { decideOnce, decideSource, runSource } from './run-source.ts';
import type { AssemblySettings } from './settings.ts';
import { createSilenceBook } from './silences/book.ts';
import type { Stopping } from './source/deps.ts';
import type { Way } from './source/notifications.ts';
import { type BeginningSource, relaySources, type SharedDeps } from './source/sources.ts';
import { tableLabel } from './source/table.ts';
import { consume, handleMessage } from './visit/consumer.ts';
import { OwnVisits } from './visit/own-visits.ts';

/** What a host supplies to assemble a relay. */
export interface RelayParts {
  readonly ports: RelayPorts;
  readonly services: HostServices;
  readonly settings: AssemblySettings;
  /** The destinations by name. {@link Relay.close} closes them. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Returns the rule set in force. A visit keeps the set with which it began. */
  readonly rules: () => RuleSet;
  readonly state: ProcessState;
  /** The list of devices, which rules look devices up in. */
  readonly devices?: DeviceBook | undefined;
  /** Keeps rows that a person asked for. */
  readonly capture?: CaptureBook | undefined;
  /** For a process that keeps running: it follows its blobs by its own timers. Absent: the queue holds a task for each. */
  readonly following?: FollowingParts;
}

/** What a process that follows its blobs adds. */
export interface FollowingParts extends Pick<FollowerOptions, 'host' | 'cores' | 'capacity'> {
  /** Used instead of the ports' queue. */
  readonly queue: WatchedQueue;
}

/** How a host that does not keep running says what is due. */
export interface AlertPass {
  readonly ms: number;
  readonly aheadMs: number;
  readonly isRegular: boolean;
}

/** Processes messages of the queue. */
export interface Handler {
  /** Processes one message and settles it. Never rejects. */
  handle(message: QueueMessage): Promise<void>;
  /** Slow visits that are under way beside those that the places are for. */
  slowRunning(): number;
}

/** An assembled relay. Nothing runs before one of its methods is called. */
export interface Relay {
  readonly sources: readonly BeginningSource[];
  /** The ports and state that the visits of all sources share. */
  readonly shared: SharedDeps;
  /** Moves the shared documents of renamed destinations to their new names. Throws CheckpointError. */
  takeOverNames(): Promise<void>;
  /**
   * Decides where reading begins if there is a single source. With several sources, it does nothing, because a source that does not
   * respond must not keep the process from starting. Throws BlobError and CheckpointError.
   */
  begin(): Promise<void>;
  /** For a host that does not keep running: loads what other consumers stored about the destinations, and where the reading of each source begins. */
  refresh(): Promise<void>;
  /**
   * Makes a handler, for a host that receives the messages from the queue itself.
   *
   * @param places visits that are made at once, where visits for one cursor alone must not take all of them.
   */
  handler(stopping: Stopping, places?: number): Handler;
  /** Processes tasks, sweeps, watches and retries isolated rows, until stopped. */
  run(stopping: Stopping): Promise<void>;
  /** The part of {@link run} that concerns the destinations. */
  followDestinations(stop: AbortSignal): Promise<void>;
  /**
   * For a host that does not keep running: says to people what is due, and what becomes due within `aheadMs`, for at most `ms`
   * milliseconds. Unless `isRegular`, only destinations into whose groups this process has folded something. The part of {@link run} for
   * alerts.
   */
  sayAlerts(pass: AlertPass, stop: AbortSignal): Promise<void>;
  /** For a host that does not keep running: looks for troubles of the relay itself, and has people told. The part of {@link run} for them. */
  tellTroubles(stop: AbortSignal): Promise<void>;
  /** Retries the isolated rows of one destination that are due, at most `most`. Resolves with the number that remain isolated. */
  retryIsolated(destination: string, stop: AbortSignal, most?: number): Promise<number>;
  /** Removes dead letters that are too old, if a pass is due, at most `most`. The part of {@link run} for a host that does not keep running. */
  expireLetters(stop: AbortSignal, most: number): Promise<void>;
  /**
   * Puts other settings and destinations into force while the relay runs. Of the settings, `visits`, `retryAfterMaxMs`, `deadLetterRetentionMs` and `operational` apply; the
   * rest applies from the next start. See {@link LiveDestinations.replace}.
   */
  change(settings: AssemblySettings, destinations: ReadonlyMap<string, Destination>): Promise<void>;
  /** Resolves when the requests that are still running after their visits have ended. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** How long an alert of Defender waits for its other table where nothing is said. Milliseconds. */
const DEFAULT_JOIN_WAIT_MS = 2 * 60_000;

export function assembleRelay(parts: RelayParts): Relay {
  const { ports, services, state } = parts;
  const { documents, stateBlobs, sharedClaims } = ports;
  let { settings } = parts;
  const silences = createSilenceBook({ ...services, documents });
  /** Of the destinations whose alerts are folded. */
  const notifiers = new WeakMap<ManagedDestination, Notifier>();
  /** Of the destinations for machines that are sent single alerts. */
  const leftOvers = new WeakMap<ManagedDestination, LeftOver>();
  const destinations = new LiveDestinations(parts.destinations, {
    clock: services.clock,
    manage(destination, isNew) {
      // What the destination accepted under other settings proves nothing about it now.
      if (isNew) state.evidence.set(destination.name, new Evidence());
      const { retryAfterMaxMs } = settings;
      const folding = {
        ...services,
        documents,
        deadLetters: ports.deadLetters,
        silences,
        joinWaitMs: () => settings.joinWaitMs ?? DEFAULT_JOIN_WAIT_MS,
        shapes: () => parts.rules().shapes,
        async tellPeople(message: Parameters<typeof announce>[2]) {
          for (const to of settings.operational?.to ?? [])
            await announce({ ...services, documents }, to, message);
        },
      };
      const people = foldingDestination(destination, folding);
      const managed = manageDestination(
        people?.destination ?? destination,
        { ...services, documents, retryAfterMaxMs },
        evidenceOf(state, destination.name),
      );
      if (people) notifiers.set(managed, people.notifier);
      const leftOver = leftOverOf(destination, folding);
      if (leftOver) leftOvers.set(managed, leftOver);
      return managed;
    },
  });
  const { following } = parts;
  const queue = following?.queue ?? ports.queue;
  const follower =
    following &&
    new Follower(
      { ...services, documents, queue },
      { ...following, concurrency: settings.consumer.concurrency },
    );
  const shared: SharedDeps = {
    ...services,
    deadLetters: ports.deadLetters,
    queue,
    ...(follower && { isFollowed: (ref) => follower.isFollowed(ref) }),
    get destinations() {
      return destinations.current;
    },
    rules: parts.rules,
    get settings() {
      return settings.visits;
    },
    memory: state.memory,
    lag: state.lag,
    risks: state.risks,
    tables: state.tables,
    seen: state.seen,
    tenants: state.tenants,
    devices: parts.devices,
    capture: parts.capture,
    stragglers: new Set(),
  };
  state.lag.follow(() => destinations.current.keys());
  const endGauges = destinationGauges(destinations, services.metrics);
  const notifiersInForce = () =>
    [...destinations.current].flatMap(([name, target]) => {
      const notifier = notifiers.get(target);
      return notifier ? [{ name, notifier }] : [];
    });
  const endAlertGauges = alertGauges(notifiersInForce, services);
  const sources = relaySources(shared, ports.sources, state.begins);
  for (const { deps, begin } of sources) state.begins.set(deps.source, begin);
  const consumer = {
    ...settings.consumer,
    sources,
    former: settings.former,
    follower,
    watched: following?.queue,
    onNotification: (way: Way) => state.notifications.note(way, { ...services, documents }),
  };
  const retention = {
    ...services,
    documents,
    deadLetters: ports.deadLetters,
    blobs: stateBlobs,
    checkpoints: sharedClaims,
  };
  const troubles: OperationalDeps = {
    ...services,
    documents,
    deadLetters: ports.deadLetters,
    sources: sources.map(({ deps }) => ({ name: deps.source, documents: deps.documents })),
    destinations: () =>
      [...destinations.current].map(([name, target]) => ({
        name,
        isOpen: target.breaker.isOpen || isPausedIn(notifiers.get(target)?.index, services.clock.now()),
      })),
    known: KnownTroubles.create(services.metrics),
    async announce(destination, message) {
      await announce({ ...services, documents }, destination, message);
      for (const { name, notifier } of notifiersInForce()) if (name === destination) notifier.wake();
    },
  };
  const retries = () => ({ ...shared, blobs: stateBlobs, checkpoints: sharedClaims });
  let isFirst: boolean | undefined;

  const relay: Relay = {
    sources,
    shared,

    async takeOverNames() {
      await takeOverDocuments(documents, settings.former);
      await takeOverAlerts({ ...services, documents }, settings.former);
    },

    async begin() {
      const [only, another] = sources;
      if (only && !another) isFirst = await decideSource(only);
    },

    async refresh() {
      const known = [...destinations.current.values()].flatMap(({ breaker, holds }) => [breaker, holds]);
      await state.closed.refresh(known, services.clock);
      await Promise.all(sources.map(decideOnce));
    },

    handler(stopping, places) {
      const own = places === undefined ? undefined : new OwnVisits(places);
      const options = { ...consumer, ...(own && { own }) };
      return {
        handle: (message) => handleMessage(shared, options, message, stopping),
        slowRunning: () => own?.slowRunning ?? 0,
      };
    },

    async run(stopping) {
      await Promise.all([
        consume(shared, consumer, stopping),
        follower?.run(stopping),
        relay.followDestinations(stopping.stop),
        parts.devices?.run(documents, stopping.stop),
        parts.capture?.run({ ...services, documents }, stopping.stop),
        watchOperational(troubles, () => settings.operational, stopping.stop),
        expireRegularly(retention, () => settings.deadLetterRetentionMs, stopping.stop),
        ...sources.map((source) => runSource(source, settings.sweeps, isFirst, stopping.stop)),
      ]);
    },

    async followDestinations(stop) {
      await Promise.all([
        followBreakers(() => destinations.current.values(), services, stop),
        destinations.each((target, over) => retryIsolatedRegularly(retries, target, over), stop),
        destinations.each(
          async (target, over) => (notifiers.get(target) ?? leftOvers.get(target))?.run(over),
          stop,
        ),
      ]);
    },

    async sayAlerts(pass, stop) {
      const due = notifiersInForce().filter(({ notifier }) => pass.isRegular || notifier.isWoken);
      const left = pass.isRegular
        ? [...destinations.current.values()].flatMap((target) => leftOvers.get(target) ?? [])
        : [];
      await Promise.all([
        ...due.map(({ notifier }) => notifier.pass(pass, stop)),
        ...left.map((leftOver) => leftOver.pass(pass, stop)),
      ]);
    },

    tellTroubles: (stop) => lookOnce(troubles, settings.operational, stop),

    async retryIsolated(name, stop, most) {
      const target = destinations.current.get(name);
      return target ? retryIsolated(retries(), target, stop, most) : 0;
    },

    expireLetters: (stop, most) => expireOnce(retention, settings.deadLetterRetentionMs, stop, most),

    async change(next, named) {
      settings = next;
      await destinations.replace(named);
    },

    async settled() {
      await Promise.all(shared.stragglers);
      await silences.close();
    },

    async close() {
      endGauges();
      endAlertGauges();
      await silences.close();
      await destinations.close();
    },
  };
  return relay;
}

/** Has the gauges of the destinations read when somebody looks; returns what ends that. */
function destinationGauges(destinations: LiveDestinations, metrics: Metrics): () => void {
  const ends = [
    metrics.gaugeFrom('xdr_relay_breaker_open', () =>
      [...destinations.current].map(([destination, { breaker }]) => ({
        value: breaker.isOpen ? 1 : 0,
        labels: { destination },
      })),
    ),
    metrics.gaugeFrom('xdr_relay_destination_disabled', () =>
      [...destinations.current].map(([destination, { breaker }]) => ({
        value: breaker.isDisabled ? 1 : 0,
        labels: { destination },
      })),
    ),
    metrics.gaugeFrom('xdr_relay_table_held', () =>
      [...destinations.current].flatMap(([destination, { holds }]) =>
        holds.tables.map((table) => ({ value: 1, labels: { destination, table: tableLabel(table) } })),
      ),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}
