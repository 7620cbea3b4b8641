/** One delivery as an event of HEC. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import { epochSeconds } from '../../shared/instant.ts';
import { isTemplated, type Metadata, type TemplatedValue } from '../../shared/metadata-template.ts';
import { alertFacts, isAlert, writeAlertRecord } from '../alert-record.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import { lastJson } from '../last-json.ts';
import type { Delivery, Encoding, EnvelopeHead } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import { alertFields } from './alert-fields.ts';
import type { SplunkHecConfig } from './config.ts';

interface HecSettings
  extends EncodingSettings,
    Pick<SplunkHecConfig, 'alert_source' | 'alert_sourcetype' | 'alert_index' | 'alert_columns'> {
  readonly shape: Shape;
  readonly host: string | undefined;
  readonly source: string | undefined;
  readonly sourcetype: string;
  readonly index: string | undefined;
}

const encoder = new TextEncoder();

/** What columns decide on comes with each delivery. */
function constantOf(value: string | TemplatedValue | undefined): string | undefined {
  return isTemplated(value) ? undefined : value;
}

/**
 * Puts a delivery into HEC's words: one JSON object of `time`, `host`, `source`, `sourcetype`, `index`, `event`, `fields`
 * (Splunk, "Format events for HTTP Event Collector"). Written as text: the row is spliced in as it is, and `time` keeps every digit.
 * Events may stand one behind the other; the line breaks are for people.
 *
 * An alert has a sourcetype and a source of its own, and does not repeat the columns of its row unless `alert_columns` asks for it.
 */
export function hecEvents(config: SplunkHecConfig, shape: Shape): Encoding {
  const { host, source, sourcetype, index, alert_source, alert_sourcetype, alert_index, alert_columns } =
    config;
  return encodingBy(
    {
      kind: 'splunk_hec',
      shape,
      host: constantOf(host),
      source: constantOf(source),
      sourcetype: constantOf(sourcetype) ?? '',
      index: constantOf(index),
      alert_source,
      alert_sourcetype,
      alert_index,
      alert_columns,
    },
    hecDelivery,
  );
}

function hecDelivery(settings: HecSettings): Encoding['write'] {
  const event = hecEvent(settings);
  const alert = hecAlert(settings);
  return (delivery, writer) => {
    if (isAlert(delivery.head)) alert(delivery, writer);
    else event(delivery, writer);
  };
}

function hecEvent({ shape, host: ownHost, source, sourcetype, index }: HecSettings): Encoding['write'] {
  const places = ({
    source: own = source,
    sourcetype: type = sourcetype,
    index: place = index,
  }: Metadata) => ({
    source: own === undefined ? undefined : encoder.encode(JSON.stringify(own)),
    text: encoder.encode(placesText(type, place)),
  });
  const constant = places({});
  const known = new WeakMap<Metadata, ReturnType<typeof places>>();
  const placesOf = (metadata: Metadata | undefined) => {
    if (metadata === undefined) return constant;
    let made = known.get(metadata);
    if (made === undefined) {
      made = places(metadata);
      known.set(metadata, made);
    }
    return made;
  };
  const blobJson = lastJson();
  return (delivery, writer) => {
    const { source: filed, text } = placesOf(delivery.head.metadata);
    const blob = blobJson(delivery.head.source.blob);
    writeStart(delivery, ownHost, writer);
    writer.text('"source":');
    writer.bytes(filed ?? blob);
    writer.bytes(text);
    writeShape(shape, delivery, writer);
    writer.text(',"fields":');
    writeFields(delivery.head, blob, writer);
    writer.text('}');
  };
}

function hecAlert(settings: HecSettings): Encoding['write'] {
  const { shape, host, alert_source, alert_sourcetype, alert_columns: columns } = settings;
  const source = JSON.stringify(alert_source);
  const places = placesText(alert_sourcetype, settings.alert_index ?? settings.index);
  const isMapped = shape === 'ecs' || shape === 'ocsf';
  return (delivery, writer) => {
    const facts = alertFacts(delivery);
    writeStart(delivery, host, writer);
    writer.text(`"source":${source}${places}`);
    if (isMapped) writeShape(shape, delivery, writer);
    else writeAlertRecord(delivery, writer, { columns, facts });
    writer.text(`,"fields":${JSON.stringify(alertFields(delivery.head, facts))}}`);
  };
}

/** What stands before `"source"`. Piece by piece, as text that is put together first would be garbage of each row. */
function writeStart(delivery: Delivery, ownHost: string | undefined, writer: ByteWriter): void {
  writer.text('{');
  const time = epochSeconds(delivery.head.time);
  if (time !== undefined) {
    writer.text('"time":');
    writer.text(time);
    writer.text(',');
  }
  const host = delivery.head.metadata?.host ?? hostOf(delivery) ?? ownHost;
  if (host !== undefined) {
    writer.text('"host":');
    writer.json(host);
    writer.text(',');
  }
}

/** The text from behind the source to the event. */
function placesText(sourcetype: string, index: string | undefined): string {
  return `,"sourcetype":${JSON.stringify(sourcetype)}${
    index === undefined ? '' : `,"index":${JSON.stringify(index)}`
  },"event":`;
}

function hostOf(delivery: Delivery): string | undefined {
  const name = delivery.column('DeviceName');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Index-time fields: flat strings and numbers only, else HEC answers code 15. @param blob its name as JSON text. */
function writeFields({ id, source, severity }: EnvelopeHead, blob: Uint8Array, writer: ByteWriter): void {
  writer.text('{"kind":"event","event_id":');
  writer.json(id);
  if (source.name !== undefined) {
    writer.text(',"source_name":');
    writer.json(source.name);
  }
  writer.text(',"blob":');
  writer.bytes(blob);
  writer.text(',"offset":');
  writer.whole(source.offset);
  if (severity !== undefined) {
    writer.text(',"severity":');
    writer.json(severity);
  }
  writer.text('}');
}
