/** Tells the host of each request to Azure Storage, by the type under which Azure bills it. */
import type { Pipeline } from '@azure/storage-blob';
import type { OperationType } from '../shared/storage-operations.ts';

/** Called before each request; the SDK's own retries of a request that failed are not told. */
export type OnOperation = (type: OperationType) => void;

/** `comp` of the requests that write content. Others with `PUT` change properties, or leases. */
const WRITES = new Set([
  null,
  'block',
  'blocklist',
  'appendblock',
  'page',
  'seal',
  'copy',
  'incrementalcopy',
]);

/** The type of a request to the blob service. */
export function blobOperationType(method: string, url: string): OperationType {
  const { searchParams: query } = new URL(url);
  const what = query.get('comp');
  if (method === 'DELETE') return 'free';
  if (what === 'list' || what === 'blobs') return 'list';
  if (query.has('restype')) return method === 'PUT' && what === null ? 'list' : 'other';
  if (method === 'PUT') return WRITES.has(what) ? 'write' : 'other';
  return method === 'GET' && what === null ? 'read' : 'other';
}

/** Makes all requests of this pipeline be told. The pipelines of blobs and of queues are alike. */
export function tellOperations(
  pipeline: Pick<Pipeline, 'factories'>,
  typeOf: (method: string, url: string) => OperationType,
  onOperation: OnOperation,
): void {
  pipeline.factories.push({
    create: (next) => ({
      sendRequest(request) {
        onOperation(typeOf(request.method, request.url));
        return next.sendRequest(request);
      },
    }),
  });
}
