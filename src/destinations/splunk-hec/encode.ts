/** One delivery as an event of HEC. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import { parseEventTime } from '../../shared/instant.ts';
import { isTemplated, type Metadata, type TemplatedValue } from '../../shared/metadata-template.ts';
import { alertFacts, isAlert, writeAlertRecord } from '../alert-record.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
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
  const frames = ({ source: own = source, sourcetype: type = sourcetype, index: place = index }: Metadata) =>
    framesOf(own, placesText(type, place));
  const constant = frames({});
  const known = new WeakMap<Metadata, ReturnType<typeof frames>>();
  const framesFor = (metadata: Metadata | undefined) => {
    if (metadata === undefined) return constant;
    let made = known.get(metadata);
    if (made === undefined) {
      made = frames(metadata);
      known.set(metadata, made);
    }
    return made;
  };
  return (delivery, writer) => {
    const { metadata, source: place } = delivery.head;
    const frame = framesFor(metadata)(place.blob);
    writeStart(delivery, ownHost, writer);
    writer.bytes(frame.source);
    writeShape(shape, delivery, writer);
    writeFields(delivery.head, frame.blob, writer);
  };
}

/** What surrounds the events of one blob, as they are filed: the text from the source to the event, and the index-time field of the blob. */
interface Frame {
  readonly source: Uint8Array;
  readonly blob: Uint8Array;
}

/** Makes the frames of blobs, and keeps the last one. @param source where it is not the blob. @param places the text behind it. */
function framesOf(source: string | undefined, places: string): (blob: string) => Frame {
  let last: (Frame & { readonly of: string }) | undefined;
  return (blob) => {
    if (last?.of !== blob)
      last = {
        of: blob,
        source: encoder.encode(`"source":${JSON.stringify(source ?? blob)}${places}`),
        blob: encoder.encode(`,"blob":${JSON.stringify(blob)},"offset":`),
      };
    return last;
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
  const time = parseEventTime(delivery.head.time);
  const host = delivery.head.metadata?.host ?? hostOf(delivery) ?? ownHost;
  if (time !== undefined) {
    writer.text('{"time":');
    writer.whole(time.seconds);
    if (time.fraction !== '') {
      writer.text('.');
      writer.text(time.fraction);
    }
    writer.text(host === undefined ? ',' : ',"host":');
  } else writer.text(host === undefined ? '{' : '{"host":');
  if (host === undefined) return;
  writer.json(host);
  writer.text(',');
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

/** Index-time fields, and the end of the event: flat strings and numbers only, else HEC answers code 15. @param blob the member with its name. */
function writeFields({ id, source, severity }: EnvelopeHead, blob: Uint8Array, writer: ByteWriter): void {
  writer.text(',"fields":{"kind":"event","event_id":');
  writer.json(id);
  if (source.name !== undefined) {
    writer.text(',"source_name":');
    writer.json(source.name);
  }
  writer.bytes(blob);
  writer.whole(source.offset);
  if (severity !== undefined) {
    writer.text(',"severity":');
    writer.json(severity);
  }
  writer.text('}}');
}
