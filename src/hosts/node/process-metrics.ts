/** Reads the metrics of the whole process: its own, those of its threads, and what lies in the storage account. */
import type { RelayConfig } from '../../config/schema.ts';
import { AccountFigures } from '../../relay/status/account-figures.ts';
import { type MetricsAsJson, mergedMetrics } from './metrics.ts';
import type { NodeParts } from './parts.ts';
import type { Threads } from './threads/threads.ts';

/** A function that reads what the process and its threads have counted, without a look at the storage account; bounded in time, it never rejects. */
export function countedMetrics(
  { services }: Pick<NodeParts, 'services'>,
  threadsNow: () => Threads | undefined,
): () => Promise<MetricsAsJson> {
  return async () => {
    const threads = threadsNow();
    const own = await services.metrics.asJson();
    return threads ? mergedMetrics([own, ...(await threads.metrics())]) : own;
  };
}

/** A function that reads the metrics as they are now; bounded in time, it never rejects. */
export function processMetrics(
  parts: NodeParts,
  threadsNow: () => Threads | undefined,
  configNow: () => RelayConfig,
): () => Promise<MetricsAsJson> {
  const { ports, services } = parts;
  const counted = countedMetrics(parts, threadsNow);
  const account = new AccountFigures({
    ...services,
    destinations: () => Object.keys(configNow().destinations),
    shares: true,
  });
  return async () => {
    await account.refresh(ports);
    return counted();
  };
}
