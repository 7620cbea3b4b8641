/** Many groups in one message. */
import type { SeveralView, TitleLine } from '../alert-view/several.ts';
import { context, header, LIMITS, type SlackMessage, section } from './blocks.ts';
import { slackDate } from './escape.ts';
import { bounded, fittingMessage, type Pen } from './fitting.ts';
import { MOST_NAMED, NAMED_IN_ONE, namingGroups } from './groups-named.ts';

/** One message that stands for many groups: titles, hosts and counts, with links to the largest group of each title. */
export function severalMessage(view: SeveralView): SlackMessage {
  const { headline, titles, moreTitles, operational, from, to, groups } = view;
  return fittingMessage(view.summary, (pen) => {
    const blocks = [
      header(pen.plain(headline, LIMITS.header)),
      ...titles.map((line) => section(titleText(line, pen))),
      ...operational
        .slice(0, 5)
        .map((one) => section(`*${pen.words(one.headline, 200)}*\n${pen.words(one.text, 300)}`)),
      ...(moreTitles > 0 ? [context(`and ${moreTitles} more titles`)] : []),
      context(from === '' ? 'xdr-relay' : `${slackDate(from)} to ${slackDate(to)}`),
    ];
    // Each block names a few groups: where there are many of one title, more blocks are needed than it has.
    const missing = Math.ceil(Math.min(groups.length, MOST_NAMED) / NAMED_IN_ONE) - blocks.length;
    for (let at = 0; at < missing; at++) blocks.push({ type: 'divider' });
    return namingGroups(groups, blocks);
  });
}

function titleText(line: TitleLine, pen: Pen): string {
  const { mark, title, count, groups, places, morePlaces, others, moreOthers, links } = line;
  const shown = places.map(
    ({ name, count: known }) => `${pen.code(name, 90)}${known > 1 ? ` ×${known}` : ''}`,
  );
  if (morePlaces > 0) shown.push(`and ${morePlaces} more`);
  const parts = groups > 1 ? ` in ${groups} groups` : '';
  const first = `${mark === '' ? '' : `${mark}  `}*${pen.words(title, 200)}*  ×${count}${parts}`;
  const also = others.map((other) => pen.words(other, 120));
  if (moreOthers > 0) also.push(`and ${moreOthers} more`);
  const lines = [first, shown.join(', '), also.length === 0 ? '' : `also ${also.join(', ')}`].filter(
    (text) => text !== '',
  );
  const room = LIMITS.section - lines.join('\n').length - 1;
  return bounded([...lines, pen.links(links, room)].filter((text) => text !== ''));
}
