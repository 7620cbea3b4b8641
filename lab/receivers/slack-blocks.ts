/** Checks messages as Slack does: the limits of each block, and of all together. */
import { isObject } from './json.ts';

/** A message's content. */
export interface SlackContent {
  readonly text: string;
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

/** Others met `msg_blocks_too_long` from some 13,200 bytes on; the relay promises to stay below this. */
const MOST_BLOCK_BYTES = 12_000;

/** The content of a body; undefined where it has none. */
export function contentOf(body: Readonly<Record<string, unknown>>): SlackContent | undefined {
  const { text, blocks = [] } = body;
  if (typeof text !== 'string' || text.length > 40_000 || !Array.isArray(blocks)) return undefined;
  if (text === '' && blocks.length === 0) return undefined;
  return blocks.every(isObject) ? { text, blocks } : undefined;
}

/** Whether all blocks together are longer than Slack takes. */
export function areTooLong(blocks: SlackContent['blocks']): boolean {
  return Buffer.byteLength(JSON.stringify(blocks)) >= MOST_BLOCK_BYTES;
}

/** The first violation of Slack's rules for blocks (Slack, "Reference: blocks"). */
export function blockTrouble(blocks: SlackContent['blocks']): string | undefined {
  if (blocks.length > 50) return 'more than 50 blocks';
  const ids = new Set<string>();
  for (const [at, block] of blocks.entries()) {
    const { block_id: id } = block;
    if (id !== undefined) {
      if (typeof id !== 'string' || id.length < 1 || id.length > 255) return `block ${at}: block_id`;
      if (ids.has(id)) return `block ${at}: block_id is not unique`;
      ids.add(id);
    }
    const trouble = oneBlock(block);
    if (trouble !== undefined) return `block ${at}: ${trouble}`;
  }
  return undefined;
}

function oneBlock(block: Readonly<Record<string, unknown>>): string | undefined {
  switch (block.type) {
    case 'divider':
      return undefined;
    case 'header':
      return textTrouble(block.text, 150, ['plain_text']);
    case 'section': {
      const { text, fields } = block;
      if (text === undefined && fields === undefined) return 'section without text and fields';
      if (text !== undefined) return textTrouble(text, 3_000, ['plain_text', 'mrkdwn']);
      return listTrouble(fields, 2_000);
    }
    case 'context':
      return listTrouble(block.elements, 3_000);
    default:
      return `unknown type ${String(block.type)}`;
  }
}

function listTrouble(list: unknown, limit: number): string | undefined {
  if (!Array.isArray(list) || list.length < 1 || list.length > 10) return 'not 1 to 10 elements';
  for (const text of list) {
    const trouble = textTrouble(text, limit, ['plain_text', 'mrkdwn']);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function textTrouble(value: unknown, limit: number, types: readonly string[]): string | undefined {
  if (!isObject(value) || !types.includes(String(value.type)))
    return `not a text of type ${types.join(' or ')}`;
  if (typeof value.text !== 'string' || value.text.length < 1) return 'empty text';
  if (value.text.length > limit) return `text longer than ${limit}`;
  const known: readonly string[] =
    value.type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  return unknown === undefined ? undefined : `unknown key ${unknown}`;
}
