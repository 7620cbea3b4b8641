/** The ports of the relay over Azure, for both hosts. */
import type { TokenCredential } from '@azure/identity';
import {
  type BlobClientOptions,
  type ClientOptions,
  createBlobAccount,
  createQueueService,
} from '../azure/clients.ts';
import { createAzureBlobStore } from '../blobs/azure.ts';
import { createAzureCheckpointStore } from '../checkpoints/azure.ts';
import { createAzureStateDocuments } from '../checkpoints/documents-azure.ts';
import type { CheckpointError } from '../checkpoints/errors.ts';
import { withFormerNames } from '../checkpoints/former-names.ts';
import { guardedCheckpoints, guardedDocuments } from '../checkpoints/guarded.ts';
import { createStateVersion, type VersionSeen } from '../checkpoints/state-version.ts';
import { azureVersionStore } from '../checkpoints/state-version-azure.ts';
import { formerNames } from '../config/former-names.ts';
import type { RelayConfig } from '../config/schema.ts';
import {
  ownSignIn,
  queueAccountOf,
  type SignIn,
  type SourceSettings,
  sourcesOf,
  stateOf,
} from '../config/sources.ts';
import { createAzureDeadLetters } from '../delivery/dead-letters-azure.ts';
import { withFormerLetters } from '../delivery/former-letters.ts';
import { guardedLetters } from '../delivery/guarded-letters.ts';
import { sourceAccount } from '../event-grid/source.ts';
import { createAzureQueue, openAzurePoison } from '../queue/azure.ts';
import type { PoisonQueue } from '../queue/port.ts';
import { type WatchedQueue, watchedQueue } from '../queue/watched-queue.ts';
import type { RelayPorts } from '../relay/ports.ts';
import type { SourcePorts } from '../relay/source/sources.ts';
import { systemClock } from '../shared/clock.ts';
import { CorrectedClock } from '../shared/corrected-clock.ts';

/** A claim ends by itself this long after its consumer died; nobody works on its blob meanwhile. Seconds. */
const CLAIM_SECONDS = 30;

/** {@link RelayPorts} over Azure. */
export interface AzurePorts extends RelayPorts {
  /** The machine's clock, set right by the account the state lies in: all that share the state agree on moments. */
  readonly clock: CorrectedClock;
  /** One for the endpoint and the consumer of a process: a notification is taken up at once where it came in. */
  readonly queue: WatchedQueue;
  /** What could never be processed, for a person to look at. */
  readonly poison: PoisonQueue;
}

/** The identity to sign in with; undefined where there is none, and connection strings have to do. */
export type Credentials = (signIn: SignIn) => TokenCredential | undefined;

export interface AzurePortsOptions extends ClientOptions, Pick<BlobClientOptions, 'downloads'> {
  /** What was seen of the state's version, where it outlives these ports: in a Worker. */
  readonly versionSeen?: VersionSeen;
  /** Called each time the state is found to be of a newer version: this relay is of no use any more. */
  readonly onNewerState?: (error: CheckpointError) => void;
}

/** Builds the adapters of relay.yaml's storage accounts and queue, for both hosts. Sends nothing. */
export function azurePorts(
  config: RelayConfig,
  credentials: Credentials,
  { versionSeen, onNewerState, downloads, ...options }: AzurePortsOptions = {},
): AzurePorts {
  const { queue } = config;
  const clock = new CorrectedClock(systemClock);
  const former = formerNames(config);
  const own = credentials(ownSignIn(config));
  const state = stateOf(config);
  const { service, account } = createBlobAccount(state, own, { ...options, clock });
  const version = createStateVersion({
    store: azureVersionStore(service, state.container),
    clock,
    onNewer: onNewerState,
    ...(versionSeen && { seen: versionSeen }),
  });
  const source = (settings: SourceSettings): SourcePorts => {
    const { name, scope, setting, blob_endpoint, containerPrefix, startAt, retentionMs, signIn } = settings;
    const read = createBlobAccount(settings, credentials(signIn), { ...options, downloads });
    return {
      name,
      account: sourceAccount({
        account: read.account,
        blobEndpoint: blob_endpoint ?? read.service.url,
        containerPrefix,
        setting,
        cloud: config.cloud,
      }),
      startAt,
      retentionMs,
      blobs: createAzureBlobStore(read.service, read.account),
      checkpoints: withFormerNames(
        guardedCheckpoints(
          createAzureCheckpointStore(service, state.container, {
            leaseSeconds: CLAIM_SECONDS,
            ...(scope !== undefined && { scope }),
          }),
          version,
        ),
        former,
      ),
      documents: guardedDocuments(createAzureStateDocuments(service, state.container, scope), version),
    };
  };
  const queues = createQueueService(queueAccountOf(config), queue, own, options);
  return {
    sources: sourcesOf(config).map(source),
    stateBlobs: createAzureBlobStore(service, account),
    documents: guardedDocuments(createAzureStateDocuments(service, state.container), version),
    sharedClaims: guardedCheckpoints(
      createAzureCheckpointStore(service, state.container, { leaseSeconds: CLAIM_SECONDS }),
      version,
    ),
    deadLetters: withFormerLetters(
      guardedLetters(createAzureDeadLetters(service, state.deadLetterContainer, { clock }), version),
      former,
    ),
    stateVersion: version,
    queue: watchedQueue(createAzureQueue(queues, queue.name), clock),
    poison: openAzurePoison(queues, queue.name),
    clock,
  };
}
