/** Wires the relay from what its host supplies. Nothing else builds its parts: hosts, benchmarks and tests call this. */
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
import { retryIsolated, retryIsolatedRegularly } from './dead-letters/retry-isolated.ts';
import { Follower, type FollowerOptions } from './follow/follower.ts';
import type { HostServices, RelayPorts } from './ports.ts';
import { evidenceOf, type ProcessState } from './process-state.ts';
import { decideOnce, decideSource, runSource } from './run-source.ts';
import type { AssemblySettings } from './settings.ts';
import type { Stopping } from './source/deps.ts';
import { type BeginningSource, relaySources, type SharedDeps } from './source/sources.ts';
import { consume, handleMessage } from './visit/consumer.ts';
import { OwnVisits } from './visit/own-visits.ts';

/** Everything a relay is made of. */
export interface RelayParts {
  readonly ports: RelayPorts;
  readonly services: HostServices;
  readonly settings: AssemblySettings;
  /** By name. {@link Relay.close} closes them. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** The rule set in force; a visit keeps the one it began with. */
  readonly rules: () => RuleSet;
  readonly state: ProcessState;
  /** For a process that keeps running: it follows its blobs by its own timers. Absent: the queue holds a task for each. */
  readonly following?: FollowingParts;
}

/** What a process that follows its blobs adds. */
export interface FollowingParts extends Pick<FollowerOptions, 'host' | 'cores' | 'capacity'> {
  /** Used instead of the ports' queue. */
  readonly queue: WatchedQueue;
}

/** Works on messages of the queue. */
export interface Handler {
  /** Works on one message and settles it; never rejects. */
  handle(message: QueueMessage): Promise<void>;
  /** Slow visits that are under way beside those that the places are for. */
  slowRunning(): number;
}

/** A relay that is wired. Nothing runs before one of its methods is called. */
export interface Relay {
  readonly sources: readonly BeginningSource[];
  /** What the visits of all sources share. */
  readonly shared: SharedDeps;
  /** Moves what is shared about renamed destinations to their new names. Throws CheckpointError. */
  takeOverNames(): Promise<void>;
  /**
   * Decides where the reading of the only source begins. With several nothing is asked here: one that does not answer must not
   * keep the process from working for the others. Throws BlobError and CheckpointError.
   */
  begin(): Promise<void>;
  /** For a host that does not keep running: loads what other consumers recorded about the destinations, and where the reading of each source begins. */
  refresh(): Promise<void>;
  /**
   * For a host that takes the messages from the queue itself.
   *
   * @param places visits that are made at once, where visits for one cursor alone must not take all of them.
   */
  handler(stopping: Stopping, places?: number): Handler;
  /** Takes tasks, sweeps, watches and tries isolated rows again, until stopped. */
  run(stopping: Stopping): Promise<void>;
  /** The part of {@link run} that looks after the destinations. */
  followDestinations(stop: AbortSignal): Promise<void>;
  /** Tries the isolated rows of one destination that are due, `most` at most; the number that remain. */
  retryIsolated(destination: string, stop: AbortSignal, most?: number): Promise<number>;
  /** Resolves when the requests that outlived their visits have ended. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export function assembleRelay(parts: RelayParts): Relay {
  const { ports, services, settings, state } = parts;
  const { documents, stateBlobs, sharedClaims } = ports;
  const destinations = managed(parts);
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
    destinations,
    rules: parts.rules,
    settings: settings.visits,
    memory: state.memory,
    lag: state.lag,
    seen: state.seen,
    tenants: state.tenants,
    stragglers: new Set(),
  };
  const sources = relaySources(shared, ports.sources, state.begins);
  for (const { deps, begin } of sources) state.begins.set(deps.source, begin);
  const consumer = {
    ...settings.consumer,
    sources,
    former: settings.former,
    follower,
    watched: following?.queue,
  };
  const retries = { ...shared, blobs: stateBlobs, checkpoints: sharedClaims };
  let isFirst: boolean | undefined;

  const relay: Relay = {
    sources,
    shared,

    takeOverNames: () => takeOverDocuments(documents, settings.former),

    async begin() {
      const [only, another] = sources;
      if (only && !another) isFirst = await decideSource(only);
    },

    async refresh() {
      const known = [...destinations.values()].flatMap(({ breaker, holds }) => [breaker, holds]);
      await Promise.all(known.map((each) => each.refresh()));
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
        ...sources.map((source) => runSource(source, settings.sweeps, isFirst, stopping.stop)),
      ]);
    },

    async followDestinations(stop) {
      await Promise.all([
        followBreakers(destinations.values(), services, stop),
        retryIsolatedRegularly(retries, stop),
      ]);
    },

    async retryIsolated(name, stop, most) {
      const target = destinations.get(name);
      return target ? retryIsolated(retries, target, stop, most) : 0;
    },

    async settled() {
      await Promise.all(shared.stragglers);
    },

    async close() {
      await Promise.all([...destinations.values()].map(({ destination }) => destination.close()));
    },
  };
  return relay;
}

/** Each destination with what all its lanes share. */
function managed({
  ports,
  services,
  settings,
  destinations,
  state,
}: RelayParts): ReadonlyMap<string, ManagedDestination> {
  const deps = { ...services, documents: ports.documents, retryAfterMaxMs: settings.retryAfterMaxMs };
  return new Map(
    [...destinations].map(([name, destination]) => [
      name,
      manageDestination(destination, deps, evidenceOf(state, name)),
    ]),
  );
}
