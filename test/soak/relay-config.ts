import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DestinationName } from './receivers.ts';
import { ALARM, NOISE, ROW_BYTES, RULED_TABLES } from './rows.ts';

/** `tail.lateness`. Milliseconds. */
export const LATENESS_MS = 4_000;
/** `limits.blobs`. */
export const BLOBS_AT_ONCE = 4;
/** `batch.items` of every destination. */
export const BATCH_ITEMS = 15;

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
  const bulk = [...destinations.keys()].filter((name) => name !== 'slack');
  const routes = bulk.map((name) => `  - to: ${name}\n`).join('');
  const alarms = destinations.has('slack')
    ? `  - to: slack\n    detection: { alarm: { ActionType: ${ALARM} }, condition: alarm }\n    severity: high\n`
    : '';
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
queue: { visibility: 10s }
server: { host: 127.0.0.1, keys: ["\${KEY}"] }
tail: { lateness: ${LATENESS_MS}ms, poll_min: 1s, poll_max: 3s }
sweep: { interval: 4s, recent: 5h, wide_interval: 20s, wide: 24h }
limits: { blobs: ${BLOBS_AT_ONCE}, row: ${ROW_BYTES}B, buffer: 256KiB }
delivery: { retry_for: 4s, retry_min: 50ms, retry_max: 1s }
destinations:
${[...destinations].map(([name, entry]) => `  ${name}: ${entry}\n`).join('')}default_destinations: [${bulk.join(', ')}]
`,
  );
  return file;
}
