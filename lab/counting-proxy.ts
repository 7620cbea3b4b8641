/** A proxy in front of Azurite that counts operations as Azure bills them. */
import { Agent, createServer, request } from 'node:http';
import type { Azurite } from './azurite.ts';
import { closeServer, listenOnLoopback } from './receivers/loopback.ts';
import {
  BILLED,
  type Billed,
  blobOperation,
  queueOperation,
  type SeenRequest,
  type StorageOperation,
} from './storage-operations.ts';

/** The numbers of operations by billing type. */
export type BilledCounts = Readonly<Record<Billed, number>>;

/** An operation and the status of its response; Azure also bills operations that fail. */
export interface CountedOperation extends StorageOperation {
  readonly method: string;
  readonly url: string;
  /** Undefined until there is a response. */
  status: number | undefined;
}

/** Selects operations that match each given member. */
export interface OperationFilter {
  readonly container?: string;
  readonly name?: string;
}

/** The account behind the proxy. Requests to its endpoints are counted from the last `reset` on. */
export interface CountingProxy extends Pick<Azurite, 'account' | 'connectionString'> {
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  /** The operations in the order of their arrival. */
  readonly operations: readonly CountedOperation[];
  /** The operations so far by billing type. */
  counts(filter?: OperationFilter): BilledCounts;
  /** The operations so far by name: `{ GetBlob: 2 }`. */
  names(filter?: OperationFilter): Readonly<Record<string, number>>;
  /** The number of operations so far that are not free. */
  total(filter?: OperationFilter): number;
  /** Starts counting from 0 again. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a running Azurite. Signatures stay valid, because a Shared Key signs the path but not the host. */
export async function startCountingProxy(azurite: Azurite): Promise<CountingProxy> {
  const operations: CountedOperation[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const forward = (targetPort: number, nameOf: (seen: SeenRequest) => StorageOperation) =>
    createServer((incoming, outgoing) => {
      const { method = '', url = '', headers } = incoming;
      const operation: CountedOperation = {
        ...nameOf({ method, url, headers }),
        method,
        url,
        status: undefined,
      };
      operations.push(operation);
      const onward = request(
        { host: '127.0.0.1', port: targetPort, method, path: url, headers, agent },
        (answer) => {
          operation.status = answer.statusCode ?? 500;
          outgoing.writeHead(operation.status, answer.headers);
          answer.on('error', () => outgoing.destroy());
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
  const blobs = forward(azurite.blobPort, blobOperation);
  const queues = forward(azurite.queuePort, queueOperation);
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${azurite.account}`;
  const blobEndpoint = endpoint(await listenOnLoopback(blobs));
  const queueEndpoint = endpoint(await listenOnLoopback(queues));

  const picked = ({ container, name }: OperationFilter = {}) =>
    operations.filter(
      (operation) =>
        (container === undefined || operation.container === container) &&
        (name === undefined || operation.name === name),
    );
  return {
    account: azurite.account,
    blobEndpoint,
    queueEndpoint,
    connectionString: azurite.connectionString
      .replace(azurite.blobEndpoint, blobEndpoint)
      .replace(azurite.queueEndpoint, queueEndpoint),
    operations,
    counts(filter) {
      const counts = Object.fromEntries(BILLED.map((billed) => [billed, 0])) as Record<Billed, number>;
      for (const { billed } of picked(filter)) counts[billed] += 1;
      return counts;
    },
    names(filter) {
      const names: Record<string, number> = {};
      for (const { name } of picked(filter)) names[name] = (names[name] ?? 0) + 1;
      return names;
    },
    total: (filter) => picked(filter).filter(({ billed }) => billed !== 'free').length,
    reset() {
      operations.length = 0;
    },
    async close() {
      await Promise.all([closeServer(blobs), closeServer(queues)]);
      agent.destroy();
    },
  };
}
