/** Appends rows to blobs as Defender does. */
import type { AppendBlobClient, BlobServiceClient } from '@azure/storage-blob';
import { type BlobRef, blobPath } from '../src/shared/blob-ref.ts';
import type { GeneratedRow } from './generator/generator.ts';
import type { Random } from './generator/random.ts';
import { type BlobCreated, type Notify, notificationRequest, type Schema } from './notifications.ts';

/** One append takes at most 4 MiB in the older service versions, which Azurite speaks too. */
const LONGEST_APPEND = 4 * 1_048_576;
/** Measured in a live tenant: 35.6 KB an append on average. */
const USUAL_APPEND = 36_000;

export interface WriterOptions {
  readonly service: BlobServiceClient;
  /** The storage account's name, as events carry it. */
  readonly account: string;
  readonly tenantId: string;
  readonly random: Random;
  readonly notify: Notify;
  readonly now: () => number;
  /** Told of each row, with its place, before its bytes are appended. */
  readonly onRow?: (row: GeneratedRow, blob: string, offset: number) => void;
  /** Gives up whatever is on its way. */
  readonly signal?: AbortSignal;
  /** The part of the notifications that is delivered twice, and that is held back for a while. Default 0.2 each. */
  readonly twice?: number;
  readonly late?: number;
}

interface OpenBlob {
  readonly ref: BlobRef;
  readonly client: AppendBlobClient;
  /** Bytes of all rows added so far: where the next one will begin. */
  length: number;
  /** Bytes of rows not yet appended. */
  pending: Buffer[];
  pendingBytes: number;
  /** Bytes in the blob; undefined until it is created. */
  written: number | undefined;
  /** Appends are made one after the other. */
  turn: Promise<void>;
}

/** Writes rows as Defender does: an append blob per table and hour, that grows in uneven pieces. */
export interface Writer {
  /** Queues a row for its table's blob; no I/O. */
  add(row: GeneratedRow): void;
  /** Appends a piece to each blob that has rows waiting; a piece may end anywhere, even within a character. */
  append(): Promise<void>;
  /** Appends all that waits and delivers all notifications: what a run ends with. */
  finish(): Promise<void>;
  /** From now on rows go to this hour's blobs, whatever the clock says; undefined: the clock's hour again. */
  setHour(hour: number | undefined): void;
  /** Bytes of rows that are not in their blob yet. */
  readonly waiting: number;
  /** Bytes appended so far. */
  readonly appended: number;
}

export function createWriter(options: WriterOptions): Writer {
  const { service, random, notify, now } = options;
  const cancel = options.signal === undefined ? {} : { abortSignal: options.signal };
  const open = new Map<string, OpenBlob>();
  const containers = new Map<string, Promise<unknown>>();
  const held: BlobCreated[] = [];
  let hour: number | undefined;
  let waiting = 0;
  let appended = 0;

  function blobFor(table: string): OpenBlob {
    const ref: BlobRef = {
      account: options.account,
      container: `insights-logs-advancedhunting-${table.toLowerCase()}`,
      name: blobName(options.tenantId, hour ?? now()),
    };
    const path = blobPath(ref);
    const known = open.get(path);
    if (known) return known;
    const client = service.getContainerClient(ref.container).getAppendBlobClient(ref.name);
    const blob: OpenBlob = {
      ref,
      client,
      length: 0,
      pending: [],
      pendingBytes: 0,
      written: undefined,
      turn: Promise.resolve(),
    };
    open.set(path, blob);
    return blob;
  }

  async function create(blob: OpenBlob): Promise<number> {
    const { container } = blob.ref;
    let ready = containers.get(container);
    if (!ready) {
      ready = service.getContainerClient(container).createIfNotExists(cancel);
      containers.set(container, ready);
    }
    await ready;
    await blob.client.create({ conditions: { ifNoneMatch: '*' }, ...cancel });
    blob.written = 0;
    // Not encoded: Event Grid writes `=` and `/` as they are.
    const { url } = service.getContainerClient(container);
    const event = { ref: blob.ref, url: `${url}/${blob.ref.name}`, id: random.guid(), at: now() };
    if (random.chance(options.late ?? 0.2)) held.push(event);
    else await announce(event);
    return 0;
  }

  async function announce(event: BlobCreated): Promise<void> {
    const schemas = ['event_grid', 'cloud_event', 'cloud_events_batch'] as const satisfies readonly Schema[];
    const send = () => notify(notificationRequest(event, random.pick(schemas)), options.signal);
    await send();
    if (random.chance(options.twice ?? 0.2)) await send();
  }

  /** The newest first: out of order, as at-least-once delivery may be. */
  async function announceHeld(): Promise<void> {
    for (let event = held.pop(); event; event = held.pop()) await announce(event);
  }

  function appendPiece(blob: OpenBlob, length: number): Promise<void> {
    const done = blob.turn.then(async () => {
      const position = blob.written ?? (await create(blob));
      const all = Buffer.concat(blob.pending);
      const piece = all.subarray(0, Math.min(length, LONGEST_APPEND));
      if (piece.length === 0) return;
      blob.pending = piece.length === all.length ? [] : [all.subarray(piece.length)];
      // An append whose answer was lost must not be made twice.
      await blob.client.appendBlock(piece, piece.length, {
        conditions: { appendPosition: position },
        ...cancel,
      });
      blob.written = position + piece.length;
      blob.pendingBytes -= piece.length;
      waiting -= piece.length;
      appended += piece.length;
    });
    blob.turn = done.catch(() => {});
    return done;
  }

  /** How much of what waits goes out now: about 36 KB in the mean, sometimes nothing; more where much waits. */
  function unevenLength(blob: OpenBlob): number {
    if (random.chance(0.15)) return 0;
    const mean = Math.max(USUAL_APPEND, blob.pendingBytes);
    return Math.min(blob.pendingBytes, 1 + Math.floor(-Math.log(1 - random.next()) * mean));
  }

  return {
    add(row) {
      const blob = blobFor(row.table);
      options.onRow?.(row, blobPath(blob.ref), blob.length);
      blob.length += row.line.length;
      blob.pending.push(row.line);
      blob.pendingBytes += row.line.length;
      waiting += row.line.length;
    },
    async append() {
      const pieces = [...open.values()]
        .filter((blob) => blob.pendingBytes > 0)
        .map((blob) => [blob, unevenLength(blob)] as const);
      await Promise.all(pieces.map(([blob, length]) => (length > 0 ? appendPiece(blob, length) : undefined)));
      if (held.length > 2 || (held.length > 0 && random.chance(0.2))) await announceHeld();
    },
    async finish() {
      await Promise.all(
        [...open.values()].map(async (blob) => {
          while (blob.pendingBytes > 0) await appendPiece(blob, blob.pendingBytes);
        }),
      );
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

/** `tenantId=<guid>/y=2026/m=11/d=23/h=07/m=00/PT1H.json`. */
export function blobName(tenantId: string, at: number): string {
  const [, y, m, d, h] = /^(\d+)-(\d+)-(\d+)T(\d+)/.exec(new Date(at).toISOString()) ?? [];
  return `tenantId=${tenantId}/y=${y}/m=${m}/d=${d}/h=${h}/m=00/PT1H.json`;
}
