/** Makes the clients of a storage account. All share one pipeline, and wrong settings fail before anything is sent. */
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type StoragePipelineOptions } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { AccountSettings } from '../shared/account-settings.ts';
import type { CorrectedClock } from '../shared/corrected-clock.ts';
import type { CodeOf } from '../shared/error-codes.ts';
import { NarrowRelayError } from '../shared/errors.ts';
import { CLOUDS } from './cloud.ts';
import { type AccountKey, Direct, type Exchange } from './direct.ts';
import { type Downloads, readingDownloads } from './downloads.ts';
import { blobOperationType, type OnOperation, tellingOperations } from './operations.ts';
import { addDirect, addSteps } from './pipeline.ts';
import { followingServerTime } from './server-time.ts';

/**
 * The settings do not say how to reach a storage account.
 *
 * Codes: `storage_not_configured`, `bad_connection_string`.
 */
export class StorageConfigError extends NarrowRelayError<CodeOf<'config'>> {}

/**
 * The SDK makes only a few quick retries, because the relay retries from the queue, and a claim must not expire meanwhile.
 * `tryTimeoutInMs` is also sent to the service as the limit for one request.
 */
const TRY_SECONDS = 30;
const PIPELINE = {
  retryOptions: {
    maxTries: 3,
    retryDelayInMs: 250,
    maxRetryDelayInMs: 2000,
    tryTimeoutInMs: TRY_SECONDS * 1000,
  },
  userAgentOptions: { userAgentPrefix: 'xdr-relay' },
};

/** What a host may change in the SDK's pipeline. */
export interface ClientOptions extends Pick<StoragePipelineOptions, 'httpClient'> {
  /** Called for each request. */
  readonly onOperation?: OnOperation | undefined;
  /** Sends a request over a connection of the host's; in the SDK's way where left out. */
  readonly exchange?: Exchange | undefined;
}

export interface BlobClientOptions extends ClientOptions {
  /** A clock to correct by the account's time. */
  readonly clock?: CorrectedClock | undefined;
  /** How the host reads long bodies; in the SDK's way where left out. */
  readonly downloads?: Downloads | undefined;
}

/** The client of a blob service, and the account's name, which every `BlobRef` contains. */
export interface BlobAccount {
  readonly service: BlobServiceClient;
  readonly account: string;
}

/**
 * Makes the client of an account's blob service, from a connection string or from an account or endpoint with `credential`.
 *
 * Sends nothing. Throws {@link StorageConfigError}.
 */
export function createBlobAccount(
  settings: AccountSettings,
  credential?: TokenCredential,
  { clock, onOperation, downloads, exchange, ...options }: BlobClientOptions = {},
): BlobAccount {
  const service = blobService(settings, credential, { ...PIPELINE, ...options });
  addSteps(service, [
    ...(clock ? [followingServerTime(clock)] : []),
    ...(onOperation ? [tellingOperations(blobOperationType, onOperation)] : []),
    ...(downloads ? [readingDownloads(downloads)] : []),
  ]);
  if (exchange) {
    const onReply: OnReply = ({ method, url }, { headers }, sent) => {
      clock?.learn({ served: Date.parse(headers.get('date') ?? ''), sent });
      onOperation?.(blobOperationType(method, url));
    };
    addDirect(service, directBy(exchange, service, onReply));
  }
  const account = settings.account ?? service.accountName;
  if (!account) {
    throw new StorageConfigError(
      'storage_not_configured',
      `${settings.setting}.account is missing: the endpoint does not tell the account`,
    );
  }
  return { service, account };
}

type OnReply = ConstructorParameters<typeof Direct>[0]['onReply'];

function directBy(
  exchange: Exchange,
  service: BlobServiceClient | QueueServiceClient,
  onReply: OnReply,
): Direct {
  const credential: object = Reflect.get(service, 'credential');
  const key = isAccountKey(credential) ? credential : undefined;
  return new Direct({ exchange, key, onReply, timeoutSeconds: TRY_SECONDS });
}

function isAccountKey(credential: object): credential is AccountKey {
  return 'accountName' in credential && 'accountKey' in credential;
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

/** Where the queue is if it is not in the state's account: `queue` of relay.yaml. */
export interface QueuePlace {
  readonly connection_string?: string | undefined;
  readonly queue_endpoint?: string | undefined;
}

/**
 * Makes the client of the queue service, from the queue's own connection string or endpoint, or in the account of `settings`.
 *
 * Sends nothing. Throws {@link StorageConfigError}.
 */
export function createQueueService(
  settings: AccountSettings,
  queue: QueuePlace,
  credential?: TokenCredential,
  { onOperation, exchange, ...options }: ClientOptions = {},
): QueueServiceClient {
  const service = queueService(settings, queue, credential, { ...PIPELINE, ...options });
  addSteps(service, onOperation ? [tellingOperations(() => 'queue', onOperation)] : []);
  if (exchange)
    addDirect(
      service,
      directBy(exchange, service, () => onOperation?.('queue')),
    );
  return service;
}

function queueService(
  settings: AccountSettings,
  queue: QueuePlace,
  credential: TokenCredential | undefined,
  pipeline: Pick<StoragePipelineOptions, 'httpClient'>,
): QueueServiceClient {
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
  const suffix = settings.storageSuffix ?? CLOUDS.public.storageSuffix;
  if (settings.account !== undefined) return `https://${settings.account}.blob.${suffix}`;
  throw new StorageConfigError(
    'storage_not_configured',
    `${settings.setting} needs account, blob_endpoint or connection_string`,
  );
}

/** The queue endpoint that belongs to a blob endpoint. Sovereign clouds differ only in the suffix: `https://<account>.queue.<suffix>`. */
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

/** Parses a setting with the SDK. The SDK's error message is left out, because it could quote the secret string. */
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
