/** Names a request to Azure Storage as Azure's logs do, with its billing type. Shares no code with the relay's own counters. */

/**
 * The billing types of operations in a standard general-purpose v2 account with a flat namespace. Leases are billed as `other` but counted
 * separately; deleting blobs and containers is free; all operations of a queue have the same price.
 */
export const BILLED = ['write', 'list', 'read', 'other', 'lease', 'queue', 'free'] as const;
export type Billed = (typeof BILLED)[number];

/** An operation with its name in Azure's logs (`GetBlobProperties`). */
export interface StorageOperation {
  readonly name: string;
  readonly billed: Billed;
  /** The container or the queue; empty for a request to the account. */
  readonly container: string;
  /** The blob, or the path below the queue; empty if there is none. */
  readonly blob: string;
}

/** The part of a request that is used. Its path begins with the account, as in Azurite. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * "Map each REST operation to a price", Microsoft Learn, as of 2025-05-14, column "Standard general purpose v2".
 * https://learn.microsoft.com/azure/storage/blobs/map-rest-apis-transaction-categories
 */
const BLOB_OPERATIONS: Readonly<Record<string, Billed>> = {
  AcquireBlobLease: 'lease',
  RenewBlobLease: 'lease',
  ReleaseBlobLease: 'lease',
  BreakBlobLease: 'lease',
  ChangeBlobLease: 'lease',
  ListContainers: 'list',
  ListBlobs: 'list',
  CreateContainer: 'list',
  PutBlob: 'write',
  PutBlock: 'write',
  PutBlockList: 'write',
  AppendBlock: 'write',
  SealBlob: 'write',
  GetBlob: 'read',
  GetBlobProperties: 'other',
  GetBlobMetadata: 'other',
  GetBlockList: 'other',
  SetBlobMetadata: 'other',
  SetBlobProperties: 'other',
  GetContainerProperties: 'other',
  GetAccountInformation: 'other',
  GetBlobServiceProperties: 'other',
  DeleteBlob: 'free',
  DeleteContainer: 'free',
};

/** The operation of a request to the blob service. Throws if the table lacks it, because a count must be complete. */
export function blobOperation({ method, url, headers }: SeenRequest): StorageOperation {
  const { container, blob, query } = placeOf(url);
  const action = headers['x-ms-lease-action'];
  const what = query.get('comp') ?? '';
  const on = blob !== '' ? 'blob' : container !== '' ? 'container' : 'account';
  const key = `${method} ${on}${what && ` ${what}`}`;
  const name = key === 'PUT blob lease' ? leaseName(action) : BLOB_NAMES[key];
  const billed = name && BLOB_OPERATIONS[name];
  if (!name || !billed) throw new Error(`no price is known for ${key}, that is ${method} ${url}`);
  return { name, billed, container, blob };
}

const BLOB_NAMES: Readonly<Record<string, string>> = {
  'GET account list': 'ListContainers',
  'GET account properties': 'GetBlobServiceProperties',
  'HEAD account properties': 'GetAccountInformation',
  'PUT container': 'CreateContainer',
  'GET container': 'GetContainerProperties',
  'HEAD container': 'GetContainerProperties',
  'GET container list': 'ListBlobs',
  'DELETE container': 'DeleteContainer',
  'PUT blob': 'PutBlob',
  'PUT blob block': 'PutBlock',
  'PUT blob blocklist': 'PutBlockList',
  'GET blob blocklist': 'GetBlockList',
  'PUT blob appendblock': 'AppendBlock',
  'PUT blob seal': 'SealBlob',
  'PUT blob metadata': 'SetBlobMetadata',
  'GET blob metadata': 'GetBlobMetadata',
  'HEAD blob metadata': 'GetBlobMetadata',
  'PUT blob properties': 'SetBlobProperties',
  'GET blob': 'GetBlob',
  'HEAD blob': 'GetBlobProperties',
  'DELETE blob': 'DeleteBlob',
};

function leaseName(action: string | readonly string[] | undefined): string {
  const word = String(action ?? '');
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}BlobLease`;
}

/** The operation of a request to the queue service. */
export function queueOperation({ method, url }: SeenRequest): StorageOperation {
  const { container, blob, query } = placeOf(url);
  const on =
    blob === 'messages' ? 'messages' : blob !== '' ? 'message' : container !== '' ? 'queue' : 'account';
  const what = query.get('comp') ?? (query.has('peekonly') ? 'peek' : '');
  const key = `${method} ${on}${what && ` ${what}`}`;
  return { name: QUEUE_NAMES[key] ?? key, billed: 'queue', container, blob };
}

const QUEUE_NAMES: Readonly<Record<string, string>> = {
  'GET account list': 'ListQueues',
  'PUT queue': 'CreateQueue',
  'DELETE queue': 'DeleteQueue',
  'GET queue metadata': 'GetQueueMetadata',
  'HEAD queue metadata': 'GetQueueMetadata',
  'POST messages': 'PutMessage',
  'GET messages': 'GetMessages',
  'GET messages peek': 'PeekMessages',
  'DELETE messages': 'ClearMessages',
  'PUT message': 'UpdateMessage',
  'DELETE message': 'DeleteMessage',
};

/** Splits a URL of the form `/<account>/<container>/<blob>?<query>`. */
function placeOf(url: string) {
  const { pathname, searchParams } = new URL(url, 'http://storage');
  const [, , container = '', ...rest] = pathname.split('/');
  return { container, blob: decodeURIComponent(rest.join('/')), query: searchParams };
}
