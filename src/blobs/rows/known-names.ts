/** Caches names of members in the form in which they are searched in a row's bytes. */
import { hashOf } from './scanner/key-hash.ts';

/** A name in the scanner's form. */
export interface KnownName {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** The scanner's hash of the name. */
  readonly hash: number;
  /** The number of the column that had this name in the last row. It most likely has it again. */
  hint: number;
  /** The short text that the envelope's member of this name had in the last row. It most likely has it again. */
  last: string | undefined;
}

/** How many names are cached. Rules and real rows have fewer; more means that a sender makes names up. */
const MOST = 8_192;

const byText = new Map<string, KnownName>();
const byHash = new Map<number, KnownName>();

/** The cached form of a name. */
export function nameOf(text: string): KnownName {
  const known = byText.get(text);
  if (known) return known;
  if (byText.size >= MOST) byText.clear();
  const bytes = Buffer.from(text);
  const made: KnownName = { text, bytes, hash: hashOf(bytes, 0, bytes.length), hint: 0, last: undefined };
  byText.set(text, made);
  return made;
}

/** The text of a name in a page's bytes. */
export function nameIn(page: Buffer, from: number, to: number, hash: number): string {
  const known = byHash.get(hash);
  if (known && isName(known, page, from, to)) return known.text;
  const text = page.toString('utf8', from, to);
  if (byHash.size >= MOST) byHash.clear();
  byHash.set(hash, nameOf(text));
  return text;
}

/** Whether the bytes from `from` to `to` are this name. */
export function isName({ bytes }: KnownName, page: Uint8Array, from: number, to: number): boolean {
  if (to - from !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++) if (page[from + at] !== bytes[at]) return false;
  return true;
}

/** Whether the bytes from `from` to `to` are this text in ASCII. Compares from the end, because times differ there first. */
export function isText(text: string, page: Uint8Array, from: number, to: number): boolean {
  if (to - from !== text.length) return false;
  for (let at = text.length - 1; at >= 0; at--) if (page[from + at] !== text.charCodeAt(at)) return false;
  return true;
}
