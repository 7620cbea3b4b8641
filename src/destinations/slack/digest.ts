/** A digest as a Slack message. */
import type { Envelope } from '../../shared/event.ts';
import { type DigestGroup, digestView } from '../alert-view/digest.ts';
import { type Block, context, header, LIMITS, message, type SlackMessage, section } from './blocks.ts';
import { code, plain, slackDate, words } from './escape.ts';

/** One message for many alerts. */
export function digestMessage(envelopes: readonly Envelope[]): SlackMessage {
  const { headline, summary, groups, moreGroups, from, to } = digestView(envelopes);
  const blocks: Block[] = [header(plain(headline, LIMITS.header)), ...groups.map(groupBlock)];
  if (moreGroups > 0) blocks.push(context(`and ${moreGroups} more rules`));
  blocks.push(context(`${slackDate(from)} to ${slackDate(to)}`));
  return message(plain(summary, 300), blocks);
}

function groupBlock({ mark, title, count, places, morePlaces }: DigestGroup): Block {
  const shown = places.map(({ name, count: times }) => `${code(name, 100)}${times > 1 ? ` ×${times}` : ''}`);
  if (morePlaces > 0) shown.push(`and ${morePlaces} more`);
  return section(
    `${mark === '' ? '' : `${mark}  `}*${words(title, 200)}*  ×${count}${
      shown.length === 0 ? '' : `\n${shown.join(', ')}`
    }`,
  );
}
