/** Exports the metrics and traces of a process, or of one of its threads, by OTLP. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { RelayConfig } from '../../config/schema.ts';
import type { HostServices } from '../../relay/ports.ts';
import type { MetricFamily } from '../../shared/metric-families.ts';
import { slept } from '../../shared/slept.ts';
import type { Tracer } from '../../shared/tracing.ts';
import { Exporter } from '../../telemetry/exporter.ts';
import type { Resource } from '../../telemetry/otlp.ts';
import { exportTargets, resourceIn } from '../../telemetry/settings.ts';
import { createTracer } from '../../telemetry/tracer.ts';

/** How often spans are exported. Milliseconds. */
const SPANS_MS = 5_000;
/** The last export, at the end, takes no longer. Milliseconds. */
const LAST_MS = 3_000;

/** The export of one thread. */
export interface Telemetry {
  readonly tracer: Tracer;
  /**
   * Exports until the signal is aborted, and once more then, which takes {@link LAST_MS} at most. Never rejects.
   *
   * @param read the metrics of the whole process; absent for a thread, whose process exports them.
   */
  run(read: (() => Promise<readonly MetricFamily[]>) | undefined, ended: AbortSignal): Promise<void>;
  /** Puts other headers, and another part of sampled traces, into force. */
  change(config: Pick<RelayConfig, 'telemetry'>): void;
}

/** Undefined where no endpoint is configured. */
export function createTelemetry(
  { telemetry }: RelayConfig,
  services: HostServices,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Telemetry | undefined {
  const targets = exportTargets(telemetry, env);
  if (!targets) return undefined;
  const { clock } = services;
  let { sample } = telemetry;
  const exporter = new Exporter({ ...services, targets, fetch, resource: resource(env) });
  return {
    tracer: createTracer({ sample: () => sample, clock, onEnd: exporter.add }),
    change(next) {
      sample = next.telemetry.sample;
      exporter.retarget({
        ...targets,
        headers: exportTargets(next.telemetry, env)?.headers ?? targets.headers,
      });
    },
    async run(read, ended) {
      const metrics = read && (async () => exporter.exportMetrics(await read()));
      let metricsAt = clock.monotonic() + telemetry.interval;
      while (!ended.aborted) {
        await slept(clock, Math.min(SPANS_MS, telemetry.interval), ended);
        if (ended.aborted) break;
        await orEnded(exporter.exportSpans(), ended);
        if (clock.monotonic() < metricsAt) continue;
        if (metrics) await orEnded(metrics(), ended);
        metricsAt = clock.monotonic() + telemetry.interval;
      }
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(LAST_MS, resolve);
      await Promise.race([Promise.all([exporter.exportSpans(), metrics?.()]), late]);
      cancel();
    },
  };
}

/** A request that hangs must not delay the end of the process. */
async function orEnded(work: Promise<void>, ended: AbortSignal): Promise<void> {
  if (ended.aborted) return;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  ended.addEventListener('abort', end, { once: true });
  await Promise.race([work, over]);
  ended.removeEventListener('abort', end);
}

/** OpenTelemetry's semantic conventions for a service. */
function resource(env: Readonly<Record<string, string | undefined>>): Resource {
  return {
    'service.name': 'xdr-relay',
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
    ...resourceIn(env),
  };
}
