import { startWorkerRelay } from '../lab/host-worker.ts';
import type { RelayConfigSource } from './relay-config.ts';
import { startNodeRelay } from './relay-node.ts';

/** A relay that runs beside the demo, in a process of its own. */
export interface RelayProcess {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Rejects when it ends without having been told to. */
  readonly ended: Promise<never>;
  /** Ends it: at first politely, so that it drains. Resolves when it is gone. */
  stop(options?: { readonly patienceMs?: number }): Promise<void>;
}

export interface RelayStart {
  /** A folder of the relay's own, for its configuration and log. */
  readonly folder: string;
  readonly config: RelayConfigSource;
  readonly signal: AbortSignal;
}

/** Where the relay can run. Another host is another entry. */
export const HOSTS = { node: startNodeRelay, worker: startWorkerRelay } as const satisfies Readonly<
  Record<string, (start: RelayStart) => Promise<RelayProcess>>
>;
export type Host = keyof typeof HOSTS;

/** Starts the relay on that host; resolves once it is ready for notifications. */
export function startRelay(host: Host, start: RelayStart): Promise<RelayProcess> {
  return HOSTS[host](start);
}
