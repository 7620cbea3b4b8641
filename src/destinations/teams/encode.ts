/** One alert, or a digest of many, as a message with an Adaptive Card. */
import type { Envelope } from '../../shared/event.ts';
import { parseEventTime } from '../../shared/instant.ts';
import { type AlertView, alertView, type Fact } from '../alert-view/alert.ts';
import { type DigestGroup, digestView } from '../alert-view/digest.ts';
import type { Tag } from '../alert-view/links.ts';
import { encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import {
  type Cut,
  fittingMessage,
  line,
  message,
  type RichTextBlock,
  run,
  type TextRun,
  value,
} from './card.ts';

/** Alerts as messages; what they hold is kept for a digest. */
export function teamsMessages(): Encoding {
  return encodingBy(
    { kind: 'teams' },
    () =>
      ({ head, event }, writer) =>
        writer.text(alertCard({ ...head, event })),
    { keepsEvents: true },
  );
}

/** The text of one message for one alert: at most 28,000 bytes, whatever the row and the rule hold. */
export function alertCard(envelope: Envelope): string {
  const view = alertView(envelope);
  return fittingMessage((cut) =>
    message(
      [
        heading(cut(view.headline, 300)),
        ...facts(view, cut),
        ...matches(view, cut),
        ...commandLine(view, cut),
        ...about(view, cut),
        ...tags(view, cut),
        provenance(view, cut),
      ],
      view.links.map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
    ),
  );
}

/** The text of one message for many alerts, with the same bound. */
export function digestCard(envelopes: readonly Envelope[]): string {
  const { headline, groups, moreGroups, from, to } = digestView(envelopes);
  return fittingMessage((cut) =>
    message([
      heading(cut(headline, 300)),
      ...groups.map((group) => groupLine(group, cut)),
      ...(moreGroups > 0 ? [line([run(`and ${moreGroups} more rules`)])] : []),
      line([run(`${dateText(from, cut)} to ${dateText(to, cut)}`, { isSubtle: true })]),
    ]),
  );
}

function heading(text: string): RichTextBlock {
  return line([run(text.trim() === '' ? 'Untitled' : text, { size: 'Large', weight: 'Bolder' })]);
}

function label(text: string): TextRun {
  return run(text, { weight: 'Bolder' });
}

function facts({ time, table, facts: known }: AlertView, cut: Cut): readonly RichTextBlock[] {
  const all: readonly Fact[] = [
    { label: 'Time', value: dateText(time, cut) },
    { label: 'Table', value: table },
    ...known,
  ];
  return all.map((fact, at) => line([label(`${fact.label}  `), value(cut(fact.value, 300))], at > 0));
}

function matches({ matched, moreMatched }: AlertView, cut: Cut): readonly RichTextBlock[] {
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

function commandLine({ commandLine: text }: AlertView, cut: Cut): readonly RichTextBlock[] {
  if (text === undefined) return [];
  const length = text.length > 1_200 ? ` (${text.length} characters)` : '';
  return [line([label(`Command line${length}`)]), line([value(cut(text, 1_200))], true)];
}

function about({ description, falsePositives }: AlertView, cut: Cut): readonly RichTextBlock[] {
  const blocks: RichTextBlock[] = [];
  if (description) {
    blocks.push(line([label('About this rule')]), line([run(cut(description, 800))], true));
  }
  if (falsePositives.length > 0) {
    blocks.push(line([label('Known false positives')]));
    for (const text of falsePositives) {
      blocks.push(line([run(`• ${cut(text, 200)}`)], true));
    }
  }
  return blocks;
}

function tags({ tags: all }: AlertView, cut: Cut): readonly RichTextBlock[] {
  if (all.length === 0) return [];
  return [line(all.flatMap((tag) => [tagRun(tag, cut), run('  ')]))];
}

function tagRun({ label: text, url }: Tag, cut: Cut): TextRun {
  return url === undefined
    ? value(cut(text, 60))
    : run(text, { selectAction: { type: 'Action.OpenUrl', url } });
}

function provenance({ ruleId, eventId }: AlertView, cut: Cut): RichTextBlock {
  const rule = ruleId === undefined ? '' : `rule ${cut(ruleId, 80)}  `;
  return line([run(`${rule}event ${cut(eventId, 80)}`, { size: 'Small', isSubtle: true })]);
}

function groupLine({ mark, title, count, places, morePlaces }: DigestGroup, cut: Cut): RichTextBlock {
  const shown = places.flatMap(({ name, count: times }) => [
    value(cut(name, 100)),
    run(times > 1 ? ` ×${times}  ` : '  '),
  ]);
  return line([
    ...(mark === '' ? [] : [run(`${mark}  `)]),
    label(cut(title, 200)),
    run(`  ×${count}  `),
    ...shown,
    ...(morePlaces > 0 ? [run(`and ${morePlaces} more`)] : []),
  ]);
}

/** `2026-11-23 07:01:02 UTC`; what cannot be read stands as it is. */
function dateText(text: string, cut: Cut): string {
  const instant = parseEventTime(text);
  if (!instant) return cut(text, 60);
  return `${new Date(instant.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
