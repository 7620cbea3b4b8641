import { once } from 'node:events';
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import { createApp } from '../../../routes/app.ts';
import { requireAuthentication } from '../../../routes/authentication.ts';
import type { Check } from '../../../routes/health.ts';
import { formerNames } from '../../config/former-names.ts';
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { takeOverDocuments } from '../../delivery/former-documents.ts';
import { followBreakers } from '../../delivery/managed-destination.ts';
import { MemoryBudget } from '../../delivery/memory-budget.ts';
import { eventGridOrigins } from '../../event-grid/source.ts';
import { retryIsolatedRegularly } from '../../relay/dead-letters/retry-isolated.ts';
import { LiveRules } from '../../relay/live-rules.ts';
import { decideSource, runSource } from '../../relay/run-source.ts';
import { relaySettings, sweepSchedule } from '../../relay/settings.ts';
import type { Stopping } from '../../relay/source/deps.ts';
import { LagBook } from '../../relay/source/lag.ts';
import { SeenRows } from '../../relay/source/seen-rows.ts';
import { anyAnswers, relaySources, type SharedDeps } from '../../relay/source/sources.ts';
import { type ConsumerOptions, consume } from '../../relay/visit/consumer.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { type AzurePorts, azurePorts } from '../azure-ports.ts';
import { nodeDestinations } from './build.ts';
import { loadConfigFile } from './config-file.ts';
import { nodeCredentials } from './credential.ts';
import { close, listen } from './listen.ts';
import { createLogger } from './logger.ts';
import { defaultMemoryBytes } from './memory.ts';
import { type PrometheusMetrics, prometheusMetrics } from './metrics.ts';
import { followContainer, followFolder, type LookAgain } from './rules.ts';
import { Start } from './start.ts';

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
  /** Aborted: finish what is on its way and end. */
  readonly signal: AbortSignal;
  /** Called with what SIGHUP shall do from now on. */
  readonly onHangup?: (listener: () => void) => void;
}

/** Kubernetes and Container Apps kill 30 s after SIGTERM: what is not finished by then is dropped a little earlier. Milliseconds. */
const DRAIN_MS = 25_000;
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
        ? 'SIGHUP: the rules are read again; relay.yaml is not, it needs a restart'
        : 'SIGHUP: nothing is read again; relay.yaml needs a restart',
    );
    lookAgain?.();
  });

  const metrics = prometheusMetrics();
  const ports = azurePorts(config, nodeCredentials);
  ports.clock.onMachineOff((offset) => clockCorrected(offset, logger, metrics));
  const start = new Start({ clock: ports.clock, logger });

  const abort = new AbortController();
  const stopping: Stopping = { stop: signal, abort: abort.signal };
  const drain = () => {
    setTimeout(() => abort.abort(shuttingDown()), DRAIN_MS).unref();
    setTimeout(() => endNow(logger), LAST_MS).unref();
  };
  signal.addEventListener('abort', drain, { once: true });

  let takesEvents = false;
  const endpoint: Endpoint = { ports, metrics, logger, start, takesEvents: () => takesEvents };
  const server = await startServer(options, config, host, endpoint);
  try {
    await start.until(() => ensureStorage(ports), signal);
    takesEvents = true;
    if (options.consumer) {
      const consumer: Consumer = { config, ports, metrics, logger, stopping, start };
      await runConsumer(consumer, resolve(directory, config.transforms), (again) => {
        lookAgain = again;
      });
    } else {
      start.end();
      if (!signal.aborted) await once(signal, 'abort');
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  } finally {
    await close(server);
    logger.info('xdr-relay has ended');
  }
}

/** Certificates and tokens are judged by the machine's clock still, so a person should set it. */
function clockCorrected(offsetMs: number, logger: Logger, metrics: Metrics): void {
  const seconds = Math.round(offsetMs / 1000);
  metrics.gauge('xdr_relay_clock_offset_seconds', seconds);
  if (offsetMs === 0) logger.info('The clock of this machine agrees with that of the storage account again');
  else
    logger.warn('The clock of this machine is off; the relay goes by that of the storage account', {
      offset_seconds: seconds,
    });
}

async function ensureStorage({ queue, documents, deadLetters }: AzurePorts): Promise<void> {
  await Promise.all([queue.ensure(), documents.ensure(), deadLetters.ensure()]);
}

interface Consumer {
  readonly config: RelayConfig;
  readonly ports: AzurePorts;
  readonly metrics: PrometheusMetrics;
  readonly logger: Logger;
  readonly stopping: Stopping;
  readonly start: Start;
}

async function runConsumer(
  { config, ports, metrics, logger, stopping, start }: Consumer,
  transforms: string,
  onRules: (lookAgain: LookAgain) => void,
): Promise<void> {
  const { stateBlobs, documents, clock } = ports;
  const rules = new LiveRules({
    context: ruleContext(config),
    documents,
    clock,
    logger,
    metrics,
  });
  const container = config.transforms_container;
  if (container === undefined) onRules(await followFolder(rules, transforms, logger, stopping.stop));
  else {
    const source = {
      blobs: stateBlobs,
      container,
      pollMs: config.transforms_poll,
      clock,
      logger,
    };
    onRules(await start.until(() => followContainer(rules, source, stopping.stop), stopping.stop));
  }
  await start.until(() => takeOverDocuments(documents, formerNames(config)), stopping.stop);
  const destinations = nodeDestinations(config, {
    documents,
    clock,
    logger,
    metrics,
    retryAfterMaxMs: config.delivery.retry_after_max,
  });
  const deps: SharedDeps = {
    deadLetters: ports.deadLetters,
    queue: ports.queue,
    destinations,
    rules: rules.current,
    settings: relaySettings(config),
    memory: new MemoryBudget(config.limits.memory ?? defaultMemoryBytes()),
    stragglers: new Set(),
    lag: new LagBook(metrics),
    seen: new SeenRows(),
    clock,
    logger,
    metrics,
  };
  const sources = relaySources(deps, ports.sources);
  const [only] = sources.length === 1 ? sources : [];
  // One of several that does not answer must not keep the process from working for the others.
  const isFirst = only && (await start.until(() => decideSource(only), stopping.stop));
  const consumer: ConsumerOptions = {
    sources,
    concurrency: config.limits.blobs,
    visibilitySeconds: Math.round(config.queue.visibility / 1000),
    dequeueLimit: config.queue.dequeue_limit,
    former: formerNames(config),
  };
  start.end();
  logger.info('The consumer works', {
    queue: ports.queue.name,
    rules: rules.current().version,
    destinations: [...destinations.keys()],
    ...(config.sources && { sources: config.sources.map(({ name }) => name) }),
  });
  try {
    await Promise.all([
      consume(deps, consumer, stopping),
      followBreakers(destinations.values(), deps, stopping.stop),
      ...sources.map((source) => runSource(source, sweepSchedule(config), isFirst, stopping.stop)),
      retryIsolatedRegularly(
        { ...deps, blobs: ports.stateBlobs, checkpoints: ports.sharedClaims },
        stopping.stop,
      ),
    ]);
  } finally {
    await Promise.all([...destinations.values()].map(({ destination }) => destination.close()));
  }
}

interface Endpoint {
  readonly ports: AzurePorts;
  readonly metrics: PrometheusMetrics;
  readonly logger: Logger;
  readonly start: Start;
  /** False until the queue is known to be there. */
  readonly takesEvents: () => boolean;
}

async function startServer(
  options: ServeOptions,
  config: RelayConfig,
  host: string,
  { ports, metrics, logger, start, takesEvents }: Endpoint,
): Promise<Server> {
  const accounts = ports.sources.map(({ account }) => account);
  const app = createApp({
    ...(options.endpoint && {
      events: {
        queue: ports.queue,
        sources: accounts,
        keys: config.server.keys,
        insecure: options.insecure,
        allowedOrigins: config.server.allowed_origins ?? eventGridOrigins(accounts),
        bodyLimit: config.server.body_limit,
        isStarting: () => !takesEvents(),
        logger,
        metrics,
      },
    }),
    health: { checks: { start: start.check, ...readinessChecks(ports) }, clock: ports.clock, logger },
    metrics: { render: async () => ({ contentType: metrics.contentType, body: await metrics.render() }) },
    logger,
  });
  const { server, port } = await listen(app.fetch, host, options.port ?? config.server.port);
  logger.info('The endpoint listens', { host, port, events: options.endpoint });
  return server;
}

function readinessChecks(ports: AzurePorts): Readonly<Record<string, Check>> {
  return {
    async queue() {
      await ports.queue.depth();
    },
    async containers(signal) {
      // With several sources one is enough: this process can work, and takes the notifications of all.
      await anyAnswers(ports.sources, signal);
    },
  };
}

function endNow(logger: Logger): never {
  logger.error('The end took too long; what is on its way is sent again at the next start');
  process.exit(1);
}

function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The time for shutting down is over');
}
