/** The part of the relay that delivers: follows the rules, takes tasks, sweeps, until it is stopped. In a process, or in each of its threads. */

import { availableParallelism, hostname } from 'node:os';
import { ruleContext } from '../../config/rule-context.ts';
import { assembleRelay } from '../../relay/assemble.ts';
import { changedDestinations, createDestinations, sharedPaces } from '../../relay/destinations.ts';
import { DeviceBook } from '../../relay/devices/device-book.ts';
import { createProcessState } from '../../relay/process-state.ts';
import { createLiveRules } from '../../relay/rule-sets/create-live-rules.ts';
import type { LiveRules } from '../../relay/rule-sets/live-rules.ts';
import { assemblySettings } from '../../relay/settings.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { nodeCredentials } from './credential.ts';
import { nodeFiles } from './files.ts';
import { followCapacity } from './follow-capacity.ts';
import { nodeHttpClient } from './http.ts';
import { nodeKafkaClient } from './kafka/client.ts';
import { KeptDetectionsFile, originOf } from './kept-detections.ts';
import { defaultMemoryBytes } from './memory.ts';
import type { NodeParts } from './parts.ts';
import type { Reloadable } from './reload/reloader.ts';
import { followContainer, followFolders, type LookAgain } from './rules.ts';

export interface ConsumerOptions {
  /** Rules with errors end the start, although there are last good ones. */
  readonly strictRules: boolean;
  readonly stopping: Stopping;
  /** Told how to look for changed rules at once. */
  readonly onRules: (lookAgain: LookAgain) => void;
  /** Called when the start is over, with what takes a changed relay.yaml, and how to learn of new rules. */
  readonly onReady?: (consumer: ReadyConsumer) => void;
  /** Which of the process's threads this is, where there are several: they share its memory and cores. */
  readonly thread?: { readonly index: number; readonly threads: number };
  /** Where Node keeps compiled code; absent where it keeps none. */
  readonly compiledFolder: string | undefined;
}

/** A consumer whose start is over. */
export interface ReadyConsumer extends Reloadable {
  /** Calls the listener after each rule set that came into force. */
  onRulesChange(listener: () => void): void;
}

/** Works on tasks until stopped. Throws RulesError, and a RelayError that says what cannot work. */
export async function runConsumer(parts: NodeParts, options: ConsumerOptions): Promise<void> {
  const { config, ports, services, start } = parts;
  const { logger } = services;
  const { strictRules: strict, stopping, onRules, onReady, thread, compiledFolder } = options;
  const { stop } = stopping;
  const number = thread === undefined ? '' : `:${thread.index + 1}`;
  const host = { kind: 'node', name: `${hostname()}:${process.pid}${number}` } as const;
  const devices = new DeviceBook({
    ...services,
    isUsed: () => rules.hasRules && rules.current().usesDevices === true,
  });
  const kept = new KeptDetectionsFile({
    ...services,
    folder: compiledFolder,
    build: globalThis.XDR_RELAY_BUILD,
    origin: originOf(config, parts.directory),
    isWriter: thread === undefined || thread.index === 0,
  });
  const rules = createLiveRules(config, host, {
    ...services,
    strict,
    knownDetections: kept.known,
    devices: devices.list,
    documents: ports.documents,
  });
  onRules(await followRules(rules, parts, stop));
  const memoryBytes = config.limits.memory ?? defaultMemoryBytes();
  const threads = thread?.threads ?? 1;
  // A thread uses one core at most, so that is what it counts as when blobs are shared out.
  const cores = Math.min(1, availableParallelism() / threads);
  const paces = sharedPaces({ documents: ports.documents, clock: services.clock });
  const hostDeps = {
    http: nodeHttpClient,
    files: nodeFiles,
    kafka: nodeKafkaClient,
    clock: services.clock,
    credentials: nodeCredentials,
    paces,
    ...(parts.replies && { replies: parts.replies }),
  };
  const destinations = createDestinations(config, hostDeps);
  const state = createProcessState({ memoryBytes: memoryBytes / threads }, services);
  const relay = assembleRelay({
    ports,
    services,
    settings: assemblySettings(config),
    destinations,
    rules: rules.current,
    devices,
    capture: parts.capture,
    following: {
      host: host.name,
      cores,
      capacity: followCapacity(config.limits.follow, threads),
      queue: ports.queue,
    },
    state,
  });
  const current = { config, destinations };
  const ready: ReadyConsumer = {
    onRulesChange: (listener) => rules.onChange(listener),
    async prepare({ config: next }) {
      const applyRules = rules.prepare(ruleContext(next));
      const changed = changedDestinations(next, current, hostDeps);
      return {
        async apply() {
          applyRules();
          // Of this thread: the main thread has an export of its own.
          parts.telemetry?.change(next);
          state.memory.resize((next.limits.memory ?? defaultMemoryBytes()) / threads);
          Object.assign(current, { config: next, destinations: changed.all });
          await relay.change(assemblySettings(next), changed.all);
        },
        async drop() {
          await Promise.all(changed.made.map((destination) => destination.close()));
        },
      };
    },
  };
  const telling = [rules.tellRegularly(stop), kept.keepRegularly(stop)];
  try {
    await start.until(relay.takeOverNames, stop);
    await start.until(relay.begin, stop);
    start.end();
    onReady?.(ready);
    logger.info('The consumer is running', {
      queue: ports.queue.name,
      rules: rules.current().version,
      destinations: [...relay.shared.destinations.keys()],
      ...(config.sources && { sources: config.sources.map(({ name }) => name) }),
      ...(thread && { thread: thread.index + 1 }),
    });
    await relay.run(stopping);
  } finally {
    await Promise.all([relay.close(), ...(stop.aborted ? telling : [])]);
  }
}

/** Resolves when a first rule set is in force. While none can be used the process waits, looks again, and takes notifications. */
async function followRules(rules: LiveRules, parts: NodeParts, stop: AbortSignal): Promise<LookAgain> {
  const { config, ports, services, start } = parts;
  const { clock, logger } = services;
  const container = config.transforms_container;
  if (container === undefined) {
    const folders = originOf(config, parts.directory);
    return start.until(() => followFolders(rules, folders, { clock, logger }, stop), stop);
  }
  const source = { blobs: ports.stateBlobs, container, pollMs: config.transforms_poll, clock, logger };
  return start.until(() => followContainer(rules, source, stop), stop);
}
