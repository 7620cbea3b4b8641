/** What a process remembers from one visit to the next: plain data, bound to no request. */
import { Evidence } from '../delivery/evidence.ts';
import { MemoryBudget } from '../delivery/memory-budget.ts';
import type { HostServices } from './ports.ts';
import { LagBook } from './source/lag.ts';
import { SeenRows } from './source/seen-rows.ts';
import type { SourceBegin } from './source/sources.ts';
import { TenantFolders } from './source/tenant-folders.ts';

/** A process creates it once. A Worker passes it from one invocation to the next. */
export interface ProcessState {
  /** For all rows that wait in this process. */
  readonly memory: MemoryBudget;
  readonly lag: LagBook;
  readonly seen: SeenRows;
  readonly tenants: TenantFolders;
  /** By destination: what this process saw it accept and fail. */
  readonly evidence: Map<string, Evidence>;
  /** Where the reading of each source begins, by its name. */
  readonly begins: Map<string | undefined, SourceBegin>;
}

export interface ProcessLimits {
  /** Bytes of rows that wait. */
  readonly memoryBytes: number;
  /** Ids of rows that are remembered over all blobs; half a million are about 50 MB. */
  readonly seenIds?: number;
}

export function createProcessState(
  { memoryBytes, seenIds }: ProcessLimits,
  { metrics, clock }: Pick<HostServices, 'metrics' | 'clock'>,
): ProcessState {
  return {
    memory: new MemoryBudget(memoryBytes),
    lag: new LagBook(metrics, clock),
    seen: new SeenRows(seenIds),
    tenants: new TenantFolders(clock),
    evidence: new Map(),
    begins: new Map(),
  };
}

/** Always the same for the same name. */
export function evidenceOf({ evidence }: Pick<ProcessState, 'evidence'>, destination: string): Evidence {
  const known = evidence.get(destination) ?? new Evidence();
  evidence.set(destination, known);
  return known;
}
