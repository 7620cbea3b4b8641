/** Posts notifications to a relay as Event Grid does. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobRef } from '../src/shared/blob-ref.ts';

/** The content of one `Microsoft.Storage.BlobCreated` event. */
export interface BlobCreated {
  readonly ref: BlobRef;
  /** The blob's address as Azure would write it. */
  readonly url: string;
  /** The event's id, which both deliveries have of an event that comes twice. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The format in which an event is sent. */
export type Schema = 'event_grid' | 'cloud_event' | 'cloud_events_batch';

export interface NotificationRequest {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Makes the request that Event Grid sends for an event. An append blob is announced when it is created, empty, by `PutBlob`
 * (Microsoft Learn, "Azure Blob Storage as an Event Grid source").
 */
export function notificationRequest(event: BlobCreated, schema: Schema): NotificationRequest {
  const { ref, url, id, at } = event;
  const topic = `/subscriptions/5f2b7c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21/resourceGroups/soc/providers/Microsoft.Storage/storageAccounts/${ref.account}`;
  const subject = `/blobServices/default/containers/${ref.container}/blobs/${ref.name}`;
  const time = new Date(at).toISOString();
  const data = {
    api: 'PutBlob',
    clientRequestId: id,
    requestId: id,
    eTag: `0x8D${at.toString(16).toUpperCase()}`,
    contentType: 'application/octet-stream',
    contentLength: 0,
    blobType: 'AppendBlob',
    url,
    sequencer: `${at.toString(16).padStart(32, '0')}0000000000000000`,
    storageDiagnostics: { batchId: id },
  };
  const type = 'Microsoft.Storage.BlobCreated';
  if (schema === 'event_grid') {
    const body = [
      { topic, subject, eventType: type, eventTime: time, id, data, dataVersion: '', metadataVersion: '1' },
    ];
    return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) };
  }
  const cloudEvent = { specversion: '1.0', type, source: topic, subject, id, time, data };
  return schema === 'cloud_event'
    ? { contentType: 'application/cloudevents+json; charset=utf-8', body: JSON.stringify(cloudEvent) }
    : {
        contentType: 'application/cloudevents-batch+json; charset=utf-8',
        body: JSON.stringify([cloudEvent]),
      };
}

/** Delivers one request; resolves once the endpoint has accepted it. */
export type Notify = (request: NotificationRequest, signal?: AbortSignal) => Promise<void>;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Makes a function that posts to the endpoint as Event Grid does: any 2xx means delivered, 400, 401 and 413 are final, and everything else
 * is retried.
 *
 * @param url The endpoint, with its shared key as `?code=`.
 */
export function httpNotifier(url: string): Notify {
  return async (request, signal) => {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const status = await postNotification(url, request, signal);
      if (status >= 200 && status < 300) return;
      if (status === 400 || status === 401 || status === 413) {
        throw new Error(`The events endpoint answered ${status}: Event Grid would not try again.`);
      }
      await delay(pause, undefined, signal ? { signal } : {});
    }
  };
}

/** Posts once, as Event Grid does. Returns the status, or 0 if there was no response in time. */
export async function postNotification(
  url: string,
  request: NotificationRequest,
  signal?: AbortSignal,
  timeoutMs = 30_000,
): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': request.contentType,
        'aeg-event-type': 'Notification',
        'aeg-subscription-name': 'XDR-RELAY',
        'aeg-delivery-count': '0',
      },
      body: request.body,
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    signal?.throwIfAborted();
    return 0;
  }
}
