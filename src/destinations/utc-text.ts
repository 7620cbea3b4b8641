/** Times as people read them in products that do not convert them to the reader's own zone. */
import { parseEventTime } from '../shared/instant.ts';
import type { Cut } from './fitting.ts';

/** `2026-11-23 07:01:02 UTC`; what cannot be read stands as it is, cut at 60 characters. */
export function utcText(text: string, cut: Cut): string {
  const instant = parseEventTime(text);
  if (!instant) return cut(text, 60);
  return `${new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
