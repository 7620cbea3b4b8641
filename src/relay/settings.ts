/** What the relay takes from relay.yaml. */
import type { FormerNames } from '../checkpoints/former-names.ts';
import { formerNames } from '../config/former-names.ts';
import type { RelayConfig } from '../config/schema.ts';
import type { SweepSchedule } from './discovery/sweep-regularly.ts';
import type { RelaySettings } from './source/deps.ts';
import type { ConsumerLimits } from './visit/consumer.ts';

/** One visit reads no longer than this, so that one flooding table does not keep the others waiting. */
const VISIT_MS = 30_000;
const VISIT_BYTES = 512 * 1024 * 1024;

/** What a relay is assembled with. A host that has less room lowers some of it. */
export interface AssemblySettings {
  readonly visits: RelaySettings;
  readonly consumer: ConsumerLimits;
  readonly sweeps: SweepSchedule;
  /** The longest pause that a destination is granted when it asks for one. Milliseconds. */
  readonly retryAfterMaxMs: number;
  /** Destinations that were renamed. */
  readonly former: FormerNames;
}

export function assemblySettings(config: RelayConfig): AssemblySettings {
  const { limits, queue, delivery } = config;
  return {
    visits: relaySettings(config),
    consumer: {
      concurrency: limits.blobs,
      visibilitySeconds: Math.round(queue.visibility / 1000),
      dequeueLimit: queue.dequeue_limit,
    },
    sweeps: sweepSchedule(config),
    retryAfterMaxMs: delivery.retry_after_max,
    former: formerNames(config),
  };
}

export function relaySettings(config: RelayConfig): RelaySettings {
  const { tail, limits, delivery } = config;
  return {
    latenessMs: tail.lateness,
    pollMinMs: tail.poll_min,
    pollMaxMs: tail.poll_max,
    rowBytes: limits.row,
    bufferBytes: limits.buffer,
    retry: {
      retryForMs: delivery.retry_for,
      retryMinMs: delivery.retry_min,
      retryMaxMs: delivery.retry_max,
    },
    isolateAfterMs: delivery.isolate_after,
    checkpointEveryMs: delivery.checkpoint_every,
    visitMs: VISIT_MS,
    visitBytes: VISIT_BYTES,
  };
}

export function sweepSchedule({ sweep }: RelayConfig): SweepSchedule {
  return {
    intervalMs: sweep.interval,
    recentMs: sweep.recent,
    wideIntervalMs: sweep.wide_interval,
    wideMs: sweep.wide,
  };
}
