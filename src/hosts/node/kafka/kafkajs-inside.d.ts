// biome-ignore-all lint/style/noDefaultExport: CommonJS modules of another package
/** The classes inside kafkajs that kafkajs.ts corrects, as far as it does. */
declare module 'kafkajs/src/cluster/index.js' {
  interface Cluster {
    readonly brokerPool: { findConnectedBroker(): Promise<unknown> };
    findControllerBroker(): Promise<unknown>;
  }
  const cluster: { readonly prototype: Cluster };
  export default cluster;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  interface RequestQueue {
    readonly pending: readonly unknown[];
    /** Milliseconds since the epoch, or less. */
    throttledUntil: number;
    /** Milliseconds. */
    readonly requestTimeout: number;
    canSendSocketRequestImmediately(): boolean;
    scheduleCheckPendingRequests(): void;
  }
  const queue: { readonly prototype: RequestQueue };
  export default queue;
}

declare module 'kafkajs/src/network/connection.js' {
  interface Connection {
    readonly host: string;
    readonly port: number;
    readonly socket: { destroy(error: Error): void };
    /** Of the reply that is being read, with its head. */
    readonly bytesNeeded: number;
    processData(bytes: Uint8Array): void;
  }
  const connection: { readonly prototype: Connection };
  export default connection;
}
