/** One delivery as an event of a webhook, and a batch of them as a body. */
import type { Envelope } from '../../shared/event.ts';
import { parseEventTime } from '../../shared/instant.ts';
import type { Batch, Delivery } from '../port.ts';
import { type Shape, shapeText } from '../shapes.ts';
import type { WebhookConfig } from './config.ts';

/** A request's body and what kind of JSON it is. */
export interface WebhookBody {
  readonly contentType: string;
  readonly text: string;
}

/** The JSON that one delivery contributes to a webhook's body. */
export function webhookEvent(config: WebhookConfig, shape: Shape): (delivery: Delivery) => string {
  const data = (delivery: Delivery) => shapeText(shape, delivery);
  if (config.format === 'standard') return data;
  return (delivery) => {
    const attributes = JSON.stringify(cloudEventAttributes(delivery.envelope));
    return `${attributes.slice(0, -1)},"data":${data(delivery)}}`;
  };
}

/**
 * The body of a batch: `{type, timestamp, data: {events: [...]}}` with type `defender.events`, or `defender.alerts` where
 * all are; `{type, timestamp, data}` with `defender.event` or `defender.alert` for a single one; or CloudEvents.
 * The same deliveries give the same bytes on every retry: `timestamp` is the last event's.
 */
export function webhookBody(config: WebhookConfig, batch: Batch): WebhookBody {
  const [first] = batch.items;
  if (config.format === 'cloudevents') {
    return config.mode === 'single' && first !== undefined && batch.items.length === 1
      ? { contentType: 'application/cloudevents+json; charset=utf-8', text: first.payload }
      : {
          contentType: 'application/cloudevents-batch+json; charset=utf-8',
          text: `[${batch.items.map((item) => item.payload).join(',')}]`,
        };
  }
  const type = batch.items.every((item) => item.delivery.envelope.rule !== undefined) ? 'alert' : 'event';
  const timestamp = JSON.stringify(batch.items.at(-1)?.delivery.envelope.time ?? '');
  return config.mode === 'single' && first !== undefined && batch.items.length === 1
    ? {
        contentType: 'application/json',
        text: `{"type":"defender.${type}","timestamp":${timestamp},"data":${first.payload}}`,
      }
    : {
        contentType: 'application/json',
        text: `{"type":"defender.${type}s","timestamp":${timestamp},"data":{"events":[${batch.items
          .map((item) => item.payload)
          .join(',')}]}}`,
      };
}

/**
 * CloudEvents 1.0 context attributes. `source` and `id` together are unique: an alert has the id of its row, so its
 * source names the rule.
 */
function cloudEventAttributes(envelope: Envelope): Readonly<Record<string, string>> {
  const tenant = segment(envelope.tenant ?? 'unknown');
  const table = segment(envelope.table);
  const rule = envelope.rule && segment(envelope.rule.id ?? envelope.rule.title);
  const time = instantText(envelope.time);
  return {
    specversion: '1.0',
    id: envelope.id,
    source: `/tenants/${tenant}/tables/${table}${rule === undefined ? '' : `/rules/${rule}`}`,
    type: rule === undefined ? 'defender.event' : 'defender.alert',
    subject: envelope.table,
    ...(time === undefined ? {} : { time }),
    datacontenttype: 'application/json',
  };
}

/** RFC 3339 wants a zone; Defender's `Timestamp` has one, a renamed or set column may not. */
function instantText(text: string): string | undefined {
  if (parseEventTime(text) === undefined) return undefined;
  const iso = text.replace(' ', 'T');
  return /(?:Z|[+-]\d{2}:\d{2})$/.test(iso) ? iso : `${iso}Z`;
}

function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
