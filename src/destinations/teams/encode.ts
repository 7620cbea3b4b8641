/** Messages as Adaptive Cards: a group of alerts, several groups in one card, a trouble of the relay itself. */
import type { Message } from '../../alerts/message.ts';
import type { Link, Tag } from '../alert-view/links.ts';
import { type EntityLine, type Fact, type MessageView, messageView } from '../alert-view/message.ts';
import { type OperationalView, operationalView } from '../alert-view/operational.ts';
import type { Searches } from '../alert-view/searches.ts';
import { severalView, type TitleLine } from '../alert-view/several.ts';
import { shownParts } from '../alert-view/shown.ts';
import type { Cut } from '../fitting.ts';
import {
  type BodyBlock,
  buttons,
  message as cardMessage,
  fittingMessage,
  heading,
  line,
  type RichTextBlock,
  run,
  type TextRun,
  value,
} from './card.ts';
import { timeLine } from './times.ts';

/** Groups that the id of a card names. */
const MOST_GROUPS = 100;
/** All addresses in a card for several groups together, so that they always fit beside its titles. UTF-16 units; they are ASCII. */
const MOST_DIGEST_ADDRESSES = 5_000;

/** The text of one message: at most 28,000 bytes, whatever the rows and the rules hold. @param searches `links:` of relay.yaml. */
export function messageCard(message: Message, searches?: Searches): string {
  return message.kind === 'alert'
    ? groupCard(messageView(message, searches))
    : troubleCard(operationalView(message, searches));
}

/** The text of one message that stands for several, with the same bound. */
export function severalCard(messages: readonly Message[], searches?: Searches): string {
  const view = severalView(messages, searches);
  const { headline, titles, moreTitles, operational, from, to } = view;
  const groups = view.groups.slice(0, MOST_GROUPS).map(({ groupId, count }) => `${groupId}=${count}`);
  const id = groups.length > 0 ? `g:${groups.join(',')}` : `o:${operational[0]?.id ?? ''}`;
  const links = linksThatFit(titles);
  return fittingMessage((cut) =>
    cardMessage([
      heading(cut(headline, 300), id),
      ...titles.map((title) => titleLine(title, links.get(title) ?? [], cut)),
      ...(moreTitles > 0 ? [line([run(`and ${moreTitles} more rules`)])] : []),
      ...operational.slice(0, 10).map((one) => line([label(cut(one.headline, 200))])),
      ...(from === '' ? [] : [timeLine('When', from, to, cut)]),
    ]),
  );
}

function groupCard(view: MessageView): string {
  const { groupId, count, pages, hunting, searches } = view;
  return fittingMessage((cut) =>
    cardMessage(
      [
        heading(cut(view.headline, 300), `g:${groupId}=${count}`),
        ...statusOf(view),
        ...facts(view, cut),
        ...command(view, cut),
        ...matches(view, cut),
        ...others(view, cut),
        ...about(view, cut),
        ...tags(view, cut),
        provenance(view, cut),
      ],
      buttons([...pages.slice(0, 3), ...hunting.slice(0, 2), ...searches, ...pages.slice(3)], cut),
    ),
  );
}

function troubleCard(view: OperationalView): string {
  const { id, headline, text, facts: known, pages, searches, since, until } = view;
  return fittingMessage((cut) =>
    cardMessage(
      [
        heading(cut(headline, 300), `o:${id}`),
        line([run(filled(cut(text, 3_000)))]),
        ...factLines(known.slice(0, 20), cut),
        timeLine('Since', since, since, cut),
        ...(until === undefined ? [] : [timeLine('Until', until, until, cut)]),
      ],
      buttons([...pages, ...searches], cut),
    ),
  );
}

/** What kind of message on its group this is, where it is not the first on a single alert. */
function statusOf({ phase, scope, count }: MessageView): readonly RichTextBlock[] {
  const parts = [
    ...(phase === 'update' ? ['Update'] : []),
    ...(phase === 'end' ? ['The last message on these alerts'] : []),
    ...(scope === 'rule' ? ['further alerts of this rule in one message'] : []),
    ...(count > 1 ? [`${count} alerts so far`] : []),
  ];
  return parts.length === 0 ? [] : [line([run(parts.join(', '), { weight: 'Bolder' })], true)];
}

function label(text: string): TextRun {
  return run(filled(text), { weight: 'Bolder' });
}

function facts(view: MessageView, cut: Cut): readonly BodyBlock[] {
  const { firstTime, lastTime, table, defender, techniques } = view;
  const shown = shownParts(view);
  return [
    ...[...shown.entities, ...(view.added ?? []).slice(0, 6)].map((one) => entityLine(one, cut)),
    timeLine('When', firstTime, lastTime, cut),
    ...factLines([...shown.facts, ...defender, { label: 'Table', value: table }], cut).map((block) => ({
      ...block,
      spacing: 'None' as const,
    })),
    ...(techniques.length === 0
      ? []
      : [line([label('ATT&CK  '), ...techniques.flatMap((tag) => [tagRun(tag, cut), run('  ')])], true)]),
  ];
}

function factLines(all: readonly Fact[], cut: Cut): readonly RichTextBlock[] {
  return all.map((fact, at) =>
    line([label(`${cut(fact.label, 60)}  `), value(cut(fact.value, 300))], at > 0),
  );
}

function entityLine({ label: kind, names, more }: EntityLine, cut: Cut): RichTextBlock {
  const shown = names.flatMap((name) => [value(cut(name, 120)), run('  ')]);
  const others = more === 0 ? [] : [run(names.length === 0 ? `${more}` : `and ${more} more`)];
  return line([label(`${kind}  `), ...shown, ...others], true);
}

function matches({ matched, moreMatched }: MessageView, cut: Cut): readonly RichTextBlock[] {
  if (matched.length === 0) return [];
  const lines = matched.map((match) =>
    line([run(`• ${cut(match.label, 60)}: `), value(cut(match.value, 160))], true),
  );
  return [
    line([label('What matched')]),
    ...lines,
    ...(moreMatched > 0 ? [line([run(`• and ${moreMatched} more`)], true)] : []),
  ];
}

function command({ command: of, count }: MessageView, cut: Cut): readonly RichTextBlock[] {
  if (of === undefined) return [];
  const { text, decoded } = of;
  const length = text.length > 1_200 ? ` (${text.length} characters)` : '';
  return [
    line([label(`Command line${count > 1 ? ' of the first alert' : ''}${length}`)]),
    line([value(cut(text, 1_200))], true),
    ...decoded
      .slice(0, 3)
      .flatMap((inner) => [line([label('Decoded')], true), line([value(cut(inner, 800))], true)]),
  ];
}

function others({ others: all, moreOthers }: MessageView, cut: Cut): readonly RichTextBlock[] {
  if (all.length === 0) return [];
  return [
    line([label('Other rules that matched')]),
    ...all.map(({ mark, title }) => line([run(`• ${mark} ${cut(title, 150)}`)], true)),
    ...(moreOthers > 0 ? [line([run(`• and ${moreOthers} more`)], true)] : []),
  ];
}

function about({ description, falsePositives }: MessageView, cut: Cut): readonly RichTextBlock[] {
  const blocks: RichTextBlock[] = [];
  if (description) {
    blocks.push(line([label('About this rule')]), line([run(filled(cut(description, 800)))], true));
  }
  if (falsePositives.length > 0) {
    blocks.push(line([label('Known false positives')]));
    for (const text of falsePositives) {
      blocks.push(line([run(`• ${cut(text, 200)}`)], true));
    }
  }
  return blocks;
}

function tags({ tags: all }: MessageView, cut: Cut): readonly RichTextBlock[] {
  if (all.length === 0) return [];
  return [line(all.flatMap((tag) => [tagRun(tag, cut), run('  ')]))];
}

function tagRun({ label: text, url }: Tag, cut: Cut): TextRun {
  return url === undefined
    ? value(cut(text, 60))
    : run(filled(cut(text, 80)), { selectAction: { type: 'Action.OpenUrl', url } });
}

function provenance({ ruleId, ruleTitle, eventId }: MessageView, cut: Cut): RichTextBlock {
  const title = ruleTitle === undefined ? '' : `${cut(ruleTitle, 120)}  `;
  const rule = ruleId === undefined ? '' : `rule ${cut(ruleId, 80)}  `;
  return line([run(`${title}${rule}event ${cut(eventId, 80)}`, { size: 'Small', isSubtle: true })]);
}

/** The first link of each title, then the second ones: as many as fit. The gravest titles come first. */
function linksThatFit(titles: readonly TitleLine[]): ReadonlyMap<TitleLine, readonly Link[]> {
  const found = new Map<TitleLine, Link[]>(titles.map((title) => [title, []]));
  const most = Math.max(0, ...titles.map(({ links }) => links.length));
  let length = 0;
  for (let at = 0; at < most; at++) {
    for (const [{ links }, own] of found) {
      const link = links[at];
      if (link === undefined || length + link.url.length > MOST_DIGEST_ADDRESSES) continue;
      length += link.url.length;
      own.push(link);
    }
  }
  return found;
}

function titleLine(one: TitleLine, links: readonly Link[], cut: Cut): RichTextBlock {
  const { mark, title, count, places, morePlaces, others: also, moreOthers } = one;
  const shown = places.flatMap(({ name, count: times }) => [
    value(cut(name, 100)),
    run(times > 1 ? ` ×${times}  ` : '  '),
  ]);
  return line([
    ...(mark === '' ? [] : [run(`${mark}  `)]),
    label(cut(title, 200)),
    run(`  ×${count}  `),
    ...shown,
    ...(morePlaces > 0 ? [run(`and ${morePlaces} more  `)] : []),
    ...(also.length > 0 ? [run(`also ${also.map((other) => cut(other, 120)).join(', ')}  `)] : []),
    ...(moreOthers > 0 ? [run(`and ${moreOthers} more rules  `)] : []),
    ...links.flatMap(({ label: text, url }, at) => [
      ...(at > 0 ? [run('  ')] : []),
      run(filled(cut(text, 40)), { selectAction: { type: 'Action.OpenUrl' as const, url } }),
    ]),
  ]);
}

/** An empty run is not valid. */
function filled(text: string): string {
  return text === '' ? ' ' : text;
}
