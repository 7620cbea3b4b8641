/** One delivery as a message: its key and its value as JSON, and its headers by the CloudEvents Kafka protocol binding. */
import { freelyFilled } from '../../shared/metadata-template.ts';
import { cloudEventAttributes } from '../cloudevents.ts';
import { encodingBy } from '../encoding.ts';
import type { Encoding, EnvelopeHead } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import type { KafkaConfig } from './config.ts';

const BEFORE_KEY = '{"key":';
const BEFORE_VALUE = ',"value":';

/**
 * `{"key":"...","value":{...}}`. The key comes from columns, which only the encoding sees; and a dead letter that is sent again must get the
 * partition of its device, too.
 */
export function kafkaMessages({ key }: Pick<KafkaConfig, 'key'>, shape: Shape): Encoding {
  return encodingBy({ kind: 'kafka', key, shape }, (settings) => {
    const keyOf = freelyFilled(settings.key);
    return (delivery, writer) => {
      const { id, table } = delivery.head;
      const text = keyOf(table, (name) => delivery.column(name)) ?? id;
      writer.text(`${BEFORE_KEY}${JSON.stringify(text)}${BEFORE_VALUE}`);
      writeShape(settings.shape, delivery, writer);
      writer.text('}');
    };
  });
}

export interface KeyAndValue {
  readonly key: string;
  /** JSON, in a buffer that others use too. */
  readonly value: Uint8Array;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What {@link kafkaMessages} wrote. Throws a TypeError for anything else. */
export function keyAndValue(payload: Uint8Array): KeyAndValue {
  let at = BEFORE_KEY.length + 1;
  while (at < payload.length && payload[at] !== QUOTE) at += payload[at] === BACKSLASH ? 2 : 1;
  const text = new TextDecoder().decode(payload.subarray(0, at + 1 + BEFORE_VALUE.length));
  if (!text.startsWith(`${BEFORE_KEY}"`) || !text.endsWith(`"${BEFORE_VALUE}`)) {
    throw new TypeError('not a message with a key');
  }
  const key: unknown = JSON.parse(text.slice(BEFORE_KEY.length, -BEFORE_VALUE.length));
  return { key: String(key), value: payload.subarray(at + 1 + BEFORE_VALUE.length, -1) };
}

/**
 * The headers of a message in binary mode (CloudEvents Kafka protocol binding 1.0, section 3.2): `content-type` and the attributes with the
 * prefix `ce_`.
 */
export function messageHeaders(head: EnvelopeHead): Readonly<Record<string, string>> {
  const { datacontenttype = '', ...attributes } = cloudEventAttributes(head);
  return {
    'content-type': datacontenttype,
    ...Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value.toWellFormed()]),
    ),
  };
}
