/** Reports each request to Azure Storage to the host, by the type under which Azure bills it. */
import type { Pipeline } from '@azure/storage-blob';
import type { OperationType } from '../shared/storage-operations.ts';

/** Called before each request, but not for the SDK's retries of a failed request. */
export type OnOperation = (type: OperationType) => void;

/** The `comp` parameters of requests that write content. Other `PUT` requests change properties or leases. */
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

/** The billing type of a request to the blob service. */
export function blobOperationType(method: string, url: string): OperationType {
  const { searchParams: query } = new URL(url);
  const what = query.get('comp');
  if (method === 'DELETE') return 'free';
  if (what === 'list' || what === 'blobs') return 'list';
  if (query.has('restype')) return method === 'PUT' && what === null ? 'list' : 'other';
  if (method === 'PUT') return WRITES.has(what) ? 'write' : 'other';
  return method === 'GET' && what === null ? 'read' : 'other';
}

/** Makes a pipeline report all of its requests. Pipelines for blobs and for queues have the same shape. */
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
