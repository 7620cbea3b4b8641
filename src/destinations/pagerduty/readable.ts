/** An event as text for a terminal: what a person would read in an incident, links with their addresses behind them. */
import { z } from 'zod';

const event = z.lazy(() =>
  z.object({
    event_action: z.enum(['trigger', 'resolve']),
    dedup_key: z.string(),
    links: z.array(z.object({ href: z.string(), text: z.string() })).optional(),
    payload: z
      .object({
        summary: z.string(),
        source: z.string(),
        severity: z.string(),
        custom_details: z.record(z.string(), z.unknown()),
      })
      .optional(),
  }),
);

/** The text of an event's JSON; undefined for what is none. */
export function readablePagerduty(body: unknown): string | undefined {
  const { data } = event.safeParse(body);
  if (data === undefined) return undefined;
  const { dedup_key, links = [], payload } = data;
  if (payload === undefined) return `Resolves the alert ${dedup_key}\n`;
  const { summary, source, severity, custom_details } = payload;
  const parts = [
    `${summary}\n${'='.repeat(Math.min(80, [...summary].length))}`,
    [`Severity  ${severity}`, `Source  ${source}`, `Alert key  ${dedup_key}`].join('\n'),
    Object.entries(custom_details).map(detailText).join('\n'),
    links.map(({ text, href }) => `${text} <${href}>`).join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** `First time  2026-11-23 07:01:02 UTC`; of a list, each item in a line of its own where there are several. */
function detailText([key, value]: readonly [string, unknown]): string {
  const label = `${key.slice(0, 1).toUpperCase()}${key.slice(1).replaceAll('_', ' ')}`;
  if (!Array.isArray(value)) return `${label}  ${valueText(value)}`;
  const items = value.map(valueText);
  return items.length === 1
    ? `${label}  ${items[0]}`
    : [label, ...items.map((item) => `  ${item}`)].join('\n');
}

function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(
      ([key, inner]) =>
        `${key.replaceAll('_', ' ')} ${Array.isArray(inner) ? inner.join(', ') : String(inner)}`,
    )
    .join('; ');
}
