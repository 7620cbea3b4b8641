/** What the relay takes from relay.yaml. */
import type { RelayConfig } from '../config/schema.ts';
import type { SweepSchedule } from './discovery/sweep-regularly.ts';
import type { RelaySettings } from './source/deps.ts';

/** One visit reads no longer than this, so that one flooding table does not keep the others waiting. */
const VISIT_MS = 30_000;
const VISIT_BYTES = 512 * 1024 * 1024;

/** What the relay takes from relay.yaml. */
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
