/**
 * Adaptive Cards, as far as they are used here (adaptivecards.io, "Schema Explorer"), and the message that carries one.
 *
 * All text but times stands in runs of a `RichTextBlock`. Teams reads Markdown in a `TextBlock` and in facts (Teams, "Format cards"),
 * and there a row could forge a link; in a run nothing is read, HTML included. A time is read in the reader's zone only in a `TextBlock`.
 */
import type { Link } from '../alert-view/links.ts';
import { type Cut, fitting } from '../fitting.ts';

export interface OpenUrl {
  readonly type: 'Action.OpenUrl';
  readonly title?: string;
  readonly url: string;
}

export interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Small' | 'Large';
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
  readonly selectAction?: OpenUrl;
}

export interface RichTextBlock {
  readonly type: 'RichTextBlock';
  /** Not shown. Names the groups of alerts that the card stands for. */
  readonly id?: string;
  readonly inlines: readonly TextRun[];
  readonly spacing?: 'None';
}

/** Text in which a client reads Markdown and the functions for times: nothing of a row may stand in it. */
export interface TextBlock {
  readonly type: 'TextBlock';
  readonly text: string;
  readonly wrap: true;
  readonly spacing?: 'None';
}

export type BodyBlock = RichTextBlock | TextBlock;

/** What is posted to a Workflows webhook. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: {
        readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
        readonly type: 'AdaptiveCard';
        readonly version: '1.5';
        readonly msteams: { readonly width: 'Full' };
        readonly body: readonly BodyBlock[];
        readonly actions?: readonly OpenUrl[];
      };
    },
  ];
}

/** The largest message that Teams takes, in bytes (Teams, "Limits and specifications", incoming webhooks: 28 KB). */
const MOST_BYTES = 28_000;
/** Actions that a card shows as buttons; Teams hides further ones. */
const MOST_ACTIONS = 6;
/** All addresses of a card's buttons together, so that they always fit. UTF-16 units; they are ASCII. */
const MOST_ADDRESSES = 9_000;

/** The text of a message that Teams takes: at most 28,000 bytes, whatever its strings hold. See {@link fitting}. */
export function fittingMessage(build: (cut: Cut) => TeamsMessage): string {
  return fitting(MOST_BYTES, (cut) =>
    // A card formats `{{DATE(...)}}` and `{{TIME(...)}}` in any text: a row could show another time than it has.
    build((text, limit) => cut(text, limit).replace(/\{(?=\{)/g, '｛')),
  );
}

/** The buttons of a card: the first ones, as many as fit. */
export function buttons(links: readonly Link[], cut: Cut): readonly OpenUrl[] {
  const shown: OpenUrl[] = [];
  let length = 0;
  for (const { label, url } of links) {
    if (shown.length === MOST_ACTIONS) break;
    if (length + url.length > MOST_ADDRESSES) continue;
    length += url.length;
    shown.push({ type: 'Action.OpenUrl', title: cut(label, 40), url });
  }
  return shown;
}

export function run(text: string, looks: Omit<TextRun, 'type' | 'text'> = {}): TextRun {
  return { type: 'TextRun', text, ...looks };
}

/** A value from a row. Empty ones are shown as such. */
export function value(text: string): TextRun {
  return text.trim() === '' ? run('empty', { isSubtle: true }) : run(text, { fontType: 'Monospace' });
}

/** A line of runs; `tight`: without space above. */
export function line(inlines: readonly TextRun[], tight = false): RichTextBlock {
  return { type: 'RichTextBlock', inlines, ...(tight && { spacing: 'None' as const }) };
}

/** A heading, with the id of the card. */
export function heading(text: string, id: string): RichTextBlock {
  const shown = run(text.trim() === '' ? 'Untitled' : text, { size: 'Large', weight: 'Bolder' });
  return { ...line([shown]), id };
}

export function message(body: readonly BodyBlock[], actions: readonly OpenUrl[] = []): TeamsMessage {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.5',
          msteams: { width: 'Full' },
          body,
          ...(actions.length > 0 && { actions }),
        },
      },
    ],
  };
}
