/** Reads the metrics of the whole process: its own, those of its threads, and what lies in the storage account. */
import type { RelayConfig } from '../../config/schema.ts';
import { AccountFigures } from '../../relay/status/account-figures.ts';
import { type MetricsAsJson, mergedMetrics } from './metrics.ts';
import type { NodeParts } from './parts.ts';
import type { Threads } from './threads/threads.ts';

/** A function that reads the metrics as they are now; bounded in time, it never rejects. */
export function processMetrics(
  { ports, services }: NodeParts,
  threadsNow: () => Threads | undefined,
  configNow: () => RelayConfig,
): () => Promise<MetricsAsJson> {
  const account = new AccountFigures({
    ...services,
    destinations: () => Object.keys(configNow().destinations),
    shares: true,
  });
  return async () => {
    await account.refresh(ports);
    const threads = threadsNow();
    const own = await services.metrics.asJson();
    return threads ? mergedMetrics([own, ...(await threads.metrics())]) : own;
  };
}
