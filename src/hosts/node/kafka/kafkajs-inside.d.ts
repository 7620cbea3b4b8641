// biome-ignore-all lint/style/noDefaultExport: CommonJS modules of another package
/** The two classes inside kafkajs that kafkajs.ts corrects, as far as it does. */
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
    readonly throttledUntil: number;
    scheduleCheckPendingRequests(): void;
  }
  const queue: { readonly prototype: RequestQueue };
  export default queue;
}
