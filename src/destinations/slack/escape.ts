/**
 * Text from a row, made safe to show in Slack. An attacker who wrote the command line must not be able to ping a channel, forge a
 * link, leave a code block, or hide characters from the reader.
 *
 * Slack reads `&`, `<` and `>` as control characters in every text object and mrkdwn outside code besides
 * (Slack, "Formatting text for app surfaces"); row content therefore stands in code, and its backticks are replaced.
 */

import { parseEventTime } from '../../shared/instant.ts';
import { beginning, visible } from '../alert-view/visible.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Escapes `&`, `<`, `>` and cuts at `limit` UTF-16 units of the escaped text, at least 1, ending in `…` where something is left out.
 * Never cuts an entity or a surrogate pair in two.
 */
export function escapeEntities(text: string, limit: number): string {
  let out = '';
  let fits = 0;
  for (const char of text) {
    const escaped = ENTITIES[char] ?? char;
    if (out.length + escaped.length > limit) return `${out.slice(0, fits)}…`;
    out += escaped;
    // Where to cut should the rest be too long: the ellipsis needs one unit.
    if (out.length < limit) fits = out.length;
  }
  return out;
}

/** Plain words (a rule's title, a fallback text): escaped, and `@channel`, `@here`, `@everyone` broken. */
export function plain(text: string, limit: number): string {
  return escapeEntities(
    visible(beginning(text, limit)).replace(/@(?=channel|here|everyone|group)/gi, '＠'),
    limit,
  );
}

/** Words for mrkdwn outside code: {@link plain}, and with the characters of `*bold*`, `_italic_`, `~strike~`, code replaced. */
export function words(text: string, limit: number): string {
  return plain(
    text.replace(/[*_~`]/g, (char) => LOOKALIKES[char] ?? char),
    limit,
  );
}

const LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼', '`': 'ˋ' };

/** A value in inline code. Empty values are shown as such: Slack would drop the backticks. */
export function code(text: string, limit: number): string {
  const inner = escapeEntities(visible(beginning(text, limit)).replaceAll('`', 'ˋ'), limit - 2);
  return inner.trim() === '' ? '_empty_' : `\`${inner}\``;
}

/** Text in a code block, lines kept, cut at `limit` units, the fences counted. */
export function codeBlock(text: string, limit: number): string {
  const inner = escapeEntities(visible(beginning(text, limit), true).replaceAll('`', 'ˋ'), limit - 8);
  return inner.trim() === '' ? '_empty_' : `\`\`\`\n${inner}\n\`\`\``;
}

/** `<url|label>`. The URL must be one of ours: its parts encoded, http or https. */
export function link(url: string, label: string): string {
  return `<${escapeEntities(url.replace(/[|>]/g, encodeURIComponent), 2_000)}|${words(label, 200).replaceAll('|', '∣')}>`;
}

/** A date as each reader's own Slack shows it, with UTC for those that can't (Slack, "Formatting text", dates). */
export function slackDate(text: string): string {
  const instant = parseEventTime(text);
  if (!instant) return code(text, 60);
  const utc = new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `<!date^${instant.seconds}^{date_short_pretty} {time_secs}|${utc} UTC>`;
}
