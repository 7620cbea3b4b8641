/** Exports the metrics of an isolate and the traces of its invocations by OTLP. */
import type { RelayConfig } from '../../config/schema.ts';
import type { HostServices } from '../../relay/ports.ts';
import { systemClock } from '../../shared/clock.ts';
import type { Tracer } from '../../shared/tracing.ts';
import { Exporter, type ExportFetch } from '../../telemetry/exporter.ts';
import type { Resource } from '../../telemetry/otlp.ts';
import { type ExportTargets, exportTargets, resourceIn } from '../../telemetry/settings.ts';
import { createTracer } from '../../telemetry/tracer.ts';
import { type Figures, figureFamilies } from './figures.ts';

/** What an isolate keeps for its exports. */
export interface WorkerTelemetry {
  readonly targets: ExportTargets;
  readonly resource: Resource;
  readonly sample: number;
  readonly intervalMs: number;
  /** When this isolate began to count, ms since the epoch. */
  readonly from: number;
  /** When its metrics were exported last, in monotonic milliseconds. */
  metricsAt: number;
}

/** Undefined where no endpoint is configured. */
export function workerTelemetry(
  { telemetry }: RelayConfig,
  variables: Readonly<Record<string, string>>,
): WorkerTelemetry | undefined {
  const targets = exportTargets(telemetry, variables);
  if (!targets) return undefined;
  return {
    targets,
    resource: {
      'service.name': 'xdr-relay',
      'service.instance.id': crypto.randomUUID(),
      'cloud.provider': 'cloudflare',
      ...resourceIn(variables),
    },
    sample: telemetry.sample,
    intervalMs: telemetry.interval,
    from: systemClock.now(),
    metricsAt: Number.NEGATIVE_INFINITY,
  };
}

/** The export of one invocation. */
export interface InvocationTelemetry {
  readonly tracer: Tracer;
  /** Sends the spans of this invocation, and the isolate's metrics where they are due. Never rejects; bounded in time. */
  send(figures: Figures): Promise<void>;
}

export function invocationTelemetry(
  telemetry: WorkerTelemetry,
  services: HostServices,
  fetch: ExportFetch,
): InvocationTelemetry {
  const { targets, resource, sample, from, intervalMs } = telemetry;
  const { clock } = services;
  const exporter = new Exporter({ ...services, targets, resource, fetch }, from);
  return {
    tracer: createTracer({ sample: () => sample, clock, onEnd: exporter.add }),
    async send(figures) {
      const now = systemClock.monotonic();
      const isDue = now - telemetry.metricsAt >= intervalMs;
      if (isDue) telemetry.metricsAt = now;
      await Promise.all([
        exporter.exportSpans(),
        isDue ? exporter.exportMetrics(figureFamilies(figures)) : undefined,
      ]);
    },
  };
}
