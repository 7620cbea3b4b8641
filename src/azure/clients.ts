/** Makes the clients of a storage account: one pipeline for all, and mistakes in the settings told before anything is sent. */
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, newPipeline, type StoragePipelineOptions } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { AccountSettings } from '../shared/account-settings.ts';
import type { CorrectedClock } from '../shared/corrected-clock.ts';
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';
import { followServerTime } from './server-time.ts';

/**
 * The settings do not name a storage account that can be reached.
 *
 * Codes: `storage_not_configured`, `bad_connection_string`.
 */
export class StorageConfigError extends NarrowRelayError<CodeOf<'config'>> {}

/**
 * Few and quick: the relay itself tries again, from the queue, and a claim must not run out meanwhile.
 * `tryTimeoutInMs` is the service's own limit for one request.
 */
const PIPELINE = {
  retryOptions: { maxTries: 3, retryDelayInMs: 250, maxRetryDelayInMs: 2000, tryTimeoutInMs: 30_000 },
  userAgentOptions: { userAgentPrefix: 'xdr-relay' },
};

/** What a host may want otherwise than the SDK's own. */
export type ClientOptions = Pick<StoragePipelineOptions, 'httpClient'>;

export interface BlobClientOptions extends ClientOptions {
  /** Follows the time of the account. */
  readonly clock?: CorrectedClock;
}

/** The blob service and the account's name, which every `BlobRef` carries. */
export interface BlobAccount {
  readonly service: BlobServiceClient;
  readonly account: string;
}

/**
 * The blob service of an account: by its connection string, else by account or endpoint with `credential`.
 *
 * Sends nothing. Throws {@link StorageConfigError}.
 */
export function createBlobAccount(
  settings: AccountSettings,
  credential?: TokenCredential,
  { clock, ...options }: BlobClientOptions = {},
): BlobAccount {
  const plain = blobService(settings, credential, { ...PIPELINE, ...options });
  const service = clock ? following(clock, plain, { ...PIPELINE, ...options }) : plain;
  const account = settings.account ?? service.accountName;
  if (!account) {
    throw new StorageConfigError(
      'storage_not_configured',
      `${settings.setting}.account is missing: the endpoint does not tell the account`,
    );
  }
  return { service, account };
}

function blobService(
  settings: AccountSettings,
  credential: TokenCredential | undefined,
  pipeline: StoragePipelineOptions,
): BlobServiceClient {
  const { connection_string: text, setting } = settings;
  if (text !== undefined) {
    return parsed(`${setting}.connection_string`, () =>
      BlobServiceClient.fromConnectionString(text, pipeline),
    );
  }
  return new BlobServiceClient(blobEndpoint(settings), needed(credential), pipeline);
}

/** The same service, whose answers tell `clock` the time. */
function following(
  clock: CorrectedClock,
  { url, credential }: BlobServiceClient,
  options: StoragePipelineOptions,
): BlobServiceClient {
  const pipeline = newPipeline(credential, options);
  followServerTime(pipeline, clock);
  return new BlobServiceClient(url, pipeline);
}

/** Where the queue is, if not at the account of the state: `queue` of relay.yaml. */
export interface QueuePlace {
  readonly connection_string?: string | undefined;
  readonly queue_endpoint?: string | undefined;
}

/**
 * The queue service: by the queue's own connection string or endpoint, else at the account of `settings`.
 *
 * Sends nothing. Throws {@link StorageConfigError}.
 */
export function createQueueService(
  settings: AccountSettings,
  queue: QueuePlace,
  credential?: TokenCredential,
  options: ClientOptions = {},
): QueueServiceClient {
  const pipeline = { ...PIPELINE, ...options };
  const own = queue.connection_string;
  if (own !== undefined) {
    return parsed('queue.connection_string', () => QueueServiceClient.fromConnectionString(own, pipeline));
  }
  const shared = settings.connection_string;
  if (shared !== undefined && queue.queue_endpoint === undefined) {
    return parsed(`${settings.setting}.connection_string`, () =>
      QueueServiceClient.fromConnectionString(shared, pipeline),
    );
  }
  const endpoint = queue.queue_endpoint ?? queueEndpoint(settings);
  return new QueueServiceClient(endpoint, needed(credential), pipeline);
}

function blobEndpoint(settings: AccountSettings): string {
  if (settings.blob_endpoint !== undefined) return settings.blob_endpoint;
  if (settings.account !== undefined) return `https://${settings.account}.blob.core.windows.net`;
  throw new StorageConfigError(
    'storage_not_configured',
    `${settings.setting} needs account, blob_endpoint or connection_string`,
  );
}

/** Sovereign clouds differ in the suffix only: `https://<account>.blob.<suffix>` and `https://<account>.queue.<suffix>`. */
function queueEndpoint(settings: AccountSettings): string {
  const url = new URL(blobEndpoint(settings));
  const host = url.hostname.replace(/^([^.]+)\.blob\./, '$1.queue.');
  if (host === url.hostname) {
    throw new StorageConfigError(
      'storage_not_configured',
      `queue.queue_endpoint is missing: it cannot be told from ${settings.setting}.blob_endpoint`,
    );
  }
  url.hostname = host;
  return url.href;
}

function needed(credential: TokenCredential | undefined): TokenCredential {
  if (credential) return credential;
  throw new StorageConfigError(
    'storage_not_configured',
    'an identity is needed where there is no connection string',
  );
}

/** The SDK's own message is left out: it could quote the string. */
function parsed<T>(setting: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new StorageConfigError(
      'bad_connection_string',
      `${setting} is not an Azure Storage connection string with an account key or a shared access signature`,
    );
  }
}
