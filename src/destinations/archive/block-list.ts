/** The blocks of a blob of the archive: their ids, and the list of them in XML (Microsoft Learn, "Put Block List", "Get Block List"). */
import { Buffer } from 'node:buffer';

/** What the id of a block says of it. */
export interface BlockRange {
  /** The offsets of its first and its last row in the source blob. */
  readonly first: number;
  readonly last: number;
  /** The bytes that the keys of its rows take in its header. */
  readonly keyBytes: number;
  /** Of these keys: {@link digestOfKeys}. */
  readonly digest: string;
}

export interface Block {
  /** In base64, as the service has it. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Undefined for a block that somebody else wrote. */
  readonly range: BlockRange | undefined;
}

/** Offsets are below 2^53. */
const OFFSET_DIGITS = 11;
const KEYS_DIGITS = 4;
const ID = /^([0-9a-z]{11})([0-9a-z]{11})([0-9a-z]{4})([\w-]{22})$/;

/** Ids of one blob must be of one length, at most 64 bytes before base64 ("Put Block"): these have 48. */
export function blockId({ first, last, keyBytes, digest }: BlockRange): string {
  const offset = (value: number) => value.toString(36).padStart(OFFSET_DIGITS, '0');
  const text = `${offset(first)}${offset(last)}${keyBytes.toString(36).padStart(KEYS_DIGITS, '0')}${digest}`;
  return Buffer.from(text, 'ascii').toString('base64');
}

function rangeIn(id: string): BlockRange | undefined {
  const [, first, last, keyBytes, digest] = ID.exec(Buffer.from(id, 'base64').toString('latin1')) ?? [];
  if (first === undefined || last === undefined || keyBytes === undefined || digest === undefined)
    return undefined;
  const number = (text: string) => Number.parseInt(text, 36);
  return { first: number(first), last: number(last), keyBytes: number(keyBytes), digest };
}

const LIST = /<BlockList>[\s\S]*<\/BlockList>/;
const EMPTY = /<BlockList\s*\/>/;
const COMMITTED = /<CommittedBlocks>([\s\S]*?)<\/CommittedBlocks>/;
const BLOCK = /<Block>\s*<Name>([A-Za-z0-9+/=]{1,128})<\/Name>\s*<Size>(\d{1,15})<\/Size>\s*<\/Block>/g;

/** The committed blocks in a reply; undefined where it is no list of blocks. */
export function blocksIn(xml: string): readonly Block[] | undefined {
  if (EMPTY.test(xml)) return [];
  if (!LIST.test(xml)) return undefined;
  const committed = COMMITTED.exec(xml)?.[1] ?? '';
  return [...committed.matchAll(BLOCK)].map(([, id = '', size = '']) => ({
    id,
    size: Number(size),
    range: rangeIn(id),
  }));
}

/** The body of Put Block List. @param staged the ids of blocks that are not committed yet. */
export function blockListXml(ids: readonly string[], staged: ReadonlySet<string>): string {
  const entries = ids.map((id) => {
    const from = staged.has(id) ? 'Uncommitted' : 'Committed';
    return `<${from}>${id}</${from}>`;
  });
  return `<?xml version="1.0" encoding="utf-8"?><BlockList>${entries.join('')}</BlockList>`;
}

/** Blocks in the order of the rows in them. Blocks of others stay where they are, behind the same neighbour. */
export function inOrder(blocks: readonly Block[], added: Block): readonly Block[] {
  const { first = 0, last = 0 } = added.range ?? {};
  const at = blocks.findIndex(
    ({ range }) =>
      range !== undefined && (range.first > first || (range.first === first && range.last > last)),
  );
  return at === -1 ? [...blocks, added] : [...blocks.slice(0, at), added, ...blocks.slice(at)];
}
