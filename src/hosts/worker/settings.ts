/** Reads the Worker's own settings from its variables. */
import { z } from 'zod';
import type { CodeOf } from '../../shared/error-codes.ts';
import { NarrowRelayError } from '../../shared/errors.ts';

/** A setting of the Worker itself is wrong. Code `worker_settings_invalid`. */
export class WorkerSettingsError extends NarrowRelayError<CodeOf<'worker'>> {}

const whole = (fallback: number) => z.coerce.number().int().positive().default(fallback);

const settingsSchema = z.object({
  /**
   * Where tasks wait. `cloudflare`: Cloudflare Queues. `azure`: the Storage Queue of relay.yaml, drained by the cron
   * trigger. `forward`: Cloudflare Queues, and the cron trigger moves there what it finds in the Storage Queue.
   */
  XDR_RELAY_QUEUE: z.enum(['cloudflare', 'azure', 'forward']).default('cloudflare'),
  /** Who may read `/metrics` and `/readyz`: nobody, clients with a key of `monitoring.keys` (of `server.keys` while that has none), or everybody. */
  XDR_RELAY_MONITORING: z.enum(['off', 'key', 'open']).default('key'),
  /** Subrequests one invocation may make; it stops in time to commit. Cloudflare grants 10,000 on the paid plan. */
  XDR_RELAY_SUBREQUESTS: whole(9_000),
  /** Bytes one invocation reads, all its tasks together. */
  XDR_RELAY_INVOCATION_BYTES: whole(32 * 1024 * 1024),
  /** Seconds an invocation of the cron trigger works on the Storage Queue. */
  XDR_RELAY_DRAIN_SECONDS: whole(50),
  /** `on`: rules with errors stop the Worker. `off`: the last good ones of the state stand in for them. */
  XDR_RELAY_STRICT_RULES: z.enum(['off', 'on']).default('off'),
});

export interface WorkerSettings {
  readonly queue: 'cloudflare' | 'azure' | 'forward';
  readonly monitoring: 'off' | 'key' | 'open';
  readonly subrequests: number;
  readonly invocationBytes: number;
  readonly drainMs: number;
  readonly strictRules: boolean;
}

/** Reads the Worker's own variables. Throws {@link WorkerSettingsError}. */
export function workerSettings(variables: Readonly<Record<string, string>>): WorkerSettings {
  const { data, error } = settingsSchema.safeParse(variables);
  if (!data) {
    const names = [...new Set(error.issues.map(({ path }) => String(path[0])))].join(', ');
    throw new WorkerSettingsError('worker_settings_invalid', `These variables have no valid value: ${names}`);
  }
  return {
    queue: data.XDR_RELAY_QUEUE,
    monitoring: data.XDR_RELAY_MONITORING,
    subrequests: data.XDR_RELAY_SUBREQUESTS,
    invocationBytes: data.XDR_RELAY_INVOCATION_BYTES,
    drainMs: data.XDR_RELAY_DRAIN_SECONDS * 1000,
    strictRules: data.XDR_RELAY_STRICT_RULES === 'on',
  };
}
