/** Links into the tools that relay.yaml names under `links`: a search in the SIEM for what an alert is about. */
import { type LinkValues, renderLinks } from '../../alerts/links.ts';
import type { AlertMessage, EntityKind } from '../../alerts/message.ts';
import { instantMs, parseEventTime } from '../../shared/instant.ts';
import type { Link } from './links.ts';

/** `links:` of relay.yaml: templates of addresses, by label. */
export type Searches = Readonly<Record<string, string>>;

const HOUR_MS = 3_600_000;

/** In the order of relay.yaml. A link for which the alert has not every value is left out. */
export function searchLinks(message: AlertMessage, searches: Searches): readonly Link[] {
  return renderLinks(searches, valuesOf(message));
}

function valuesOf({ envelope, severity, entities, groupId, firstTime, lastTime }: AlertMessage): LinkValues {
  const first = (kind: EntityKind) => entities.find((list) => list.kind === kind)?.first[0]?.name;
  const all: { readonly [K in keyof LinkValues]: string | undefined } = {
    rule: envelope.rule?.title,
    rule_id: envelope.rule?.id,
    severity,
    table: envelope.table,
    tenant: envelope.tenant,
    host: first('host'),
    user: first('user'),
    event_id: envelope.id,
    alert_id: envelope.alertId,
    group_id: groupId,
    ...timesOf('from', firstTime, -HOUR_MS),
    ...timesOf('to', lastTime, HOUR_MS),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** A time so many milliseconds away, as ISO 8601 and in seconds since 1970; nothing for what is no time. */
function timesOf<N extends 'from' | 'to'>(name: N, time: string, away: number): Partial<LinkValues> {
  const instant = parseEventTime(time);
  if (!instant) return {};
  const seconds = Math.floor((instantMs(instant) + away) / 1000);
  const iso = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return { [name]: iso, [`${name}_epoch`]: String(seconds) };
}
