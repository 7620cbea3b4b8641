/** The relay.yaml of a soak. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ALARM, NOISE, PEOPLE, ROW_BYTES, RULED_TABLES } from './marks.ts';
import type { DestinationName } from './receivers.ts';

/** `tail.lateness`. Milliseconds. */
export const LATENESS_MS = 4_000;
/** `limits.blobs`. */
const BLOBS_AT_ONCE = 4;
/** `batch.items` of every destination. */
export const BATCH_ITEMS = 15;

const POLL_MAX_MS = 3_000;
const VISIBILITY_MS = 10_000;
const SWEEP_MS = 4_000;
const RETRY_FOR_MS = 4_000;
const RETRY_AFTER_MAX_MS = 5_000;
/** `delivery.isolate_after`: how long a row that fails alone is retried. */
const ISOLATE_AFTER_MS = 10_000;
/** How alarms are grouped: short, so that groups end and are told of again while the soak lasts. */
const WINDOW_MS = 20_000;
const REPEAT_MS = 3_000;
/** How long the claim of a dead consumer blocks others (src/checkpoints/azure.ts). */
const LEASE_MS = 60_000;

/**
 * The time within which a row must arrive after it is completely in the storage, whatever other rows do. It allows for the row's consumer
 * being killed or suspended twice in sequence, after each of which its task and its claim must expire; a lost notification and a failed
 * sweep; one poll, the tries of one batch, and one `Retry-After`. Outages and other disturbances are added for as long as they last.
 * Milliseconds.
 */
export const LIVE_WITHIN_MS =
  2 * (LEASE_MS + VISIBILITY_MS) + 2 * SWEEP_MS + POLL_MAX_MS + RETRY_FOR_MS + RETRY_AFTER_MAX_MS;
/** The longest pause of the breaker (src/delivery/breaker.ts). Milliseconds. */
export const LONGEST_BACKOFF_MS = 5 * 60_000;

export interface RelayConfigOptions {
  readonly folder: string;
  readonly connectionString: string;
  readonly key: string;
  readonly destinations: ReadonlyMap<DestinationName, string>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Writes relay.yaml, its rule files and an .env beside it, with short delays; returns the path of relay.yaml. */
export async function writeRelayConfig(options: RelayConfigOptions): Promise<string> {
  const { folder, destinations } = options;
  const bulk = [...destinations.keys()].filter((name) => !PEOPLE.includes(name));
  const routes = bulk.map((name) => `  - to: ${name}\n`).join('');
  const alarms = [...destinations.keys()]
    .filter((name) => PEOPLE.includes(name))
    .map(
      (name) =>
        `  - to: ${name}\n    detection: { alarm: { ActionType: ${ALARM} }, condition: alarm }\n    severity: high\n    window: ${WINDOW_MS}ms\n    repeat: ${REPEAT_MS}ms\n`,
    )
    .join('');
  const transforms = join(folder, 'transforms');
  await mkdir(transforms);
  for (const table of RULED_TABLES) {
    await writeFile(
      join(transforms, `${table}.yaml`),
      `table: ${table}
filter:
  - title: What nobody wants
    detection: { noise: { ActionType: ${NOISE} }, condition: noise }
routes:
${routes}${alarms}`,
    );
  }
  const file = join(folder, 'relay.yaml');
  const environment = { CONNECTION: options.connectionString, KEY: options.key, ...options.secrets };
  await writeFile(
    join(folder, '.env'),
    Object.entries(environment)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
  );
  await writeFile(
    file,
    `storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: ${VISIBILITY_MS}ms }
server: { host: 127.0.0.1, keys: ["\${KEY}"] }
tail: { lateness: ${LATENESS_MS}ms, poll_min: 1s, poll_max: ${POLL_MAX_MS}ms }
sweep: { interval: ${SWEEP_MS}ms, recent: 5h, wide_interval: 20s, wide: 24h }
log: { level: debug }
limits: { blobs: ${BLOBS_AT_ONCE}, row: ${ROW_BYTES}B, buffer: 256KiB }
delivery: { retry_for: ${RETRY_FOR_MS}ms, retry_min: 50ms, retry_max: 1s, retry_after_max: ${RETRY_AFTER_MAX_MS}ms, isolate_after: ${ISOLATE_AFTER_MS}ms }
destinations:
${[...destinations].map(([name, entry]) => `  ${name}: ${entry}\n`).join('')}default_destinations: [${bulk.join(', ')}]
`,
  );
  return file;
}
