/** Appends rows to blobs as Defender does. */
import type { BlobServiceClient } from '@azure/storage-blob';
import { type BlobRef, blobPath } from '../src/shared/blob-ref.ts';
import type { GeneratedRow } from './generator/generator.ts';
import type { Random } from './generator/random.ts';
import { GrowingBlob } from './growing-blob.ts';
import { type BlobCreated, type Notify, notificationRequest, type Schema } from './notifications.ts';

/** The usual size of an append; in a live tenant, 35.6 KB were measured on average. Bytes. */
const USUAL_APPEND = 36_000;

export interface WriterOptions {
  readonly service: BlobServiceClient;
  /** The storage account's name, for notifications. */
  readonly account: string;
  readonly tenantId: string;
  readonly random: Random;
  readonly notify: Notify;
  readonly now: () => number;
  /** Called for each row, with its place, before its bytes are appended. */
  readonly onRow?: (row: GeneratedRow, blob: string, offset: number) => void;
  /** Aborts what is in progress. */
  readonly signal?: AbortSignal;
  /** The part of the notifications that are delivered twice and, below, that are delayed. Default 0.2 each. */
  readonly twice?: number;
  readonly late?: number;
}

/** Writes rows as Defender does, into an append blob per table and hour that grows in uneven pieces. */
export interface Writer {
  /** Queues a row for its table's blob, without I/O. */
  add(row: GeneratedRow): void;
  /** Appends a piece to each blob with waiting rows. A piece may end anywhere, even within a character. */
  append(): Promise<void>;
  /** Appends all waiting rows and delivers all notifications, at the end of a run. */
  finish(): Promise<void>;
  /** Sets the hour whose blobs get the following rows; undefined for the clock's hour. */
  setHour(hour: number | undefined): void;
  /** The bytes of rows that are not in their blobs yet. */
  readonly waiting: number;
  /** Bytes appended so far. */
  readonly appended: number;
}

export function createWriter(options: WriterOptions): Writer {
  const { service, random, notify, now } = options;
  const cancel = options.signal === undefined ? {} : { abortSignal: options.signal };
  const open = new Map<string, GrowingBlob>();
  const containers = new Map<string, Promise<unknown>>();
  const held: BlobCreated[] = [];
  let hour: number | undefined;
  let waiting = 0;
  let appended = 0;

  function blobFor(ref: BlobRef): GrowingBlob {
    const path = blobPath(ref);
    const known = open.get(path);
    if (known) return known;
    const client = service.getContainerClient(ref.container).getAppendBlobClient(ref.name);
    const blob = new GrowingBlob({
      async create() {
        await containerOf(ref);
        await client.create({ conditions: { ifNoneMatch: '*' }, ...cancel });
        await announceNew(ref);
      },
      async append(bytes, position) {
        // The position makes sure that an append whose response was lost is not made twice.
        const conditions = { appendPosition: position };
        await client.appendBlock(bytes, bytes.length, { conditions, ...cancel });
      },
    });
    open.set(path, blob);
    return blob;
  }

  function containerOf({ container }: BlobRef): Promise<unknown> {
    const known = containers.get(container);
    if (known) return known;
    const created = service.getContainerClient(container).createIfNotExists(cancel);
    containers.set(container, created);
    return created;
  }

  async function announceNew(ref: BlobRef): Promise<void> {
    // The name is not encoded, because Event Grid does not encode `=` and `/`.
    const { url } = service.getContainerClient(ref.container);
    const event = { ref, url: `${url}/${ref.name}`, id: random.guid(), at: now() };
    if (random.chance(options.late ?? 0.2)) held.push(event);
    else await announce(event);
  }

  async function announce(event: BlobCreated): Promise<void> {
    const schemas = ['event_grid', 'cloud_event', 'cloud_events_batch'] as const satisfies readonly Schema[];
    const send = () => notify(notificationRequest(event, random.pick(schemas)), options.signal);
    await send();
    if (random.chance(options.twice ?? 0.2)) await send();
  }

  /** Sends the delayed notifications, the newest first, because at-least-once delivery may be out of order. */
  async function announceHeld(): Promise<void> {
    for (let event = held.pop(); event; event = held.pop()) await announce(event);
  }

  async function append(blob: GrowingBlob, length: number): Promise<void> {
    const bytes = await blob.append(length);
    waiting -= bytes;
    appended += bytes;
  }

  /** How many of the waiting bytes to append now: about 36 KB on average, sometimes none, and more if many wait. */
  function unevenLength(blob: GrowingBlob): number {
    if (random.chance(0.15)) return 0;
    const mean = Math.max(USUAL_APPEND, blob.pendingBytes);
    return Math.min(blob.pendingBytes, 1 + Math.floor(-Math.log(1 - random.next()) * mean));
  }

  return {
    add(row) {
      const ref: BlobRef = {
        account: options.account,
        container: `insights-logs-advancedhunting-${row.table.toLowerCase()}`,
        name: blobName(options.tenantId, hour ?? now()),
      };
      const blob = blobFor(ref);
      options.onRow?.(row, blobPath(ref), blob.length);
      blob.add(row.line);
      waiting += row.line.length;
    },
    async append() {
      const pieces = [...open.values()]
        .filter((blob) => blob.pendingBytes > 0)
        .map((blob) => [blob, unevenLength(blob)] as const);
      await Promise.all(pieces.map(([blob, length]) => (length > 0 ? append(blob, length) : undefined)));
      if (held.length > 2 || (held.length > 0 && random.chance(0.2))) await announceHeld();
    },
    async finish() {
      await Promise.all([...open.values()].map((blob) => append(blob, blob.pendingBytes)));
      await announceHeld();
    },
    setHour(at) {
      hour = at;
    },
    get waiting() {
      return waiting;
    },
    get appended() {
      return appended;
    },
  };
}

/** A blob's name, `tenantId=<guid>/y=2026/m=11/d=23/h=07/m=00/PT1H.json`. */
export function blobName(tenantId: string, at: number): string {
  const [, y, m, d, h] = /^(\d+)-(\d+)-(\d+)T(\d+)/.exec(new Date(at).toISOString()) ?? [];
  return `tenantId=${tenantId}/y=${y}/m=${m}/d=${d}/h=${h}/m=00/PT1H.json`;
}
