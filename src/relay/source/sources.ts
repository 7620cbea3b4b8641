/** The storage accounts that the relay reads: what a visit to a blob of each works with. */
import type { BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { CheckpointStore } from '../../checkpoints/port.ts';
import { checkBlob } from '../../event-grid/blob-url.ts';
import type { SourceAccount } from '../../event-grid/source.ts';
import type { BlobRef } from '../../shared/blob-ref.ts';
import { metricsOf } from '../../shared/metrics.ts';
import { createCorrelations } from '../correlation/correlations.ts';
import type { RelayDeps } from './deps.ts';
import { SourceHealth } from './source-health.ts';
import type { StartMark } from './start.ts';

/** One storage account that Defender writes to, and its own part of the state. */
export interface SourcePorts {
  /** As in relay.yaml; undefined: the only one, under `storage`. */
  readonly name: string | undefined;
  readonly account: SourceAccount;
  /** `start_at` and `retention` (milliseconds) of relay.yaml. */
  readonly startAt?: string | undefined;
  readonly retentionMs?: number | undefined;
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  /** Of this source alone: its correlations, its losses, where its reading began. */
  readonly documents: StateDocuments;
}

/** Where the reading of a source begins: unknown until it is decided or loaded. */
export interface SourceBegin {
  isDecided: boolean;
  /** See {@link RelayDeps}. */
  start: StartMark | undefined;
}

/** A source, and what the visits to its blobs work with. */
export interface RelaySource {
  readonly account: SourceAccount;
  readonly startAt?: string | undefined;
  readonly retentionMs?: number | undefined;
  readonly deps: RelayDeps;
  /** No visit begins before it is decided; absent: it is. */
  readonly begin?: SourceBegin;
  /** Absent where there is no other source that could be held back. */
  readonly health?: SourceHealth;
}

/** A source of this process, which decides where its reading begins. */
export type BeginningSource = RelaySource & { readonly begin: SourceBegin };

/** What all sources share. */
export type SharedDeps = Omit<
  RelayDeps,
  'source' | 'start' | 'blobs' | 'checkpoints' | 'documents' | 'correlations'
>;

/**
 * Gives each source what its visits need. Their logs and metrics carry its name; correlations count each source by itself, so that
 * events of two tenants never combine into one alert.
 *
 * @param begins what is known already of where a source's reading begins; where nothing is, {@link decideSource} finds it.
 */
export function relaySources(
  shared: SharedDeps,
  sources: readonly SourcePorts[],
  begins: ReadonlyMap<string | undefined, SourceBegin> = new Map(),
): readonly BeginningSource[] {
  return sources.map(({ name, account, startAt, retentionMs, blobs, checkpoints, documents }) => {
    const { clock } = shared;
    const begin = begins.get(name) ?? { isDecided: false, start: undefined };
    const own =
      name === undefined
        ? shared
        : {
            ...shared,
            source: name,
            logger: shared.logger.child({ source: name }),
            metrics: metricsOf(shared.metrics, { source: name }),
            lag: shared.lag.of(name),
          };
    const { logger, metrics } = own;
    return {
      account,
      startAt,
      retentionMs,
      begin,
      deps: {
        ...own,
        blobs,
        checkpoints,
        documents,
        correlations: createCorrelations({ documents, clock, logger, metrics }),
        get start() {
          return begin.start;
        },
      },
      ...(sources.length > 1 && { health: new SourceHealth(clock) }),
    };
  });
}

/** The source of a blob, by its account and its container. */
export function sourceOfBlob<T extends { readonly account: SourceAccount }>(
  sources: readonly T[],
  ref: BlobRef,
): T | undefined {
  return sources.find(({ account }) => checkBlob(ref, account).kind === 'blob');
}

/** Resolves when the containers of one source can be listed; rejects when those of none can. Defender creates the first one. */
export async function anyAnswers(sources: readonly SourcePorts[], signal?: AbortSignal): Promise<void> {
  const listings = sources.map(async ({ blobs, account }) => {
    for await (const _ of blobs.containers(account.containerPrefix, signal)) break;
  });
  await Promise.any(listings).catch((error: AggregateError) => {
    throw error.errors[0];
  });
}
