/** The state that a process keeps from one visit to the next: plain data that is not bound to a request. */
import { Evidence } from '../delivery/evidence.ts';
import { MemoryBudget } from '../delivery/memory-budget.ts';
import { RecentlyClosed } from '../delivery/recently-closed.ts';
import type { HostServices } from './ports.ts';
import { LagBook } from './source/lag.ts';
import { NotificationMark } from './source/notifications.ts';
import { RiskBook } from './source/risks.ts';
import { SeenRows } from './source/seen-rows.ts';
import type { SourceBegin } from './source/sources.ts';
import { TableBook } from './source/tables.ts';
import { TenantFolders } from './source/tenant-folders.ts';

/** The state of a process, which creates it once. A Worker passes it from one invocation to the next. */
export interface ProcessState {
  /** The memory budget of all rows that wait in this process. */
  readonly memory: MemoryBudget;
  readonly lag: LagBook;
  readonly risks: RiskBook;
  readonly tables: TableBook;
  readonly notifications: NotificationMark;
  readonly seen: SeenRows;
  readonly tenants: TenantFolders;
  /** By destination, what this process has seen it accept and fail. */
  readonly evidence: Map<string, Evidence>;
  /** Whether destinations were found in trouble lately. */
  readonly closed: RecentlyClosed;
  /** By the source's name, where its reading begins. */
  readonly begins: Map<string | undefined, SourceBegin>;
}

export interface ProcessLimits {
  /** The limit for waiting rows, in bytes. */
  readonly memoryBytes: number;
  /** How many ids of rows are remembered over all blobs; half a million take about 50 MB. */
  readonly seenIds?: number;
}

export function createProcessState(
  { memoryBytes, seenIds }: ProcessLimits,
  { metrics, clock }: Pick<HostServices, 'metrics' | 'clock'>,
): ProcessState {
  return {
    memory: new MemoryBudget(memoryBytes),
    lag: LagBook.create(metrics, clock),
    risks: RiskBook.create(metrics, clock),
    tables: TableBook.create(metrics, clock),
    notifications: new NotificationMark(),
    seen: new SeenRows(seenIds),
    tenants: new TenantFolders(clock),
    evidence: new Map(),
    closed: new RecentlyClosed(),
    begins: new Map(),
  };
}

/** The evidence about a destination; the same object for the same name. */
export function evidenceOf({ evidence }: Pick<ProcessState, 'evidence'>, destination: string): Evidence {
  const known = evidence.get(destination) ?? new Evidence();
  evidence.set(destination, known);
  return known;
}
