/**
 * Times of a card, in the reader's own time zone. A client replaces `{{DATE(...)}}` and `{{TIME(...)}}` in a `TextBlock`, if the time in them is
 * RFC 3339 without parts of a second (Adaptive Cards, "Text features", date and time functions). UTC stands behind for clients that do not,
 * and to compare with logs.
 */
import { parseEventTime } from '../../shared/instant.ts';
import type { Cut } from '../fitting.ts';
import { type BodyBlock, line, run, type TextBlock, value } from './card.ts';

/** `When  Mon, Nov 23, 2026 8:01 AM (2026-11-23 07:01:02 UTC)`. Times that cannot be read stand as they are. */
export function timeLine(label: string, first: string, last: string, cut: Cut): BodyBlock {
  const [from, to] = [secondsOf(first), secondsOf(last)];
  if (from === undefined || to === undefined) {
    const text = first === last ? cut(first, 60) : `${cut(first, 60)} to ${cut(last, 60)}`;
    return line([run(`${label}  `, { weight: 'Bolder' }), value(text)], true);
  }
  const shown = from === to ? local(from) : `${local(from)} to ${local(to)}`;
  const utc = from === to ? from : `${from} to ${to}`;
  return textBlock(
    `**${label}**  ${shown} (${utc.replace(/[TZ]/g, (char) => (char === 'T' ? ' ' : ''))} UTC)`,
  );
}

/** @param text ours: a client reads Markdown and the functions for times in it. */
function textBlock(text: string): TextBlock {
  return { type: 'TextBlock', text, wrap: true, spacing: 'None' };
}

function local(rfc3339: string): string {
  return `{{DATE(${rfc3339}, SHORT)}} {{TIME(${rfc3339})}}`;
}

/** `2026-11-23T07:01:02Z`. */
function secondsOf(text: string): string | undefined {
  const instant = parseEventTime(text);
  return instant && `${new Date(instant.seconds * 1000).toISOString().slice(0, 19)}Z`;
}
