/** One delivery as an event of HEC. */
import { epochSeconds } from '../../shared/instant.ts';
import { type EncodingSettings, encodingBy } from '../encoding.ts';
import type { Delivery, Encoding, EnvelopeHead } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import type { SplunkHecConfig } from './config.ts';

interface HecSettings
  extends EncodingSettings,
    Pick<SplunkHecConfig, 'host' | 'source' | 'sourcetype' | 'index'> {
  readonly shape: Shape;
}

/**
 * Puts a delivery into HEC's words: one JSON object of `time`, `host`, `source`, `sourcetype`, `index`, `event`, `fields`
 * (Splunk, "Format events for HTTP Event Collector"). Written as text: the row is spliced in as it is, and `time` keeps every digit.
 * Events may stand one behind the other; the line breaks are for people.
 */
export function hecEvents({ host, source, sourcetype, index }: SplunkHecConfig, shape: Shape): Encoding {
  return encodingBy({ kind: 'splunk_hec', shape, host, source, sourcetype, index }, hecEvent);
}

function hecEvent({ shape, host: ownHost, source, sourcetype, index }: HecSettings): Encoding['write'] {
  const ownSource = source === undefined ? undefined : JSON.stringify(source);
  const places = `,"sourcetype":${JSON.stringify(sourcetype)}${
    index === undefined ? '' : `,"index":${JSON.stringify(index)}`
  },"event":`;
  const blobText = lastText();
  return (delivery, writer) => {
    const { head } = delivery;
    const blob = blobText(head.source.blob);
    const time = epochSeconds(head.time);
    const host = hostOf(delivery) ?? ownHost;
    writer.text(
      `{${time === undefined ? '' : `"time":${time},`}${
        host === undefined ? '' : `"host":${JSON.stringify(host)},`
      }"source":${ownSource ?? blob}${places}`,
    );
    writeShape(shape, delivery, writer);
    writer.text(`,"fields":${fieldsOf(head, blob)}}`);
  };
}

function hostOf(delivery: Delivery): string | undefined {
  const name = delivery.column('DeviceName');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Index-time fields: flat strings and numbers only, else HEC answers code 15. @param blob its name as JSON text. */
function fieldsOf({ id, source, severity, rule }: EnvelopeHead, blob: string): string {
  const name = source.name === undefined ? '' : `"source_name":${JSON.stringify(source.name)},`;
  const level = severity === undefined ? '' : `,"severity":"${severity}"`;
  const title = rule === undefined ? '' : `,"rule_title":${JSON.stringify(rule.title)}`;
  const ruleId = rule?.id === undefined ? '' : `,"rule_id":${JSON.stringify(rule.id)}`;
  return `{"event_id":${JSON.stringify(id)},${name}"blob":${blob},"offset":${source.offset}${level}${title}${ruleId}}`;
}

/** JSON text of strings: the last one is kept, since all rows of a blob have its name. */
function lastText(): (text: string) => string {
  let last: { readonly text: string; readonly json: string } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, json: JSON.stringify(text) };
    return last.json;
  };
}
