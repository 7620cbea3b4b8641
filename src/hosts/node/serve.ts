import { once } from 'node:events';
import { resolve } from 'node:path';
import { serve as listen, type ServerType } from '@hono/node-server';
import { createApp } from '../../../routes/app.ts';
import { requireAuthentication } from '../../../routes/authentication.ts';
import type { Check } from '../../../routes/health.ts';
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { followBreakers } from '../../delivery/managed-destination.ts';
import { createCorrelations } from '../../relay/correlations.ts';
import { SeenRows } from '../../relay/dedupe-rows.ts';
import type { RelayDeps, Stopping } from '../../relay/deps.ts';
import { LagBook } from '../../relay/lag.ts';
import { LiveRules } from '../../relay/live-rules.ts';
import { relaySettings, sweepSchedule } from '../../relay/settings.ts';
import { sweepRegularly } from '../../relay/sweep-regularly.ts';
import { type ConsumerOptions, consume } from '../../relay/visit/consumer.ts';
import { systemClock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { type AzurePorts, azurePorts } from '../azure-ports.ts';
import { nodeDestinations } from './build.ts';
import { loadConfigFile } from './config-file.ts';
import { defaultCredential } from './credential.ts';
import { createLogger } from './logger.ts';
import { type PrometheusMetrics, prometheusMetrics } from './metrics.ts';
import { followContainer, followFolder } from './rules.ts';

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
}

/** Kubernetes and Container Apps kill 30 s after SIGTERM: what is not finished by then is dropped a little earlier. Milliseconds. */
const DRAIN_MS = 25_000;

/** Runs the relay until the signal is aborted. Throws ConfigError, RulesError, or a RelayError that says what cannot work. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, directory, warnings } = await loadConfigFile(options.configFile);
  const logger = createLogger({ level: config.log.level, secrets: secretValues(config) });
  for (const { message, span } of warnings)
    logger.warn(message, { file: options.configFile, line: span.line });
  const host = options.host ?? config.server.host;
  if (options.endpoint) requireAuthentication(config.server, { insecure: options.insecure, host });

  const metrics = prometheusMetrics();
  const ports = azurePorts(config, defaultCredential());
  await Promise.all([ports.queue.ensure(), ports.checkpoints.ensure(), ports.deadLetters.ensure()]);

  const abort = new AbortController();
  const stopping: Stopping = { stop: options.signal, abort: abort.signal };
  const drain = () => setTimeout(() => abort.abort(shuttingDown()), DRAIN_MS).unref();
  options.signal.addEventListener('abort', drain, { once: true });

  const server = await startServer(options, config, host, ports, metrics, logger);
  try {
    if (options.consumer) {
      await runConsumer(config, resolve(directory, config.transforms), ports, metrics, logger, stopping);
    } else if (!options.signal.aborted) {
      await once(options.signal, 'abort');
    }
  } finally {
    await closeServer(server);
    logger.info('xdr-relay has ended');
  }
}

async function runConsumer(
  config: RelayConfig,
  transforms: string,
  ports: AzurePorts,
  metrics: PrometheusMetrics,
  logger: Logger,
  stopping: Stopping,
): Promise<void> {
  const { blobs, documents } = ports;
  const rules = new LiveRules({
    context: ruleContext(config),
    documents,
    clock: systemClock,
    logger,
    metrics,
  });
  const container = config.transforms_container;
  if (container === undefined) await followFolder(rules, transforms, logger, stopping.stop);
  else {
    const source = { blobs, container, pollMs: config.transforms_poll, clock: systemClock, logger };
    await followContainer(rules, source, stopping.stop);
  }
  const destinations = nodeDestinations(config, {
    documents,
    clock: systemClock,
    logger,
    metrics,
  });
  const deps: RelayDeps = {
    ...ports,
    destinations,
    rules: rules.current,
    correlations: createCorrelations({ documents, clock: systemClock, logger, metrics }),
    settings: relaySettings(config),
    stragglers: new Set(),
    lag: new LagBook(metrics),
    seen: new SeenRows(),
    clock: systemClock,
    logger,
    metrics,
  };
  const consumer: ConsumerOptions = {
    source: ports.source,
    concurrency: config.limits.blobs,
    visibilitySeconds: Math.round(config.queue.visibility / 1000),
    dequeueLimit: config.queue.dequeue_limit,
  };
  logger.info('The consumer works', {
    queue: ports.queue.name,
    rules: rules.current().version,
    destinations: [...destinations.keys()],
  });
  try {
    await Promise.all([
      consume(deps, consumer, stopping),
      followBreakers(destinations.values(), deps, stopping.stop),
      sweepRegularly(deps, sweepSchedule(config), stopping.stop),
    ]);
  } finally {
    await Promise.all([...destinations.values()].map(({ destination }) => destination.close()));
  }
}

async function startServer(
  options: ServeOptions,
  config: RelayConfig,
  host: string,
  ports: AzurePorts,
  metrics: PrometheusMetrics,
  logger: Logger,
): Promise<ServerType> {
  const app = createApp({
    ...(options.endpoint && {
      events: {
        queue: ports.queue,
        source: ports.source,
        keys: config.server.keys,
        insecure: options.insecure,
        allowedOrigins: config.server.allowed_origins,
        bodyLimit: config.server.body_limit,
        logger,
        metrics,
      },
    }),
    health: { checks: readinessChecks(config, ports), clock: systemClock, logger },
    metrics: { render: async () => ({ contentType: metrics.contentType, body: await metrics.render() }) },
    logger,
  });
  const server = listen({ fetch: app.fetch, hostname: host, port: options.port ?? config.server.port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new RelayError('cannot_listen', `Cannot listen on ${host}:${options.port ?? config.server.port}`, {
      cause,
    });
  }
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : undefined;
  logger.info('The endpoint listens', { host, port, events: options.endpoint });
  return server;
}

function readinessChecks(config: RelayConfig, ports: AzurePorts): Readonly<Record<string, Check>> {
  return {
    async queue() {
      await ports.queue.depth();
    },
    async containers(signal) {
      // Only whether they can be listed: Defender creates the first one when it has something to write.
      for await (const _ of ports.blobs.containers(config.storage.container_prefix, signal)) break;
    },
  };
}

async function closeServer(server: ServerType): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Event Grid keeps its connections open; whoever is idle is let go, whoever is being answered is waited for.
  if ('closeIdleConnections' in server) server.closeIdleConnections();
  await closed;
}

function shuttingDown(): RelayError {
  return new RelayError('shutting_down', 'The time for shutting down is over');
}
