/** One delivery as an event of a webhook, and a batch of them as a body. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import { cloudEventAttributes } from '../cloudevents.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Batch, BatchBody, Encoding, EnvelopeHead } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import { timestampOf } from '../timestamp.ts';
import type { WebhookConfig } from './config.ts';

/** A request's body and what kind of JSON it is. */
export interface WebhookBody {
  readonly contentType: string;
  /** Further headers that belong to the body: CloudEvents' attributes, in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the header that says it: in the shape `raw`, events have no place for it. */
  readonly kind: 'event' | 'alert' | 'mixed';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface WebhookSettings extends EncodingSettings {
  /** Whether CloudEvents' attributes stand around the event. */
  readonly isEnveloped: boolean;
  readonly shape: Shape;
}

/** What each delivery contributes to a webhook's body: JSON. */
export function webhookEvents({ format, mode }: WebhookConfig, shape: Shape): Encoding {
  const isEnveloped = format === 'cloudevents' && mode !== 'binary';
  return encodingBy({ kind: 'webhook', isEnveloped, shape }, webhookEvent, {
    separator: webhookSeparator({ format }),
  });
}

/** What stands between two events of a body. */
export function webhookSeparator({ format }: Pick<WebhookConfig, 'format'>): string {
  return format === 'ndjson' ? '\n' : ',';
}

function webhookEvent({ isEnveloped, shape }: WebhookSettings): Encoding['write'] {
  const data: Encoding['write'] = (delivery, writer) => writeShape(shape, delivery, writer);
  if (!isEnveloped) return data;
  return (delivery, writer) => {
    const attributes = JSON.stringify(cloudEventAttributes(delivery.head));
    writer.text(`${attributes.slice(0, -1)},"data":`);
    data(delivery, writer);
    writer.text('}');
  };
}

/**
 * The body of a batch: `{type, timestamp, data: {events: [...]}}` with type `defender.events`, or `defender.alerts` where
 * all are; `{type, timestamp, data}` with `defender.event` or `defender.alert` for a single one; CloudEvents, together, one, or
 * with the attributes in headers; the events alone as an array, or one a line.
 * The same deliveries give the same bytes on every retry: `timestamp` is the last event's.
 *
 * @param writer an empty one, which the body is written into unless it is a single event as it stands. `bytes` is a view of its buffer then.
 */
export function webhookBody(config: WebhookConfig, { items, body }: Batch, writer: ByteWriter): WebhookBody {
  const framed = (before: string, content: BatchBody, after: string) => {
    writer.text(before);
    content.copy(writer);
    writer.text(after);
    return writer.peek();
  };
  const isSingle = config.mode !== 'batch' && items.length === 1;
  const kind = kindOf(items);
  if (config.format === 'ndjson') {
    return { contentType: 'application/x-ndjson', kind, bytes: framed('', body, '\n') };
  }
  if (config.format === 'json') {
    const bytes = isSingle ? body.bytes() : framed('[', body, ']');
    return { contentType: 'application/json', kind, bytes };
  }
  const [first] = items;
  if (config.mode === 'binary' && first) {
    const headers = attributeHeaders(first.head);
    return { contentType: 'application/json', headers, kind, bytes: body.bytes() };
  }
  if (config.format === 'cloudevents') {
    return isSingle
      ? { contentType: 'application/cloudevents+json; charset=utf-8', kind, bytes: body.bytes() }
      : {
          contentType: 'application/cloudevents-batch+json; charset=utf-8',
          kind,
          bytes: framed('[', body, ']'),
        };
  }
  const type = kind === 'alert' ? 'alert' : 'event';
  const timestamp = JSON.stringify(timestampOf(items.at(-1)?.head ?? { time: '' }));
  const start = `{"type":"defender.${type}${isSingle ? '' : 's'}","timestamp":${timestamp},"data":`;
  return {
    contentType: 'application/json',
    kind,
    bytes: isSingle ? framed(start, body, '}') : framed(`${start}{"events":[`, body, ']}}'),
  };
}

/** By the rule alone: a dead letter that is sent again knows that, and not the alert's id. */
function kindOf(items: Batch['items']): WebhookBody['kind'] {
  const alerts = items.filter(({ head }) => head.rule !== undefined).length;
  if (alerts === 0) return 'event';
  return alerts === items.length ? 'alert' : 'mixed';
}

/** What stands before and behind the events of a body is shorter. Bytes. */
export const FRAME = 256;

/**
 * The attributes of a CloudEvent in binary mode. What is no visible ASCII, or a quote, or a percent sign, is percent-encoded (CloudEvents
 * HTTP protocol binding 1.0, section 3.1.3.2). `datacontenttype` is the content type.
 */
function attributeHeaders(envelope: EnvelopeHead): Readonly<Record<string, string>> {
  const { datacontenttype: _, ...attributes } = cloudEventAttributes(envelope);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      `ce-${name}`,
      value.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]/gu, encodeURIComponent),
    ]),
  );
}
