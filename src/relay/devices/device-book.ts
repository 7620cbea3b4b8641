/** Keeps the list of devices in the state: consumers share it, a restart begins with it, and without it only lookups find less. */
import { z } from 'zod';
import { type StateDocuments, UnreadableDocumentError } from '../../checkpoints/documents.ts';
import { replacingDamaged, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import { DEVICE_COLUMNS, DEVICE_TABLE, DeviceList } from '../../rules/lists/device-list.ts';
import { hashOf } from '../../rules/sampling.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Row } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { sleptTogether } from '../../shared/together.ts';

/** How often devices that have changed are written. Milliseconds. */
export const DEVICES_WRITE_MS = 5 * 60_000;
/** How often the devices that other consumers have seen are read. Milliseconds. */
export const DEVICES_READ_MS = 15 * 60_000;
/** Over so many documents the devices are spread: each stays small, and few change at a time. */
const SHARDS = 16;
/** The most bytes of a document's devices as JSON, well below what a document may have; those seen longest ago are left out. */
const MOST_BYTES = 900_000;
/** Between two devices: a comma and a colon. */
const BETWEEN = 2;
const AT_ONCE = 4;
const PATIENCE = { tries: 3 };

const FOLDER = 'devices/';

/** What {@link DeviceList} keeps of a value: it was small and plain when it was written. */
const value = z.union([z.null(), z.string().max(1_024), z.number(), z.boolean()]);

/** `columns` says in which order the values are: what another version has written is passed over. */
const shardSchema = z.lazy(() =>
  z.object({
    v: z.literal(1),
    columns: z.array(z.string()),
    devices: z.record(z.string(), z.tuple([z.number(), z.array(value)])),
  }),
);
type Shard = z.infer<typeof shardSchema>;

export interface DeviceDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whether a step of the rules in force looks devices up. Without one, nothing is kept, read or written. */
  readonly isUsed: () => boolean;
}

/** The devices of a process, and their documents. */
export class DeviceBook {
  readonly list = new DeviceList();
  readonly #deps: DeviceDeps;
  /** The documents in which devices have changed. */
  readonly #changed = new Set<number>();
  /** The documents as they were read last: equal ones are not merged again. */
  readonly #etags = new Map<number, string>();
  #writtenAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  /** When a pass began that has not ended, ms since the epoch. */
  #runningSince: number | undefined;

  constructor(deps: DeviceDeps) {
    this.#deps = deps;
  }

  /** Takes a row, if it is one of DeviceInfo and a step looks devices up. */
  observe(row: Row): void {
    if (row.table !== DEVICE_TABLE || !this.#deps.isUsed()) return;
    const id = this.list.observe(row.properties, this.#deps.clock.now());
    if (id !== undefined) this.#changed.add(shardOf(id));
  }

  /**
   * Reads and writes what is due. Never rejects: devices are context, and no row waits for them. Does nothing while another call is
   * under way, unless it was cut off, as an invocation of a Worker can be.
   */
  async pass(documents: StateDocuments): Promise<void> {
    if (!this.#deps.isUsed()) return;
    const now = this.#deps.clock.now();
    if (this.#runningSince !== undefined && now - this.#runningSince < CUT_OFF_MS) return;
    this.#runningSince = now;
    await this.#pass(documents);
    this.#runningSince = undefined;
  }

  /** Reads and writes regularly until stopped, and then writes what has changed. */
  async run(documents: StateDocuments, stop: AbortSignal): Promise<void> {
    do {
      await this.pass(documents);
    } while (await sleptTogether(this.#deps.clock, LOOK_MS, stop));
    this.#writtenAt = Number.NEGATIVE_INFINITY;
    await this.pass(documents);
  }

  async #pass(documents: StateDocuments): Promise<void> {
    const { clock, logger, metrics } = this.#deps;
    try {
      const now = clock.now();
      if (now - this.#readAt >= DEVICES_READ_MS) {
        this.#readAt = now;
        await inParallel(numbers(), AT_ONCE, (shard) => this.#read(documents, shard));
        // The first write waits for a whole interval, so that a start does not write each row alone.
        if (this.#writtenAt === Number.NEGATIVE_INFINITY) this.#writtenAt = now;
      }
      if (now - this.#writtenAt >= DEVICES_WRITE_MS && this.#changed.size > 0) {
        this.#writtenAt = now;
        await inParallel([...this.#changed], AT_ONCE, (shard) => this.#write(documents, shard));
      }
    } catch (error) {
      logger.warn('The list of devices could not be shared; lookups go on with what this process knows', {
        ...loggedError(error),
      });
    }
    metrics.gauge('xdr_relay_list_entries', this.list.size, { list: this.list.name });
  }

  async #read(documents: StateDocuments, shard: number): Promise<void> {
    const stored = await readableOrEtag(() => documents.get(nameOf(shard)));
    if (stored && 'damaged' in stored) return;
    if (stored && stored.etag !== this.#etags.get(shard)) this.#merge(shardIn(stored.value));
    if (stored) this.#etags.set(shard, stored.etag);
  }

  async #write(documents: StateDocuments, shard: number): Promise<void> {
    // What changes meanwhile is for the next write.
    this.#changed.delete(shard);
    try {
      await this.#store(documents, shard);
    } catch (error) {
      this.#changed.add(shard);
      throw error;
    }
  }

  async #store(documents: StateDocuments, shard: number): Promise<void> {
    const document = sharedDocument(documents, nameOf(shard), shardIn);
    const outcome = await updateDocument<Shard, undefined>(
      // What is damaged is written anew: the rows of DeviceInfo bring it back.
      replacingDamaged(document),
      (stored) => {
        this.#merge(stored);
        return { write: this.#shard(shard), result: undefined };
      },
      PATIENCE,
    );
    // Another consumer is writing all the time: the next pass tries again.
    if (outcome.kind === 'busy') this.#changed.add(shard);
  }

  #merge(stored: Shard | undefined): void {
    for (const [id, [at, values]] of Object.entries(stored?.devices ?? {})) {
      this.list.take(id, { at, values });
    }
  }

  #shard(shard: number): Shard {
    const own = [...this.list.devices()].filter(([id]) => shardOf(id) === shard).reverse();
    const devices: Shard['devices'] = {};
    let left = MOST_BYTES;
    for (const [id, { at, values }] of own) {
      left -= Buffer.byteLength(JSON.stringify([id, at, values])) + BETWEEN;
      if (left < 0) break;
      devices[id] = [at, [...values]];
    }
    return { v: 1, columns: [...DEVICE_COLUMNS], devices };
  }
}

const LOOK_MS = 30_000;
/** A pass that takes longer was cut off. Milliseconds. */
const CUT_OFF_MS = 5 * 60_000;

/** What `read` returns; the etag of a document that is damaged, which must not keep the others from being read or written. */
async function readableOrEtag<T>(read: () => Promise<T>): Promise<T | { readonly damaged: string }> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { damaged: error.etag };
    throw error;
  }
}

function numbers(): readonly number[] {
  return Array.from({ length: SHARDS }, (_, shard) => shard);
}

function nameOf(shard: number): string {
  return `${FOLDER}${shard}`;
}

/** A hash spreads the ids. It is a fast one, because each document that is written asks for that of each device. */
function shardOf(id: string): number {
  return hashOf(id) % SHARDS;
}

function shardIn(value: JsonValue | undefined): Shard | undefined {
  const shard = shardSchema.safeParse(value).data;
  return shard && JSON.stringify(shard.columns) === JSON.stringify(DEVICE_COLUMNS) ? shard : undefined;
}
