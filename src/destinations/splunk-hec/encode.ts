/** One delivery as an event of HEC. */
import { epochSeconds } from '../../shared/instant.ts';
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
    source: own === undefined ? undefined : JSON.stringify(own),
    text: placesText(type, place),
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
  const blobText = lastText();
  return (delivery, writer) => {
    const { source: filed, text } = placesOf(delivery.head.metadata);
    const blob = blobText(delivery.head.source.blob);
    writer.text(`${startText(delivery, ownHost)}"source":${filed ?? blob}${text}`);
    writeShape(shape, delivery, writer);
    writer.text(`,"fields":${fieldsOf(delivery.head, blob)}}`);
  };
}

function hecAlert(settings: HecSettings): Encoding['write'] {
  const { shape, host, alert_source, alert_sourcetype, alert_columns: columns } = settings;
  const source = JSON.stringify(alert_source);
  const places = placesText(alert_sourcetype, settings.alert_index ?? settings.index);
  const isMapped = shape === 'ecs' || shape === 'ocsf';
  return (delivery, writer) => {
    const facts = alertFacts(delivery);
    writer.text(`${startText(delivery, host)}"source":${source}${places}`);
    if (isMapped) writeShape(shape, delivery, writer);
    else writeAlertRecord(delivery, writer, { columns, facts });
    writer.text(`,"fields":${JSON.stringify(alertFields(delivery.head, facts))}}`);
  };
}

/** The text before `"source"`. */
function startText(delivery: Delivery, ownHost: string | undefined): string {
  const time = epochSeconds(delivery.head.time);
  const host = delivery.head.metadata?.host ?? hostOf(delivery) ?? ownHost;
  return `{${time === undefined ? '' : `"time":${time},`}${
    host === undefined ? '' : `"host":${JSON.stringify(host)},`
  }`;
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
function fieldsOf({ id, source, severity }: EnvelopeHead, blob: string): string {
  const name = source.name === undefined ? '' : `"source_name":${JSON.stringify(source.name)},`;
  const level = severity === undefined ? '' : `,"severity":"${severity}"`;
  return `{"kind":"event","event_id":${JSON.stringify(id)},${name}"blob":${blob},"offset":${source.offset}${level}}`;
}

/** JSON text of strings: the last one is kept, since all rows of a blob have its name. */
function lastText(): (text: string) => string {
  let last: { readonly text: string; readonly json: string } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, json: JSON.stringify(text) };
    return last.json;
  };
}
