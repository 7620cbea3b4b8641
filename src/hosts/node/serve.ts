/** `xdr-relay serve`: the relay in a process of Node, until it is stopped. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import { requireAuthentication } from '../../../routes/authentication.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { assembleRelay } from '../../relay/assemble.ts';
import { OperationCounts, storeUsageRegularly } from '../../relay/cost/usage.ts';
import { createDestinations } from '../../relay/destinations.ts';
import type { HostServices, RelayPorts } from '../../relay/ports.ts';
import { createProcessState } from '../../relay/process-state.ts';
import { createLiveRules, type LiveRules } from '../../relay/rule-sets/live-rules.ts';
import { assemblySettings } from '../../relay/settings.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { OperationType } from '../../shared/storage-operations.ts';
import { type AzurePorts, azurePorts } from '../azure-ports.ts';
import { createEndpoint } from '../endpoint.ts';
import { reportScanner } from '../report-scanner.ts';
import { loadConfigFile } from './config-file.ts';
import { nodeCredentials } from './credential.ts';
import { nodeFiles } from './files.ts';
import { nodeHttpClient } from './http.ts';
import { close, listen } from './listen.ts';
import { createLogger } from './logger.ts';
import { defaultMemoryBytes } from './memory.ts';
import { type PrometheusMetrics, prometheusMetrics } from './metrics.ts';
import { followContainer, followFolder, type LookAgain } from './rules.ts';
import { Start } from './start.ts';

type NodeServices = HostServices & { readonly metrics: PrometheusMetrics };

export interface ServeOptions {
  /** Path of relay.yaml. */
  readonly configFile: string;
  /** Instead of `server.port`, `server.host`. */
  readonly port?: number;
  readonly host?: string;
  /** Take requests without a key, on loopback. */
  readonly insecure: boolean;
  /** Take notifications; serve /healthz, /readyz and /metrics either way. */
  readonly endpoint: boolean;
  /** Work on tasks, and sweep. */
  readonly consumer: boolean;
  /** Rules with errors end the start, although there are last good ones. */
  readonly strictRules: boolean;
  /** Aborted: finish what is on its way and end. */
  readonly signal: AbortSignal;
  /** Called with what SIGHUP shall do from now on. */
  readonly onHangup?: (listener: () => void) => void;
}

/** Kubernetes and Container Apps kill 30 s after SIGTERM: what is not finished by then is dropped a little earlier. Milliseconds. */
const DRAIN_MS = 25_000;
/** `limits.follow`, unless relay.yaml says otherwise. */
const FOLLOWED_BY_CORE = 250;
/** By then the process ends, whatever holds it: the orchestrator's SIGKILL would come next. Milliseconds. */
const LAST_MS = 29_000;

/**
 * Runs the relay until the signal is aborted.
 *
 * It listens at once. While the storage account does not answer, the start is tried again and again; /events answers
 * 503 meanwhile. Throws ConfigError, RulesError, or a RelayError that says what cannot work.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { signal } = options;
  const { config, directory, warnings } = await loadConfigFile(options.configFile);
  const logger = createLogger({ level: config.log.level, secrets: secretValues(config) });
  for (const { message, span } of warnings)
    logger.warn(message, { file: options.configFile, line: span.line });
  const host = options.host ?? config.server.host;
  if (options.endpoint) requireAuthentication(config.server, { insecure: options.insecure, host });

  let lookAgain: LookAgain | undefined;
  options.onHangup?.(() => {
    logger.info(
      lookAgain
        ? 'SIGHUP: reloading the rules, but not relay.yaml, which needs a restart'
        : 'SIGHUP: nothing is read again now (a start looks for rules by itself); relay.yaml needs a restart',
    );
    lookAgain?.();
  });

  const metrics = prometheusMetrics();
  reportScanner(logger, metrics);
  const operations = new OperationCounts();
  const onOperation = (type: OperationType) => {
    operations.add(type);
    metrics.count('xdr_relay_storage_operations_total', { type });
  };
  const ports = azurePorts(config, nodeCredentials, { onOperation });
  ports.clock.onMachineOff((offset) => clockCorrected(offset, logger, metrics));
  const services: NodeServices = { clock: ports.clock, logger, metrics };
  const start = new Start(services);
  const parts: Parts = { strictRules: options.strictRules, config, ports, services, start };

  const abort = new AbortController();
  const stopping: Stopping = { stop: signal, abort: abort.signal };
  const drain = () => {
    setTimeout(() => abort.abort(shuttingDown()), DRAIN_MS).unref();
    setTimeout(() => endNow(logger), LAST_MS).unref();
  };
  signal.addEventListener('abort', drain, { once: true });

  const ended = new AbortController();
  let storing: Promise<void> | undefined;
  let takesEvents = false;
  const server = await startServer(options, host, parts, () => takesEvents);
  try {
    await start.until(() => ensureStorage(ports), signal);
    takesEvents = true;
    storing = storeUsageRegularly({ ...services, documents: ports.documents }, operations, ended.signal);
    if (options.consumer) {
      await runConsumer(parts, resolve(directory, config.transforms), stopping, (again) => {
        lookAgain = again;
      });
    } else {
      start.end();
      if (!signal.aborted) await once(signal, 'abort');
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    ended.abort();
    await Promise.all([close(server), storing]);
    logger.info('xdr-relay has ended');
  }
}

/** Certificates and tokens are judged by the machine's clock still, so a person should set it. */
function clockCorrected(offsetMs: number, logger: Logger, metrics: Metrics): void {
  const seconds = Math.round(offsetMs / 1000);
  metrics.gauge('xdr_relay_clock_offset_seconds', seconds);
  if (offsetMs === 0) logger.info("The clock of this machine agrees with the storage account's clock again");
  else
    logger.warn("The clock of this machine is off; the relay uses the storage account's clock", {
      offset_seconds: seconds,
    });
}

async function ensureStorage({ queue, documents, deadLetters }: RelayPorts): Promise<void> {
  await Promise.all([queue.ensure(), documents.ensure(), deadLetters.ensure()]);
}

interface Parts {
  readonly strictRules: boolean;
  readonly config: RelayConfig;
  readonly ports: AzurePorts;
  readonly services: NodeServices;
  readonly start: Start;
}

/** Works on tasks until stopped. */
async function runConsumer(
  parts: Parts,
  transforms: string,
  stopping: Stopping,
  onRules: (lookAgain: LookAgain) => void,
): Promise<void> {
  const { config, ports, services, start, strictRules: strict } = parts;
  const { logger } = services;
  const { stop } = stopping;
  const host = { kind: 'node', name: `${hostname()}:${process.pid}` } as const;
  const rules = createLiveRules(config, host, { ...services, strict, documents: ports.documents });
  onRules(await followRules(rules, parts, transforms, stop));
  const relay = assembleRelay({
    ports,
    services,
    settings: assemblySettings(config),
    destinations: createDestinations(config, {
      http: nodeHttpClient,
      files: nodeFiles,
      clock: services.clock,
    }),
    rules: rules.current,
    following: {
      host: host.name,
      cores: availableParallelism(),
      capacity: config.limits.follow ?? FOLLOWED_BY_CORE * availableParallelism(),
      queue: ports.queue,
    },
    state: createProcessState({ memoryBytes: config.limits.memory ?? defaultMemoryBytes() }, services),
  });
  const telling = rules.tellRegularly(stop);
  try {
    await start.until(relay.takeOverNames, stop);
    await start.until(relay.begin, stop);
    start.end();
    logger.info('The consumer is running', {
      queue: ports.queue.name,
      rules: rules.current().version,
      destinations: [...relay.shared.destinations.keys()],
      ...(config.sources && { sources: config.sources.map(({ name }) => name) }),
    });
    await relay.run(stopping);
  } finally {
    await Promise.all([relay.close(), stop.aborted ? telling : undefined]);
  }
}

/** Resolves when a first rule set is in force. While none can be used the process waits, looks again, and takes notifications. */
async function followRules(
  rules: LiveRules,
  { config, ports, services, start }: Parts,
  transforms: string,
  stop: AbortSignal,
): Promise<LookAgain> {
  const { clock, logger } = services;
  const container = config.transforms_container;
  if (container === undefined) {
    return start.until(() => followFolder(rules, transforms, { clock, logger }, stop), stop);
  }
  const source = { blobs: ports.stateBlobs, container, pollMs: config.transforms_poll, clock, logger };
  return start.until(() => followContainer(rules, source, stop), stop);
}

async function startServer(
  options: ServeOptions,
  host: string,
  { config, ports, services, start }: Parts,
  takesEvents: () => boolean,
): Promise<Server> {
  const { metrics, logger } = services;
  const app = createEndpoint({
    config,
    ports,
    services,
    ...(options.endpoint && { events: { insecure: options.insecure, isStarting: () => !takesEvents() } }),
    checks: { start: start.check },
    metrics: { render: async () => ({ contentType: metrics.contentType, body: await metrics.render() }) },
  });
  const { server, port } = await listen(app.fetch, host, options.port ?? config.server.port);
  logger.info('The endpoint is listening', { host, port, events: options.endpoint });
  return server;
}

function endNow(logger: Logger): never {
  logger.error('The shutdown took too long; requests in flight are sent again after the next start');
  process.exit(1);
}

function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The time for shutting down is over');
}
