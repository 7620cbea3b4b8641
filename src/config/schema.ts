// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** The schema of relay.yaml. */

import { z } from 'zod';
import { CLOUD_NAMES } from '../azure/cloud.ts';
import { isKeyVaultUrl } from '../azure/key-vault-url.ts';
import { configName, httpUrl } from '../destinations/common.ts';
import { destinationSchema } from '../destinations/list.ts';
import { durationBetween, sizeBetween } from '../shared/duration.ts';
import { headerText, secret } from '../shared/secret.ts';
import { consoleConfig } from './console.ts';
import { entraId } from './entra-id.ts';
import { listFeedsConfig } from './list-feeds.ts';
import {
  alertRoutesConfig,
  defaultDestinationsConfig,
  linksConfig,
  variablesConfig,
} from './routing-schema.ts';
import { sourceTimes } from './source-times.ts';

// The messages of formats complete the sentence "<key> must be ...", which diagnostics/issues.ts composes.

/** Azure's rule for names of containers and queues. A `longest` of 56 leaves room for the suffix `-poison`. */
const resourceName = (longest: number) =>
  z
    .string()
    .min(3)
    .max(longest)
    .regex(
      /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
      `${longest === 63 ? 'a container' : 'a queue'} name: lower-case letters, digits and single hyphens, with a letter or digit at both ends`,
    );

const address = z.url({ protocol: /^https?$/ });

/** How a storage account is named and reached. */
const accountKeys = {
  account: z
    .string()
    .regex(
      /^[a-z0-9]{3,24}$/,
      "a storage account's name: 3 to 24 lower-case letters and digits, without a domain",
    )
    .optional()
    .describe("The storage account's name.")
    .meta({ examples: ['contosodefender'] }),
  blob_endpoint: address
    .optional()
    .describe(
      'The address, if it is not `https://<account>.blob.<suffix of the cloud>`: a custom domain, Azurite.',
    )
    .meta({ examples: ['https://defender.contoso.com'] }),
  connection_string: secret(z.string().min(1))
    .optional()
    .describe('Instead of an identity: the connection string, or `UseDevelopmentStorage=true`.')
    .meta({ examples: ['${STORAGE_CONNECTION_STRING}'] }),
} as const;

const containerPrefix = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z0-9]+(?:-[a-z0-9]+)*-?$/,
    'the beginning of container names: lower-case letters, digits and single hyphens',
  )
  .default('insights-logs-advancedhunting-')
  .describe('Prefix of the containers to read.');

const stateContainer = resourceName(63)
  .default('xdr-relay-state')
  .describe('The container for checkpoints and for the last good rules.');
const deadLetterContainer = resourceName(63)
  .default('xdr-relay-dead-letters')
  .describe('The container for rows that a destination refuses permanently, or that cannot be read.');

/** The storage account that Defender writes to, if there is only one. */
export const storageConfig = z
  .strictObject({
    ...accountKeys,
    container_prefix: containerPrefix,
    state_container: stateContainer,
    dead_letter_container: deadLetterContainer,
    ...sourceTimes,
  })
  .describe(
    'The storage account Defender writes to. Needs at least one of `account`, `blob_endpoint` and `connection_string`. For several accounts, use `sources` instead.',
  );

/** One of several storage accounts that Defender writes to. */
export const sourceConfig = z.strictObject({
  name: configName
    .describe(
      'A name of your choice. It is part of the keys of the state, and a label in metrics, logs and `status`: a renamed source is read from the beginning.',
    )
    .meta({ examples: ['fabrikam'] }),
  default: z
    .boolean()
    .default(false)
    .describe(
      'Marks the source that was under `storage` before there were several: its state keeps its keys. At most one source.',
    ),
  ...accountKeys,
  container_prefix: containerPrefix,
  ...sourceTimes,
  tenant_id: entraId
    .optional()
    .describe("The account's tenant, if it is not the relay's own.")
    .meta({ examples: ['1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c'] }),
  client_id: entraId
    .optional()
    .describe("The application (client) id to sign in with, if it is not the relay's own.")
    .meta({ examples: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] }),
  client_secret: secret(z.string().min(1))
    .optional()
    .describe("That application's secret. Without it: a managed identity, or a federated credential.")
    .meta({ examples: ['${FABRIKAM_CLIENT_SECRET}'] }),
});

/** Where the state is stored. */
export const stateConfig = z
  .strictObject({
    ...accountKeys,
    container: stateContainer,
    dead_letter_container: deadLetterContainer,
  })
  .describe(
    'Where checkpoints, claims, shared documents and dead letters are stored. Default: in the account under `storage`. Required with `sources`.',
  );

/** The queue that holds the tasks. */
export const queueConfig = z
  .strictObject({
    name: resourceName(56)
      .default('xdr-relay')
      .describe('The Storage Queue. Tasks that keep failing go to `<name>-poison`.'),
    queue_endpoint: address
      .optional()
      .describe('The address, if it is not `https://<account>.queue.<suffix of the cloud>`.')
      .meta({ examples: ['https://contosodefender.queue.core.windows.net'] }),
    connection_string: secret(z.string().min(1))
      .optional()
      .describe("Of the queue's own storage account. Default: the one under `storage`, else under `state`.")
      .meta({ examples: ['${QUEUE_CONNECTION_STRING}'] }),
    dequeue_limit: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .default(10)
      .describe('A message taken this often without success goes to the poison queue.'),
    visibility: durationBetween('2s', '1h', 'the tasks of a consumer that died wait so long')
      .prefault('2m')
      .describe(
        'How long a message stays with the consumer that took it; the consumer renews it while it works.',
      ),
  })
  .describe('The queue where tasks wait.');

/** Event Grid's tokens: docs/event-grid.md says how to set it up. */
export const entraConfig = z
  .strictObject({
    tenant_id: entraId
      .describe("The tenant of the webhook's application.")
      .meta({ examples: ['1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c'] }),
    audience: z
      .array(z.string().min(1).max(512))
      .min(1)
      .max(4)
      .describe(
        "For whom tokens have to be issued: the webhook's application id, its App ID URI, or both. What the event subscription names.",
      )
      .meta({ examples: [['api://xdr-relay', '7c9e6679-7425-40de-944b-e07fc1f90ae7']] }),
    client_id: entraId
      .optional()
      .describe(
        "The application id of Event Grid. Default: its id in `cloud`. Required in `china`, where Microsoft documents none: there, the subscription's tenant has it among its enterprise applications as Microsoft.EventGrid.",
      )
      .meta({ examples: ['4962773b-9cdb-44cf-a8bf-237846a00ab7'] }),
    authority: address
      .optional()
      .describe("Entra ID's address, if it is not that of `cloud`.")
      .meta({ examples: ['https://login.microsoftonline.com'] }),
  })
  .describe('Tokens of Entra ID with which Event Grid authenticates itself.');

export const serverConfig = z
  .strictObject({
    host: z.string().min(1).default('0.0.0.0').describe('Address to listen on.'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(8080)
      .describe('Port to listen on; 0 picks a free one.'),
    keys: z
      .array(secret(headerText.min(16)))
      .max(4)
      .default([])
      .describe(
        "Shared keys that the Event Grid subscription's address carries as `?code=`; two while rotating.",
      )
      .meta({ examples: [['${XDR_RELAY_KEY}']] }),
    entra: entraConfig.optional(),
    authentication: z
      .enum(['any', 'all'])
      .default('any')
      .describe(
        'With `keys` and `entra`: whether either of them is enough for a request, or both are needed.',
      ),
    allowed_origins: z
      .array(z.string().min(1))
      .optional()
      .describe(
        "Origins that may subscribe with CloudEvents' handshake. Default: the Event Grid of the cloud that the accounts' addresses are in, `eventgrid.azure.net`, `eventgrid.azure.us` (Government) or `eventgrid.azure.cn` (China).",
      )
      .meta({ examples: [['eventgrid.azure.net']] }),
    body_limit: sizeBetween(
      '1MiB',
      '16MiB',
      'Event Grid sends up to 1 MiB, and never repeats what was too large',
    )
      .prefault('1536KiB')
      .describe('Larger requests are refused. Event Grid sends up to 1 MiB.'),
  })
  .describe('The endpoint that Event Grid posts to.');

export const monitoringConfig = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on. `0.0.0.0` where another machine or container scrapes it.'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(9464)
      .describe('Port to listen on; 0 picks a free one.'),
    keys: z
      .array(secret(headerText.min(16)))
      .max(4)
      .default([])
      .describe(
        'Shared keys that `/metrics` and `/readyz` ask for, as `Authorization: Bearer <key>`; two while rotating. None: everybody who reaches the port may read them; on Workers, `server.keys` count.',
      )
      .meta({ examples: [['${XDR_RELAY_MONITORING_KEY}']] }),
  })
  .describe(
    'The port for `/metrics`, `/readyz` and `/healthz`, apart from that of the endpoint. On Workers: the keys only.',
  );

/** `name` or `X-Name`: a token of HTTP. Those that the exporter sets itself are not to be set. */
const exportHeader = z
  .string()
  .max(100)
  .regex(
    /^(?!(?:content-type|content-length|content-encoding|transfer-encoding|host|connection|accept)$)[\w!#$%&'*+.^`|~-]+$/i,
    "a header's name, and none that the exporter sets itself",
  );

export const telemetryConfig = z
  .strictObject({
    endpoint: address
      .optional()
      .describe(
        'The base address of an OTLP/HTTP receiver; `/v1/metrics` and `/v1/traces` are added. Default: `OTEL_EXPORTER_OTLP_ENDPOINT`; without either, nothing is exported.',
      )
      .meta({ examples: ['http://otel-collector:4318'] }),
    headers: z
      .record(exportHeader, secret(headerText))
      .default({})
      .describe('Headers of each request, such as a key. They go before `OTEL_EXPORTER_OTLP_HEADERS`.')
      .meta({ examples: [{ 'api-key': '${OTLP_KEY}' }] }),
    sample: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe(
        'Which part of the traces is exported, from 0 to 1. A trace is exported whole or not at all.',
      ),
    interval: durationBetween('1s', '1h', 'metrics are as old as this')
      .prefault('60s')
      .describe('How often metrics are exported.'),
    columns: z
      .strictObject({
        sample: z
          .number()
          .min(0)
          .max(1)
          .default(0.001)
          .describe(
            'Which part of the rows is measured, from 0 (none) to 1. Measuring all of them takes several times as long as reading them and trying the rules.',
          ),
      })
      .prefault({})
      .describe('Metrics on what the columns of rows cost, and on what nothing reads.'),
  })
  .describe('Metrics and traces by OpenTelemetry (OTLP/HTTP with JSON).');

export const tailConfig = z
  .strictObject({
    lateness: durationBetween('1s', '7d', 'a blob is looked at again and again for so long')
      .prefault('15m')
      .describe('How long after its hour, and after its last growth, a blob counts as closed.'),
    poll_min: durationBetween('100ms', '1h', 'each look is a request, and events wait for the next one')
      .prefault('4s')
      .describe('Delay before the next look at a blob that has just grown.'),
    poll_max: durationBetween('100ms', '1h', 'each look is a request, and events wait for the next one')
      .prefault('60s')
      .describe('Longest delay before the next look at a blob that is quiet.'),
  })
  .describe('How growing blobs are followed.');

export const sweepConfig = z
  .strictObject({
    interval: durationBetween('1s', '1d', 'events whose notification was lost wait so long')
      .prefault('10m')
      .describe('How often the recent hours are listed. Each time is billed as a listing of each container.'),
    recent: durationBetween('1h', '30d', 'each day is a listing of each container')
      .prefault('3h')
      .describe('How far back that listing goes.'),
    wide_interval: durationBetween('1s', '7d', 'events of a blob that grew again wait so long')
      .prefault('1h')
      .describe('How often the wider listing is made; also at start-up.'),
    wide: durationBetween('1h', '90d', 'ten days are a listing of each container; "backfill" reaches further')
      .prefault('2d')
      .describe('How far back the wider listing goes; it finds blobs that grew again.'),
    silent_after: durationBetween('1h', '365d', 'tables of small tenants rest at night')
      .prefault('1d')
      .describe(
        'A table whose container has not been written for so long is silent, which `status`, the log and `xdr_relay_table_silent` say. A table that has paused before is silent only after twice its longest pause of the last 30 days.',
      ),
  })
  .describe('Listings that find blobs that no notification announced.');

export const limitsConfig = z
  .strictObject({
    row: sizeBetween('1KiB', '32MiB', 'a dead letter must hold the row')
      .prefault('4MiB')
      .describe('Longer rows become dead letters.'),
    blobs: z.number().int().min(1).max(256).default(8).describe('Blobs read at once by one thread.'),
    follow: z
      .number()
      .int()
      .min(1)
      .max(2_000)
      .optional()
      .describe(
        'Blobs that one process follows at most. The tasks of all others stay on the queue, so that scaling sees them. Default: 250 for each thread, and at most 2000 for each thread.',
      )
      .meta({ examples: [500] }),
    threads: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe(
        "Threads that read, evaluate and deliver, in one process: as many as it has cores for, at most. They share the blobs as processes do, and the process's memory; `concurrency` of a destination holds for each. Node only.",
      )
      .meta({ examples: [4] }),
    buffer: sizeBetween('64KiB', '256MiB', 'each blob takes it for each destination')
      .prefault('4MiB')
      .describe('Memory for rows that wait for one destination, for one blob.'),
    memory: sizeBetween('16MiB', '16GiB', 'less holds no batch, and more no machine')
      .optional()
      .describe(
        "Memory for all rows that wait in one process, whatever destinations do. Default: a quarter of the process's memory limit, 64MiB at least and 1GiB at most.",
      )
      .meta({ examples: ['128MiB'] }),
  })
  .describe('What one process may use.');

export const deliveryConfig = z
  .strictObject({
    retry_for: durationBetween('0s', '1h', 'the other rows of the blob wait so long')
      .prefault('60s')
      .describe(
        'How long one batch is retried before its destination counts as down and its rows wait in the blob.',
      ),
    retry_min: durationBetween('10ms', '5m', 'a destination in trouble is not to be flooded')
      .prefault('500ms')
      .describe('Delay before the first retry.'),
    retry_max: durationBetween('10ms', '1h', 'a destination that has recovered waits so long')
      .prefault('30s')
      .describe("The longest delay between retries. A destination's `Retry-After` takes precedence."),
    retry_after_max: durationBetween('1s', '24h', 'a destination that has recovered waits so long')
      .prefault('15m')
      .describe(
        'The longest wait that a destination may ask for, by `Retry-After` or `retry_after` in the body of a 429: longer ones are cut to this.',
      ),
    isolate_after: durationBetween('1s', '24h', 'a row that nobody takes stays in doubt so long')
      .prefault('15m')
      .describe(
        'How long a row that fails alone, while its destination accepts others, is retried (at least 5 times) before it becomes an ordinary dead letter. The rows behind it do not wait.',
      ),
    checkpoint_every: durationBetween('100ms', '5m', 'a crash repeats what was accepted meanwhile')
      .prefault('1s')
      .describe(
        'Offsets are written no more often than this: while a visit reads on, after 16 MiB of rows or 10 s, too; from one visit to the next at the end of each, or when this time is over. What was accepted meanwhile is sent again after a crash. A longer time costs fewer writes.',
      ),
  })
  .describe('How batches are retried, and how often offsets are written.');

export const deadLettersConfig = z
  .strictObject({
    retention: durationBetween('1d', '3650d', 'what is removed cannot be sent again')
      .optional()
      .describe(
        'How long a dead letter is kept, from when it was last stored; then the relay removes it. Default: until somebody sends it again or drops it.',
      )
      .meta({ examples: ['30d'] }),
  })
  .describe('Rows that were not delivered. They hold personal data.');

export const defenderAlertsConfig = z
  .strictObject({
    join_wait: durationBetween('0s', '1h', 'people hear of the alert so much later')
      .prefault('2m')
      .describe(
        'How long an alert of AlertInfo or AlertEvidence waits for the rows of the other table before people are told of it.',
      ),
  })
  .describe(
    "Defender's own alerts, for people: the rows of AlertInfo and AlertEvidence with one AlertId are one message.",
  );

export const operationalConfig = z
  .strictObject({
    to: z
      .array(configName)
      .max(16)
      .default([])
      .describe(
        'Names of destinations for people. Name two: a destination that is out of service cannot tell of it.',
      )
      .meta({ examples: [['on-call', 'soc-slack']] }),
    settle: durationBetween('0s', '1d', 'people hear of an outage so much later')
      .prefault('5m')
      .describe(
        'How long a destination must be out of service, or the rules refused, before people are told; and how long that must be over before they are told so.',
      ),
    repeat: durationBetween('1m', '30d', 'a trouble that comes back meanwhile is not told')
      .prefault('1h')
      .describe(
        'A destination, a table or the rules are told of again at the earliest so long after the last time.',
      ),
    runbooks: httpUrl
      .optional()
      .describe(
        "What stands before the path of a runbook in this project's docs: where your team reads them.",
      )
      .meta({ examples: ['https://wiki.contoso.com/xdr-relay/'] }),
  })
  .describe(
    'Who is told of troubles of the relay itself, and of their end: a destination is out of service, rules were refused, dead letters appeared, a table is silent.',
  );

export const logConfig = z
  .strictObject({
    level: z
      .enum(['debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('The lowest level that is logged. `debug` adds stacks to errors.'),
    heartbeat: durationBetween('10s', '1d', 'a line a day at least tells that the process lives')
      .prefault('10m')
      .describe(
        'How often `serve` logs a line, at `info`, with what was delivered since the last one and what waits.',
      ),
  })
  .describe('Logs: JSON lines, or readable ones on a terminal.');

/** relay.yaml with its references filled in. */
export const relayConfigSchema = z.strictObject({
  cloud: z
    .enum(CLOUD_NAMES)
    .default('public')
    .describe(
      "Azure's cloud: `public`, `usgov` (Azure Government) or `china` (Azure operated by 21Vianet). It decides where the relay signs in, the accounts' and vaults' suffixes, and the Event Grid it believes. Addresses that are written out take precedence.",
    ),
  storage: storageConfig.optional(),
  sources: z
    .array(sourceConfig)
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Used instead of `storage`: several storage accounts that Defender writes to. Each needs `account`, `blob_endpoint` or `connection_string`.',
    ),
  state: stateConfig.optional(),
  queue: queueConfig.prefault({}),
  server: serverConfig.prefault({}),
  monitoring: monitoringConfig.prefault({}),
  console: consoleConfig.optional(),
  telemetry: telemetryConfig.prefault({}),
  tail: tailConfig.prefault({}),
  sweep: sweepConfig.prefault({}),
  limits: limitsConfig.prefault({}),
  delivery: deliveryConfig.prefault({}),
  dead_letters: deadLettersConfig.prefault({}),
  transforms: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(16)])
    .default('transforms')
    .describe(
      'The folder of rule files, relative to relay.yaml; or several folders, of which later ones win: a file replaces that of the same path, and a Sigma rule that of the same id. Of several, a folder that holds only Sigma rules counts as `detections/`. A start that finds errors in them continues with the last good ones, which the state keeps.',
    ),
  transforms_container: resourceName(63)
    .optional()
    .meta({ examples: ['xdr-relay-rules'] })
    .describe(
      'Used instead of the folder: a container with the rule files, in the account that holds the state. All consumers share it.',
    ),
  transforms_poll: durationBetween('1s', '1d', 'new rules wait so long, and each look is a listing')
    .prefault('30s')
    .describe('How often that container is checked for changes.'),
  key_vault: z
    .string()
    .refine(isKeyVaultUrl, 'the address of a vault such as "https://contoso.vault.azure.net", without a path')
    .optional()
    .describe(
      'The Azure Key Vault from which `${keyvault:NAME}` and `${keyvault:NAME/VERSION}` are filled in. Needs the role *Key Vault Secrets User*.',
    )
    .meta({ examples: ['https://contoso.vault.azure.net'] }),
  key_vault_refresh: durationBetween(
    '1m',
    '7d',
    'a changed secret waits so long, and each secret is a request',
  )
    .prefault('1h')
    .describe('How often a running relay asks the vault whether secrets have changed, give or take a tenth.'),
  destinations: z
    .record(configName, destinationSchema)
    .describe('Where events and alerts go, under names of your choice.'),
  default_destinations: defaultDestinationsConfig,
  alerts: alertRoutesConfig,
  defender_alerts: defenderAlertsConfig.prefault({}),
  operational: operationalConfig.prefault({}),
  links: linksConfig,
  variables: variablesConfig,
  list_feeds: listFeedsConfig,
  log: logConfig.prefault({}),
});

export type RelayConfig = z.infer<typeof relayConfigSchema>;
