/** Block Kit, as far as it is used here (Slack, "Reference: blocks"). */

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

export interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Keeps Slack from turning URLs and names into links and mentions. */
  readonly verbatim: true;
}

/** What a block may have besides: an id that is unique in its message, at most 255 characters. People do not see it. */
interface Identified {
  readonly block_id?: string;
}

export type Block = Identified &
  (
    | { readonly type: 'header'; readonly text: PlainText }
    | { readonly type: 'section'; readonly text: Mrkdwn }
    | { readonly type: 'section'; readonly fields: readonly Mrkdwn[] }
    | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
    | { readonly type: 'divider' }
  );

/** What is posted to an incoming webhook. */
export interface SlackMessage {
  /** For notifications and screen readers. */
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** Slack's limits: characters, fields, blocks. */
export const LIMITS = {
  blocks: 50,
  blockId: 255,
  header: 150,
  section: 3_000,
  fields: 10,
  field: 2_000,
} as const;

export function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}

export function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text, emoji: false } };
}

/** The block with an id. */
export function identified(id: string, block: Block): Block {
  return { ...block, block_id: id };
}

export function section(text: string): Block {
  return { type: 'section', text: mrkdwn(text) };
}

export function fields(texts: readonly string[]): Block {
  return { type: 'section', fields: texts.slice(0, LIMITS.fields).map(mrkdwn) };
}

export function context(text: string): Block {
  return { type: 'context', elements: [mrkdwn(text)] };
}

export function message(text: string, blocks: readonly Block[]): SlackMessage {
  return { text, blocks: blocks.slice(0, LIMITS.blocks), unfurl_links: false, unfurl_media: false };
}
