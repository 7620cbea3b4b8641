/** Builds, for each storage account that the relay reads, what visits to its blobs use. */
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
  /** The name in relay.yaml; undefined for a single source, under `storage`. */
  readonly name: string | undefined;
  readonly account: SourceAccount;
  /** `start_at` and, below, `retention` (in milliseconds) of relay.yaml. */
  readonly startAt?: string | undefined;
  readonly retentionMs?: number | undefined;
  readonly blobs: BlobStore;
  readonly checkpoints: CheckpointStore;
  /** The documents of this source only: its correlations, its losses, where its reading began. */
  readonly documents: StateDocuments;
}

/** Where the reading of a source begins. Unknown until it is decided or loaded. */
export interface SourceBegin {
  isDecided: boolean;
  /** See {@link RelayDeps}. */
  start: StartMark | undefined;
}

/** A source, and what the visits to its blobs use. */
export interface RelaySource {
  readonly account: SourceAccount;
  readonly startAt?: string | undefined;
  readonly retentionMs?: number | undefined;
  readonly deps: RelayDeps;
  /** No visit begins before this is decided; absent if it is decided already. */
  readonly begin?: SourceBegin;
  /** Absent for a single source, which cannot take slots from others. */
  readonly health?: SourceHealth;
}

/** A source for which this process decides where reading begins. */
export type BeginningSource = RelaySource & { readonly begin: SourceBegin };

/** What all sources share. */
export type SharedDeps = Omit<
  RelayDeps,
  'source' | 'start' | 'blobs' | 'checkpoints' | 'documents' | 'correlations'
>;

/**
 * Builds what the visits of each source use. Logs and metrics contain the source's name. Correlations count each source separately, so
 * that events of two tenants never combine into one alert.
 *
 * @param begins where the reading of each source begins, as far as it is known; {@link decideSource} decides the rest.
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
        ? {}
        : {
            source: name,
            logger: shared.logger.child({ source: name }),
            metrics: metricsOf(shared.metrics, { source: name }),
            lag: shared.lag.of(name),
          };
    const { logger, metrics } = { ...shared, ...own };
    return {
      account,
      startAt,
      retentionMs,
      begin,
      deps: {
        ...shared,
        ...own,
        blobs,
        checkpoints,
        documents,
        correlations: createCorrelations({ documents, clock, logger, metrics }),
        get start() {
          return begin.start;
        },
        get destinations() {
          return shared.destinations;
        },
        get settings() {
          return shared.settings;
        },
      },
      ...(sources.length > 1 && { health: new SourceHealth(clock) }),
    };
  });
}

/** Finds the source of a blob by account and container. */
export function sourceOfBlob<T extends { readonly account: SourceAccount }>(
  sources: readonly T[],
  ref: BlobRef,
): T | undefined {
  return sources.find(({ account }) => checkBlob(ref, account).kind === 'blob');
}

/** Resolves if the containers of at least one source can be listed, even if there are none yet; rejects if those of no source can. */
export async function anyAnswers(sources: readonly SourcePorts[], signal?: AbortSignal): Promise<void> {
  const listings = sources.map(async ({ blobs, account }) => {
    for await (const _ of blobs.containers(account.containerPrefix, signal)) break;
  });
  await Promise.any(listings).catch((error: AggregateError) => {
    throw error.errors[0];
  });
}
