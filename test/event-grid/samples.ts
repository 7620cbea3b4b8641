import { BLOB_CREATED } from '../../src/event-grid/notification.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';

export const ACCOUNT = 'contosodefender';
export const PREFIX = 'insights-logs-advancedhunting-';
export const CONTAINER = `${PREFIX}deviceevents`;
export const NAME = 'tenantId=9f1e2d3c-0000-4000-8000-1234567890ab/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
export const URL_OF_BLOB = `https://${ACCOUNT}.blob.core.windows.net/${CONTAINER}/${NAME}`;
export const TOPIC = `/subscriptions/0f0/resourceGroups/soc/providers/Microsoft.Storage/storageAccounts/${ACCOUNT}`;
export const source = sourceAccount({ account: ACCOUNT, containerPrefix: PREFIX });
export const sources = [source];

/** Event Grid's schema, as Azure Storage fills it in. */
export function eventGridEvent(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    topic: TOPIC,
    subject: `/blobServices/default/containers/${CONTAINER}/blobs/${NAME}`,
    eventType: BLOB_CREATED,
    id: '831e1650-001e-001b-66ab-eeb76e069631',
    data: blobCreatedData(URL_OF_BLOB),
    dataVersion: '',
    metadataVersion: '1',
    eventTime: '2026-11-23T07:02:41.6534342Z',
    ...over,
  };
}

/** CloudEvents 1.0, as Event Grid writes it. */
export function cloudEvent(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    source: TOPIC,
    subject: `/blobServices/default/containers/${CONTAINER}/blobs/${NAME}`,
    type: BLOB_CREATED,
    id: '831e1650-001e-001b-66ab-eeb76e069631',
    time: '2026-11-23T07:02:41.6534342Z',
    data: blobCreatedData(URL_OF_BLOB),
    ...over,
  };
}

export function blobCreatedData(url: string): Record<string, unknown> {
  return {
    api: 'PutBlob',
    requestId: '4c2dd7fb-2c48-4a27-bb30-000000000000',
    eTag: '0x8D4BCC2E4835CD0',
    contentType: 'application/octet-stream',
    contentLength: 0,
    blobType: 'AppendBlob',
    url,
    sequencer: '00000000000004420000000000028963',
  };
}

export function validationEvent(code = '512d38b6-c7b8-40c8-89fe-f46f9e9622b6'): Record<string, unknown> {
  return {
    id: '2d1781af-3a4c-4d7c-bd0c-e34b19da4e66',
    topic: TOPIC,
    subject: '',
    data: { validationCode: code, validationUrl: 'https://rp-eastus2.eventgrid.azure.net/validate?t=secret' },
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: '2026-11-23T07:00:00Z',
    metadataVersion: '1',
    dataVersion: '1',
  };
}
