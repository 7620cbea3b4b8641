/** What HTTP reaches, wired for both hosts: the endpoint of Event Grid, and what monitoring reads. */
import { createApp } from '../../routes/app.ts';
import type { ConsoleDeps } from '../../routes/console/deps.ts';
import type { EventsDeps } from '../../routes/events.ts';
import type { Check } from '../../routes/health.ts';
import type { KeptAnswers } from '../../routes/kept-answers.ts';
import type { MetricsRenderer } from '../../routes/metrics.ts';
import type { MonitoringDeps } from '../../routes/monitoring.ts';
import type { RelayConfig } from '../config/schema.ts';
import { eventGridOrigins } from '../event-grid/source.ts';
import type { TokenCheck } from '../event-grid/tokens.ts';
import type { HostServices, RelayPorts } from '../relay/ports.ts';
import { readinessChecks } from '../relay/readiness.ts';

/** What both applications are made from. */
export interface HttpParts {
  readonly config: RelayConfig;
  readonly ports: Pick<RelayPorts, 'queue' | 'sources' | 'stateVersion'>;
  readonly services: HostServices;
}

export interface EventsOptions {
  /** Without keys: take every request. */
  readonly insecure?: boolean;
  /** True while the queue is not known to be there. */
  readonly isStarting?: () => boolean;
  /** From `tokenCheck`. */
  readonly tokens: TokenCheck | undefined;
}

export interface MonitoringOptions {
  /** Any of them opens `/readyz` and `/metrics`. Left out: everybody may look. */
  readonly keys?: readonly string[];
  /** Rejects while the process starts; see HealthDeps. */
  readonly start?: Check;
  /** What /readyz looks at beside the relay's own checks. */
  readonly checks?: Readonly<Record<string, Check>>;
  readonly metrics: MetricsRenderer;
  readonly kept: KeptAnswers;
}

export interface AppOptions {
  readonly events?: EventsOptions;
  readonly monitoring?: MonitoringOptions;
  readonly console?: ConsoleDeps;
}

/**
 * The application of one port, or of a Worker: `/healthz`, and what of the rest is asked for.
 *
 * @param events `/events`, where notifications are taken here.
 * @param monitoring `/readyz` and `/metrics`, where they are served here.
 * @param console the console, where it is served here: from `consoleDeps`.
 */
export function createHttpApp(
  parts: HttpParts,
  { events, monitoring, console: page }: AppOptions,
): ReturnType<typeof createApp> {
  return createApp({
    ...(events && { events: eventsDeps(parts, events) }),
    ...(monitoring && { monitoring: monitoringDeps(parts, monitoring) }),
    ...(page && { console: page }),
    logger: parts.services.logger,
  });
}

function eventsDeps({ config, ports, services }: HttpParts, options: EventsOptions): EventsDeps {
  const { clock, logger, metrics, tracer } = services;
  const { server } = config;
  const accounts = ports.sources.map(({ account }) => account);
  return {
    ...options,
    queue: ports.queue,
    sources: accounts,
    keys: server.keys,
    authentication: server.authentication,
    allowedOrigins: server.allowed_origins ?? eventGridOrigins(accounts, config.cloud),
    bodyLimit: server.body_limit,
    clock,
    logger,
    metrics,
    tracer,
  };
}

function monitoringDeps(
  { ports, services }: HttpParts,
  { checks, ...options }: MonitoringOptions,
): MonitoringDeps {
  const { clock, logger } = services;
  return { ...options, checks: { ...checks, ...readinessChecks(ports) }, clock, logger };
}
