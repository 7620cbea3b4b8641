/** Events of PagerDuty's Events API v2 (PagerDuty, "Send an alert event"; the common event format, PD-CEF), without their routing key. */
import type { Level } from '../../shared/event.ts';
import { parseEventTime } from '../../shared/instant.ts';
import { type Cut, fitting } from '../fitting.ts';

export interface PagerdutyLink {
  readonly href: string;
  readonly text: string;
}

/** What a `trigger` says of an alert. The strings may come from rows: they are made visible and cut here. */
export interface Trigger {
  /** Events with the same key become one alert, as long as it is open. */
  readonly dedupKey: string;
  /** The alert's title, read aloud in phone calls. */
  readonly summary: string;
  /** The host, or whatever else is affected. */
  readonly source: string;
  readonly severity: Level | undefined;
  /** ISO 8601, as a row may write it. What cannot be read is left out. */
  readonly time: string;
  readonly component?: string | undefined;
  readonly group?: string | undefined;
  readonly class?: string | undefined;
  readonly links: readonly PagerdutyLink[];
  /** Shown as a table. Keys are ours. */
  readonly details: (cut: Cut) => Readonly<Record<string, unknown>>;
}

/** The longest `payload.summary`. Characters; counted in UTF-16 units here, which are never fewer. */
const MOST_SUMMARY = 1_024;
/** PagerDuty names no limit for these; longer ones are not readable in its lists. UTF-16 units. */
const MOST_FIELD = 255;
/** PagerDuty takes 512 KB an event. The routing key, which is added later, has 52 bytes. */
const MOST_BYTES = 500_000;
const MOST_LINKS = 20;

/** How bad an alert is for PagerDuty, whose scale has four steps. What has no level is a warning: nobody said that it can wait. */
const SEVERITIES: Readonly<Record<Level, 'critical' | 'error' | 'warning' | 'info'>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
  informational: 'info',
};

/** The JSON text of a `trigger` event: at most 500,000 bytes, whatever its strings hold. */
export function triggerText(trigger: Trigger): string {
  const { dedupKey, summary, source, severity, time, links, details } = trigger;
  return fitting(MOST_BYTES, (cut) => {
    const instant = parseEventTime(time);
    return {
      event_action: 'trigger',
      dedup_key: dedupKey,
      client: 'xdr-relay',
      ...(links[0] && { client_url: links[0].href }),
      ...(links.length > 0 && {
        links: links
          .slice(0, MOST_LINKS)
          .map(({ href, text }) => ({ href, text: filled(cut(text, 100), 'Link') })),
      }),
      payload: {
        summary: filled(cut(summary, MOST_SUMMARY), 'Untitled'),
        source: filled(cut(source, MOST_FIELD), 'unknown'),
        severity: severity === undefined ? 'warning' : SEVERITIES[severity],
        ...(instant && { timestamp: new Date(instant.seconds * 1000).toISOString() }),
        ...field('component', trigger.component, cut),
        ...field('group', trigger.group, cut),
        ...field('class', trigger.class, cut),
        custom_details: details(cut),
      },
    };
  });
}

/** The JSON text of the `resolve` event that ends an alert. PagerDuty drops it where no alert with this key is open. */
export function resolveText(dedupKey: string): string {
  return JSON.stringify({ event_action: 'resolve', dedup_key: dedupKey });
}

/** An event with the routing key that it is sent with. Events are stored without: a dead letter must not hold a secret. */
export function withRoutingKey(event: string, routingKey: string): string {
  return `{"routing_key":${JSON.stringify(routingKey)},${event.slice(1)}`;
}

function filled(text: string, otherwise: string): string {
  return text.trim() === '' ? otherwise : text;
}

function field(
  name: 'component' | 'group' | 'class',
  text: string | undefined,
  cut: Cut,
): Readonly<Record<string, string>> {
  if (text === undefined || text.trim() === '') return {};
  return { [name]: filled(cut(text, MOST_FIELD), 'unknown') };
}
