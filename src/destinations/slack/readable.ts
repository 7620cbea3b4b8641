/** A Slack message as text for a terminal: what a person would read in the channel, links with their addresses behind them. */
import { z } from 'zod';

const text = z.object({ text: z.string() });
const blocks = z.array(
  z.object({
    type: z.string(),
    text: text.optional(),
    fields: z.array(text).optional(),
    elements: z.array(text).optional(),
  }),
);
const message = z.object({ text: z.string(), blocks });

/** The text of a message's JSON; undefined for what is none. */
export function readableSlack(body: unknown): string | undefined {
  const { data } = message.safeParse(body);
  if (data === undefined) return undefined;
  const parts = data.blocks.map(({ type, text: own, fields = [], elements = [] }) => {
    const lines = [own, ...fields, ...elements].flatMap((one) => (one ? [one.text] : []));
    const shown = lines.map((line) => (type === 'header' ? unescaped(line) : readable(line))).join('\n');
    if (type === 'header') return `${shown}\n${'='.repeat(Math.min(80, [...shown].length + 1))}`;
    return type === 'divider' ? '---' : shown;
  });
  return `${parts.join('\n\n')}\n`;
}

/** Links, dates and code as they are read. What a row says stays as it is. */
function readable(mrkdwn: string): string {
  return mrkdwn
    .split(/(```\n[^`]*\n```|`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? unescaped(part.replace(/^```\n|\n```$/g, '')) : outsideCode(part)))
    .join('');
}

function outsideCode(part: string): string {
  const shown = part
    .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<(https?:[^|>]+)\|([^>]*)>/g, '$2 <$1>')
    .replace(/\*([^*\n]+)\*/g, '$1');
  return unescaped(shown);
}

function unescaped(escaped: string): string {
  return escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
