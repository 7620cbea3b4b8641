/** One alert as a Slack message. */
import type { Envelope } from '../../shared/event.ts';
import { type AlertView, alertView } from '../alert-view/alert.ts';
import type { Tag } from '../alert-view/links.ts';
import { encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import {
  type Block,
  context,
  fields,
  header,
  LIMITS,
  message,
  type SlackMessage,
  section,
} from './blocks.ts';
import { code, codeBlock, link, plain, slackDate, words } from './escape.ts';

/** Alerts as messages; what they hold is kept for a digest. */
export function slackMessages(): Encoding {
  return encodingBy(
    { kind: 'slack' },
    () =>
      ({ head, event }, writer) =>
        writer.json(alertMessage({ ...head, event })),
    { keepsEvents: true },
  );
}

/** One message for one alert. */
export function alertMessage(envelope: Envelope): SlackMessage {
  const view = alertView(envelope);
  const blocks: readonly (Block | undefined)[] = [
    header(plain(view.headline, LIMITS.header)),
    facts(view),
    matches(view),
    commandLine(view),
    about(view),
    tags(view),
    links(view),
    provenance(view),
  ];
  return message(
    plain(view.summary, 300),
    blocks.filter((block) => block !== undefined),
  );
}

/** At most ten, which is what a section holds. */
function facts({ time, table, facts: known }: AlertView): Block {
  return fields([
    `*Time*\n${slackDate(time)}`,
    `*Table*\n${code(table, 100)}`,
    ...known.map(({ label, value }) => `*${label}*\n${code(value, 300)}`),
  ]);
}

function matches({ matched, moreMatched }: AlertView): Block | undefined {
  if (matched.length === 0) return undefined;
  const lines = matched.map(({ label, value }) => `• ${words(label, 60)}: ${code(value, 160)}`);
  if (moreMatched > 0) lines.push(`• and ${moreMatched} more`);
  return section(`*What matched*\n${lines.join('\n')}`);
}

function commandLine({ commandLine: text }: AlertView): Block | undefined {
  if (text === undefined) return undefined;
  const length = text.length > 1_200 ? ` (${text.length} characters)` : '';
  return section(`*Command line*${length}\n${codeBlock(text, 1_200)}`);
}

function about({ description, falsePositives }: AlertView): Block | undefined {
  const parts: string[] = [];
  if (description) parts.push(`*About this rule*\n${words(description, 800)}`);
  if (falsePositives.length > 0) {
    const lines = falsePositives.map((text) => `• ${words(text, 200)}`);
    parts.push(`*Known false positives*\n${lines.join('\n')}`);
  }
  return parts.length === 0 ? undefined : section(parts.join('\n'));
}

function tags({ tags: all }: AlertView): Block | undefined {
  if (all.length === 0) return undefined;
  return context(all.map(tagText).join('  '));
}

/** A link where the tag names something public, in code otherwise. */
export function tagText({ label, url }: Tag): string {
  return url === undefined ? code(label, 60) : link(url, label);
}

function links({ links: found }: AlertView): Block | undefined {
  if (found.length === 0) return undefined;
  return section(`*Open in Defender:*  ${found.map(({ label, url }) => link(url, label)).join('  ·  ')}`);
}

function provenance({ ruleId, eventId }: AlertView): Block {
  const rule = ruleId === undefined ? '' : `rule ${code(ruleId, 80)}  `;
  return context(`${rule}event ${code(eventId, 80)}`);
}
