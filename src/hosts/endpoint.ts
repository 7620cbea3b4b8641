/** What HTTP reaches, wired for both hosts. */
import { createApp } from '../../routes/app.ts';
import type { Check } from '../../routes/health.ts';
import type { MetricsRenderer } from '../../routes/metrics.ts';
import type { RelayConfig } from '../config/schema.ts';
import { eventGridOrigins } from '../event-grid/source.ts';
import type { HostServices, RelayPorts } from '../relay/ports.ts';
import { readinessChecks } from '../relay/readiness.ts';

export interface EndpointParts {
  readonly config: RelayConfig;
  readonly ports: Pick<RelayPorts, 'queue' | 'sources'>;
  readonly services: HostServices;
  /** Absent: notifications are not taken here. */
  readonly events?: {
    /** Without keys: take every request. */
    readonly insecure?: boolean;
    /** True while the queue is not known to be there. */
    readonly isStarting?: () => boolean;
  };
  /** What /readyz looks at beside the relay's own checks. */
  readonly checks?: Readonly<Record<string, Check>>;
  /** Absent: there is no /metrics. */
  readonly metrics?: MetricsRenderer;
}

export function createEndpoint({
  config,
  ports,
  services,
  events,
  checks,
  metrics,
}: EndpointParts): ReturnType<typeof createApp> {
  const { clock, logger } = services;
  const { server } = config;
  const accounts = ports.sources.map(({ account }) => account);
  return createApp({
    ...(events && {
      events: {
        ...events,
        queue: ports.queue,
        sources: accounts,
        keys: server.keys,
        allowedOrigins: server.allowed_origins ?? eventGridOrigins(accounts, config.cloud),
        bodyLimit: server.body_limit,
        clock,
        logger,
        metrics: services.metrics,
      },
    }),
    health: { checks: { ...checks, ...readinessChecks(ports) }, clock, logger },
    ...(metrics && { metrics }),
    logger,
  });
}
