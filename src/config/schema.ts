import { z } from 'zod';
import { fileConfig } from '../destinations/file/config.ts';
import { slackConfig } from '../destinations/slack/config.ts';
import { splunkHecConfig } from '../destinations/splunk-hec/config.ts';
import { webhookConfig } from '../destinations/webhook/config.ts';
import { durationSchema, sizeSchema } from '../shared/duration.ts';
import { LEVELS } from '../shared/event.ts';

const duration = (text: string) => durationSchema.prefault(text);
const size = (text: string) => sizeSchema.prefault(text);
const destinationName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and hyphens');

/** The storage account Defender writes to. */
export const storageConfig = z.strictObject({
  account: z.string().min(1).optional(),
  /** Where the account is not `https://<account>.blob.core.windows.net`: sovereign clouds, Azurite. */
  blob_endpoint: z.url().optional(),
  /** Instead of an identity. */
  connection_string: z.string().optional(),
  /** Containers to read: those that begin with this. */
  container_prefix: z.string().default('insights-logs-advancedhunting-'),
  state_container: z.string().default('xdr-relay-state'),
  dead_letter_container: z.string().default('xdr-relay-dead-letters'),
});

/** Where tasks wait. */
export const queueConfig = z.strictObject({
  name: z.string().default('xdr-relay'),
  queue_endpoint: z.url().optional(),
  /** Default: the storage account's. */
  connection_string: z.string().optional(),
  /** A message taken this often without success goes to `<name>-poison`. */
  dequeue_limit: z.number().int().min(1).max(1000).default(10),
  visibility: duration('2m'),
});

export const serverConfig = z.strictObject({
  host: z.string().default('0.0.0.0'),
  port: z.number().int().min(0).max(65_535).default(8080),
  /** Shared keys that Event Grid's endpoint address carries as `?code=`; two while rotating. */
  keys: z.array(z.string().min(16)).max(4).default([]),
  /** Origins that may subscribe with CloudEvents' handshake. */
  allowed_origins: z.array(z.string()).default(['eventgrid.azure.net']),
  body_limit: size('1536KiB'),
});

export const tailConfig = z.strictObject({
  /** How long after its hour a blob may still grow before it is taken for closed. */
  lateness: duration('15m'),
  /** Delay before looking again at a blob that has just grown, and at one that is quiet. */
  poll_min: duration('5s'),
  poll_max: duration('60s'),
});

export const limitsConfig = z.strictObject({
  /** Longer rows go to the dead letters. */
  row: size('4MiB'),
  /** Blobs read at once by one process. */
  blobs: z.number().int().min(1).max(256).default(8),
  /** Memory for rows that wait for one destination, for one blob. */
  buffer: size('8MiB'),
});

export const deliveryConfig = z.strictObject({
  /** How long one batch is tried before its destination counts as down and its rows wait in the blob. */
  retry_for: duration('60s'),
  retry_min: duration('500ms'),
  retry_max: duration('30s'),
});

export const destinationConfig = z.discriminatedUnion('type', [
  splunkHecConfig,
  slackConfig,
  webhookConfig,
  fileConfig,
]);

export const alertRouteConfig = z.strictObject({
  levels: z.array(z.enum(LEVELS)).min(1),
  to: z.array(destinationName).min(1),
});

/** relay.yaml, its `${NAME}` already filled in. */
export const relayConfigSchema = z.strictObject({
  storage: storageConfig,
  queue: queueConfig.prefault({}),
  server: serverConfig.prefault({}),
  tail: tailConfig.prefault({}),
  limits: limitsConfig.prefault({}),
  delivery: deliveryConfig.prefault({}),
  /** The folder of rule files, relative to relay.yaml. */
  transforms: z.string().default('transforms'),
  destinations: z.record(destinationName, destinationConfig),
  /** Where rows of tables without `routes` go. */
  default_destinations: z.array(destinationName).default([]),
  /** Where detections' alerts go, by level. */
  alerts: z.array(alertRouteConfig).default([]),
  /** Values for `$NAME` in rule files (hash keys) and for Sigma's `expand` placeholders. */
  variables: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});

export type RelayConfig = z.infer<typeof relayConfigSchema>;
export type DestinationConfig = z.infer<typeof destinationConfig>;
