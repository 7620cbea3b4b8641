/**
 * Adaptive Cards, as far as they are used here (adaptivecards.io, "Schema Explorer"), and the message that carries one.
 *
 * All text stands in runs of a `RichTextBlock`. Teams reads Markdown in a `TextBlock` and in facts (Teams, "Format cards"),
 * and there a row could forge a link; in a run nothing is read, HTML included.
 */
import { beginning, visible } from '../alert-view/visible.ts';

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
  readonly inlines: readonly TextRun[];
  readonly spacing?: 'None';
}

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
        readonly body: readonly RichTextBlock[];
        readonly actions?: readonly OpenUrl[];
      };
    },
  ];
}

/** The largest message that Teams takes, in bytes (Teams, "Limits and specifications", incoming webhooks: 28 KB). */
const MOST_BYTES = 28_000;
/** Of the platform, and not `Buffer`: what encodes runs in a browser too. */
const bytes = new TextEncoder();
/** Texts are cut to these shares of their limits, until the message fits. */
const SHARES = [1, 0.5, 0.25, 0.1] as const;

/**
 * The text of a message that Teams takes: `build` is given a function that cuts a text to a number of UTF-16 units, or to a share of
 * it where the whole would be too large. The smallest share must always fit.
 */
export function fittingMessage(build: (cut: Cut) => TeamsMessage): string {
  let text = '';
  for (const share of SHARES) {
    text = JSON.stringify(build((whole, limit) => cutText(whole, Math.max(8, Math.floor(limit * share)))));
    if (bytes.encode(text).length <= MOST_BYTES) break;
  }
  return text;
}

/** Makes a string from a row safe to show, and cuts it at `limit` UTF-16 units, ending in `…` where something is left out. */
export type Cut = (text: string, limit: number) => string;

function cutText(text: string, limit: number): string {
  // A card formats `{{DATE(...)}}` and `{{TIME(...)}}` in any text: a row could show another time than it has.
  const safe = visible(beginning(text, limit)).replace(/\{(?=\{)/g, '｛');
  if (safe.length <= limit) return safe;
  const end = limit - 1;
  const isHalf = /[\ud800-\udbff]/.test(safe.charAt(end - 1));
  return `${safe.slice(0, isHalf ? end - 1 : end)}…`;
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

export function message(body: readonly RichTextBlock[], actions: readonly OpenUrl[] = []): TeamsMessage {
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
