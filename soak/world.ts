/** The storage account of a soak without the fault proxies: blobs, checkpoints, queues, dead letters. */

import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { BlobLeaseClient, BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { type Azurite, startAzurite } from '../lab/azurite.ts';
import { shiftedEnvironment } from '../lab/clock/shifted-environment.ts';
import type { Random } from '../lab/generator/random.ts';
import type { GroupCount } from '../lab/oracle/told-alerts.ts';
import { storedGroups } from '../lab/stored-groups.ts';
import { cursorsOf } from '../src/checkpoints/cursors.ts';
import { checkpointSchema } from '../src/checkpoints/encoding.ts';
import { checkpointName } from '../src/checkpoints/naming.ts';
import type { DeadLetterArchive } from '../src/delivery/dead-letters.ts';
import { createAzureDeadLetters } from '../src/delivery/dead-letters-azure.ts';
import { decodeBody } from '../src/queue/encoding.ts';
import { PEOPLE } from './marks.ts';
import type { BlobEnd, EndState, Letter } from './oracle/log.ts';

const STATE = 'xdr-relay-state';
const DEAD_LETTERS = 'xdr-relay-dead-letters';
const QUEUE = 'xdr-relay';
/** The destination for people. */
const SOURCES = 'insights-logs-advancedhunting-';

/** Access to the storage account that bypasses the fault proxies. */
export class World {
  readonly #location: string;
  readonly #clockFile: string;
  #azurite: Azurite;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;

  private constructor(azurite: Azurite, location: string, clockFile: string) {
    this.#azurite = azurite;
    this.#location = location;
    this.#clockFile = clockFile;
    const retryOptions = { maxTries: 2, retryDelayInMs: 100 };
    this.blobs = BlobServiceClient.fromConnectionString(azurite.connectionString, { retryOptions });
    this.queues = QueueServiceClient.fromConnectionString(azurite.connectionString, { retryOptions });
  }

  /** @param clockFile a file with the milliseconds by which Azurite's wall clock is shifted. */
  static async start(folder: string, clockFile: string): Promise<World> {
    const location = join(folder, 'azurite');
    return new World(
      await startAzurite({ location, env: shiftedEnvironment(clockFile) }),
      location,
      clockFile,
    );
  }

  get account(): string {
    return this.#azurite.account;
  }

  get blobPort(): number {
    return this.#azurite.blobPort;
  }

  get queuePort(): number {
    return this.#azurite.queuePort;
  }

  get taskQueue() {
    return this.queues.getQueueClient(QUEUE);
  }

  /** The connection string with the ports of the proxies. */
  connectionString(blobPort: number, queuePort: number): string {
    return this.#azurite.connectionString
      .replaceAll(`:${this.#azurite.blobPort}/`, `:${blobPort}/`)
      .replaceAll(`:${this.#azurite.queuePort}/`, `:${queuePort}/`);
  }

  /** Ends Azurite politely, because it writes its index only then: a kill would lose data that Azure never loses. */
  async stop(): Promise<void> {
    await this.#azurite.stop('SIGTERM');
  }

  async restart(): Promise<void> {
    const { blobPort, queuePort } = this.#azurite;
    const env = shiftedEnvironment(this.#clockFile);
    this.#azurite = await startAzurite({ location: this.#location, blobPort, queuePort, env });
  }

  async close(): Promise<void> {
    await this.#azurite.stop('SIGKILL');
  }

  /** Breaks this part of the held claims, as an administrator or a faulty script might. Returns their blobs. */
  async breakClaims(random: Random, part: number): Promise<readonly string[]> {
    const broken: string[] = [];
    for (const name of await this.claimsHeld()) {
      if (!random.chance(part)) continue;
      const client = this.#state.getBlobClient(name);
      try {
        await new BlobLeaseClient(client).breakLease(0);
        broken.push(blobOfClaim(name));
      } catch {
        // The claim was released meanwhile.
      }
    }
    return broken;
  }

  async claimsHeld(): Promise<readonly string[]> {
    const held: string[] = [];
    for await (const { name, properties } of this.#state.listBlobsFlat({ prefix: 'claims/' })) {
      if (properties.leaseState === 'leased') held.push(name);
    }
    return held;
  }

  async letters(): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    const archive = createAzureDeadLetters(this.blobs, DEAD_LETTERS);
    for (const isolating of [false, true]) {
      for await (const letter of archive.list({ isolating })) {
        const { destination, reason, blob = '', offset, length, id } = letter;
        const group =
          destination !== undefined && PEOPLE.includes(destination)
            ? await groupOf(archive, letter.name)
            : undefined;
        letters.push({ destination, reason, blob, offset, length, id, isolating, ...(group && { group }) });
      }
    }
    return letters;
  }

  async queued(): Promise<number> {
    return (await this.taskQueue.getProperties()).approximateMessagesCount ?? 0;
  }

  /** The reasons of messages in the poison queue, at most 32. */
  async poison(): Promise<readonly string[]> {
    const { peekedMessageItems } = await this.queues
      .getQueueClient(`${QUEUE}-poison`)
      .peekMessages({ numberOfMessages: 32 });
    return peekedMessageItems.map(({ messageText }) => decodeBody(messageText).slice(0, 300));
  }

  /** Every source blob with its checkpoint. */
  async blobEnds(): Promise<readonly BlobEnd[]> {
    const ends: BlobEnd[] = [];
    for await (const container of this.blobs.listContainers({ prefix: SOURCES })) {
      const client = this.blobs.getContainerClient(container.name);
      for await (const { name, properties } of client.listBlobsFlat()) {
        const path = checkpointName({ account: '', container: container.name, name });
        ends.push({
          blob: `${container.name}/${name}`,
          length: properties.contentLength ?? 0,
          checkpoint: await readCheckpoint(this.#state, path),
        });
      }
    }
    return ends;
  }

  async endState(): Promise<Omit<EndState, 'consumers' | 'errors'>> {
    return {
      queued: await this.queued(),
      poison: await this.poison(),
      claimsHeld: await this.claimsHeld(),
      blobs: await this.blobEnds(),
      groups: await this.#groups(),
    };
  }

  async #groups(): Promise<EndState['groups']> {
    const groups: EndState['groups'][number][] = [];
    for (const destination of PEOPLE) {
      for (const group of await storedGroups(this.blobs, STATE, destination))
        groups.push({ ...group, destination });
    }
    return groups;
  }

  get #state(): ContainerClient {
    return this.blobs.getContainerClient(STATE);
  }
}

/** The group in the details of a letter; undefined if it is about one row. */
async function groupOf(archive: DeadLetterArchive, name: string): Promise<GroupCount | undefined> {
  const { groupId, count } = (await archive.get(name))?.letter.details ?? {};
  return typeof groupId === 'string' && typeof count === 'number' ? { id: groupId, count } : undefined;
}

async function readCheckpoint(state: ContainerClient, path: string): Promise<BlobEnd['checkpoint']> {
  const client = state.getBlockBlobClient(path);
  if (!(await client.exists())) return undefined;
  // Content and properties are read in one request, because the blob may be written between two.
  const { readableStreamBody } = await client.download();
  const stored = checkpointSchema.parse(readableStreamBody && (await json(readableStreamBody)));
  return {
    length: stored.length,
    closed: stored.closed,
    end: stored.end?.length === stored.length ? stored.end.offset : undefined,
    offsets: Object.fromEntries(
      Object.entries(stored.destinations).map(([name, { offset }]) => [name, offset]),
    ),
    behind: cursorsOf(stored).flatMap(({ ref, cursor }) => (cursor.behind ? [ref.destination] : [])),
  };
}

/** The path of the blob of a claim, `claims/<container>/<blob>` or `claims/<container>/<blob>@<destination>`. */
export function blobOfClaim(name: string): string {
  return name.replace(/^claims\//, '').replace(/@[a-z0-9-]+$/, '');
}
