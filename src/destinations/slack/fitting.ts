/** Messages that Slack takes whatever the rows hold: within its limits for each block, and for all blocks together. */
import type { Link } from '../alert-view/links.ts';
import { type Block, context, LIMITS, message, type SlackMessage } from './blocks.ts';
import { code, codeBlock, link, plain, words } from './escape.ts';

/**
 * UTF-8 bytes of the JSON of a message's blocks stay below this. Slack publishes no limit for their sum, and refuses messages from some 13,200
 * on with `msg_blocks_too_long` (slackapi/bolt-js, issue 2509).
 */
export const MOST_BLOCK_BYTES = 12_000;
/** Longer addresses get no link: a cut one would lead elsewhere. Of the address as it is escaped. */
const MOST_URL = 1_500;
/** Of a section's 3,000 characters, what links may fill. */
const MOST_LINK_TEXT = 2_900;

/** How much a message may hold: texts are cut at a share of their limits, and of each group of links only the first few are kept. */
interface Room {
  readonly share: number;
  readonly links: number;
}

const ROOMS: readonly Room[] = [
  { share: 1, links: 9 },
  { share: 0.5, links: 9 },
  { share: 0.5, links: 2 },
  { share: 0.25, links: 1 },
  { share: 0.1, links: 1 },
];
/** Of the platform, and not `Buffer`: what lays out messages runs in a browser too. */
const bytes = new TextEncoder();

/** Puts texts of rows into a message, each safe to show and cut at a share of the limit that it is given. */
export interface Pen {
  /** For plain text. */
  plain(text: string, limit: number): string;
  /** For mrkdwn outside of code. */
  words(text: string, limit: number): string;
  code(text: string, limit: number): string;
  codeBlock(text: string, limit: number): string;
  /** `<url|label> · <url|label>`: as many as there is room for, in `limit` characters at most; empty where there are none. */
  links(links: readonly Link[], limit?: number): string;
}

function penIn({ share, links: most }: Room): Pen {
  const cut = (limit: number) => Math.max(12, Math.floor(limit * share));
  return {
    plain: (text, limit) => plain(text, cut(limit)),
    words: (text, limit) => words(text, cut(limit)),
    code: (text, limit) => code(text, cut(limit)),
    codeBlock: (text, limit) => codeBlock(text, cut(limit)),
    links(all, limit = MOST_LINK_TEXT) {
      let line = '';
      for (const { url, label } of all.slice(0, most)) {
        const one = link(url, label);
        if (one.length > MOST_URL || one.length > limit) continue;
        const longer = line === '' ? one : `${line}  ·  ${one}`;
        if (longer.length <= limit) line = longer;
      }
      return line;
    },
  };
}

/**
 * The message that `build` lays out, in the largest room in which its blocks fit. Where they never do, which needs thousands of characters that
 * cannot be cut, its last blocks are left out; the first always fits.
 */
export function fittingMessage(
  text: string,
  build: (pen: Pen) => readonly (Block | undefined)[],
): SlackMessage {
  const short = plain(text, 300);
  let blocks: readonly Block[] = [];
  for (const room of ROOMS) {
    blocks = build(penIn(room))
      .filter((block) => block !== undefined)
      .slice(0, LIMITS.blocks);
    if (sizeOf(blocks) < MOST_BLOCK_BYTES) return message(short, blocks);
  }
  const leftOut = context('_The rest of this message did not fit._');
  while (blocks.length > 1 && sizeOf([...blocks, leftOut]) >= MOST_BLOCK_BYTES) blocks = blocks.slice(0, -1);
  return message(short, [...blocks.slice(0, LIMITS.blocks - 1), leftOut]);
}

/** Those of the parts that fit into one text of a block. */
export function bounded(parts: readonly string[], separator = '\n', limit: number = LIMITS.section): string {
  let text = '';
  for (const part of parts) {
    const longer = text === '' ? part : `${text}${separator}${part}`;
    if (longer.length <= limit) text = longer;
  }
  return text;
}

/** UTF-8 bytes of the JSON of blocks. */
export function sizeOf(blocks: readonly Block[]): number {
  return bytes.encode(JSON.stringify(blocks)).length;
}
