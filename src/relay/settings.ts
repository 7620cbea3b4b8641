/** Derives the relay's settings from relay.yaml. */
import type { FormerNames } from '../checkpoints/former-names.ts';
import { formerNames } from '../config/former-names.ts';
import type { RelayConfig } from '../config/schema.ts';
import type { SweepSchedule } from './discovery/sweep-regularly.ts';
import type { OperationalSettings } from './operational/watch.ts';
import type { RelaySettings } from './source/deps.ts';
import type { ConsumerLimits } from './visit/consumer.ts';

/** The longest time that one visit reads, so that one busy table does not keep the others waiting. Milliseconds. */
const VISIT_MS = 30_000;
const VISIT_BYTES = 512 * 1024 * 1024;

/** The settings for assembling a relay. A host with less memory lowers some of them. */
export interface AssemblySettings {
  readonly visits: RelaySettings;
  readonly consumer: ConsumerLimits;
  readonly sweeps: SweepSchedule;
  /** The longest pause that a destination may ask for. Milliseconds. */
  readonly retryAfterMaxMs: number;
  /** How long dead letters are kept, milliseconds; undefined: for ever. */
  readonly deadLetterRetentionMs?: number | undefined;
  /** Who is told of troubles of the relay itself; absent: nobody. */
  readonly operational?: OperationalSettings | undefined;
  /** How long an alert of Defender waits for its other table: `defender_alerts.join_wait`. Milliseconds. */
  readonly joinWaitMs?: number;
  /** The former names of renamed destinations. */
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
    deadLetterRetentionMs: config.dead_letters.retention,
    operational: operationalSettings(config),
    joinWaitMs: config.defender_alerts.join_wait,
    former: formerNames(config),
  };
}

function operationalSettings({ operational, sweep }: RelayConfig): OperationalSettings | undefined {
  const { to, settle, repeat, runbooks } = operational;
  if (to.length === 0) return undefined;
  return { to, settleMs: settle, repeatMs: repeat, runbooks, silentAfterMs: sweep.silent_after };
}

export function relaySettings(config: RelayConfig): RelaySettings {
  const { tail, limits, delivery, sweep, telemetry } = config;
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
    silentAfterMs: sweep.silent_after,
    columnSample: telemetry.columns.sample,
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
