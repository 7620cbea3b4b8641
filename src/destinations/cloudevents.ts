/** The context attributes of CloudEvents 1.0, for every binding of it. */
import { eventTimeText } from '../shared/instant.ts';
import { isAlert } from './alert-record.ts';
import type { EnvelopeHead } from './port.ts';

/** CloudEvents 1.0 context attributes of a delivery whose data is JSON. `source` and `id` together are unique; the source of an alert names its rule. */
export function cloudEventAttributes(envelope: EnvelopeHead): Readonly<Record<string, string>> {
  const tenant = segment(envelope.tenant ?? 'unknown');
  const table = segment(envelope.table);
  const rule = envelope.rule && segment(envelope.rule.id ?? envelope.rule.title);
  const time = eventTimeText(envelope.time);
  return {
    specversion: '1.0',
    id: cloudEventId(envelope),
    source: `/tenants/${tenant}/tables/${table}${rule === undefined ? '' : `/rules/${rule}`}`,
    type: isAlert(envelope) ? 'defender.alert' : 'defender.event',
    subject: attributeText(envelope.table),
    ...(time === undefined ? {} : { time }),
    datacontenttype: 'application/json',
  };
}

/** Each record of a group has an id of its own: a consumer may take those of equal ids for one event that came twice. */
function cloudEventId({ id, alertId = id, group }: EnvelopeHead): string {
  return group === undefined ? alertId : `${alertId}-${group.count}`;
}

/** What strings of CloudEvents may not have ("Type System") becomes U+FFFD, and none may be empty. */
function attributeText(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Noncharacter_Code_Point}]/gu, '\ufffd') || 'unknown';
}

function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
