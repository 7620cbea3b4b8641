/** One delivery as an event of HEC. */
import type { Envelope } from '../../shared/event.ts';
import { epochSeconds } from '../../shared/instant.ts';
import type { Delivery } from '../port.ts';
import { type Shape, shapeText } from '../shapes.ts';
import type { SplunkHecConfig } from './config.ts';

/**
 * Puts a delivery into HEC's words: one JSON object of `time`, `host`, `source`, `sourcetype`, `index`, `event`, `fields`
 * (Splunk, "Format events for HTTP Event Collector"). Written as text: the row is spliced in as it is, and `time` keeps every digit.
 */
export function hecEvent(config: SplunkHecConfig, shape: Shape): (delivery: Delivery) => string {
  const source = config.source === undefined ? undefined : JSON.stringify(config.source);
  const index = config.index === undefined ? '' : `,"index":${JSON.stringify(config.index)}`;
  const sourcetype = JSON.stringify(config.sourcetype);
  return (delivery) => {
    const { envelope } = delivery;
    const time = epochSeconds(envelope.time);
    const host = hostOf(envelope) ?? config.host;
    return `{${time === undefined ? '' : `"time":${time},`}${
      host === undefined ? '' : `"host":${JSON.stringify(host)},`
    }"source":${source ?? JSON.stringify(envelope.source.blob)},"sourcetype":${sourcetype}${index},"event":${shapeText(
      shape,
      delivery,
    )},"fields":${JSON.stringify(fieldsOf(envelope))}}`;
  };
}

function hostOf(envelope: Envelope): string | undefined {
  const name = Object.hasOwn(envelope.event, 'DeviceName') ? envelope.event.DeviceName : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Index-time fields: flat strings and numbers only, else HEC answers code 15. */
function fieldsOf(envelope: Envelope): Readonly<Record<string, string | number>> {
  const { rule } = envelope;
  return {
    event_id: envelope.id,
    ...(envelope.source.name === undefined ? {} : { source_name: envelope.source.name }),
    blob: envelope.source.blob,
    offset: envelope.source.offset,
    ...(envelope.severity === undefined ? {} : { severity: envelope.severity }),
    ...(rule === undefined ? {} : { rule_title: rule.title }),
    ...(rule?.id === undefined ? {} : { rule_id: rule.id }),
  };
}
