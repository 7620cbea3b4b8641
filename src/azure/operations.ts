/** Reports each request to Azure Storage to the host, by the type under which Azure bills it. */
import type { OperationType } from '../shared/storage-operations.ts';
import type { Step } from './pipeline.ts';

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

/** Reports all requests of a pipeline, of blobs or of queues. */
export function tellingOperations(
  typeOf: (method: string, url: string) => OperationType,
  onOperation: OnOperation,
): Step {
  return {
    name: 'tellingOperations',
    sendRequest(request, next) {
      onOperation(typeOf(request.method, request.url));
      return next(request);
    },
  };
}
