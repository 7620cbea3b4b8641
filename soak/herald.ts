/** Sends notifications about blobs as badly as Event Grid may: twice, out of order, or not at all; to the endpoint or to the queue. */
import { setTimeout as delay } from 'node:timers/promises';
import type { QueueClient } from '@azure/storage-queue';
import type { Random } from '../lab/generator/random.ts';
import { notificationRequest, postNotification } from '../lab/notifications.ts';
import type { BlobRef } from '../src/shared/blob-ref.ts';
import type { Recorder } from './recorder.ts';
import { insist } from './stored-writes.ts';

export interface HeraldOptions {
  /** The base address of the blob service, as the consumers know it. */
  readonly blobEndpoint: string;
  /** The task queue, for Event Grid without an endpoint. */
  readonly queue: QueueClient;
  /** The consumers' endpoints, with their key. */
  readonly endpoints: readonly string[];
  readonly random: Random;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** A substitute for Event Grid that loses, duplicates and reorders notifications, and sends them to the endpoint or directly to the queue. */
export interface Herald {
  announce(blob: BlobRef, how: 'surely' | 'unreliably'): void;
  /** Resolves when no notification is pending any more. */
  settled(): Promise<void>;
}

const POST_TRIES = 8;
const POST_PAUSE_MS = 400;
const POST_TIMEOUT_MS = 5_000;

export function createHerald(options: HeraldOptions): Herald {
  const { random, recorder, signal } = options;
  const underWay = new Set<Promise<void>>();

  async function deliver(blob: BlobRef, sure: boolean, waitMs: number): Promise<void> {
    const url = `${options.blobEndpoint}/${blob.container}/${blob.name}`;
    const event = { ref: blob, url, id: random.guid(), at: Date.now() };
    const schema = random.pick(['event_grid', 'cloud_event', 'cloud_events_batch'] as const);
    const endpoint = options.endpoints[random.int(0, Math.max(0, options.endpoints.length - 1))];
    const byQueue = sure || endpoint === undefined || random.chance(0.4);
    const encoded = random.chance(0.5);
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
    const request = notificationRequest(event, schema);
    if (byQueue) {
      const text = encoded ? Buffer.from(request.body).toString('base64') : request.body;
      await insist(() => options.queue.sendMessage(text), signal);
      return;
    }
    for (let tries = 0; tries < POST_TRIES; tries++) {
      const status = await postNotification(endpoint, request, signal, POST_TIMEOUT_MS);
      if (status >= 200 && status < 300) return;
      await delay(POST_PAUSE_MS, undefined, { signal });
    }
    recorder.fault('notification given up');
  }

  function start(blob: BlobRef, sure: boolean, waitMs: number): void {
    const done = deliver(blob, sure, waitMs).catch(() => {});
    underWay.add(done);
    void done.then(() => underWay.delete(done));
  }

  return {
    announce(blob, how) {
      const sure = how === 'surely';
      const [isLost, isLate, isDouble] = [random.chance(0.25), random.chance(0.3), random.chance(0.3)];
      const waitMs = random.int(1_000, 9_000);
      if (isLost && !sure) {
        recorder.fault('notification lost');
        return;
      }
      if (isLate) recorder.fault('notification late');
      start(blob, sure, isLate ? waitMs : 0);
      if (!isDouble) return;
      recorder.fault('notification doubled');
      start(blob, sure, waitMs >> 1);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}
