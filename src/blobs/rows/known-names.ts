/** Names of members in the form in which a row's bytes are searched for them: made once for each name that somebody asks for. */
import { hashOf } from './scanner/key-hash.ts';

/** A name as the scanner sees it. */
export interface KnownName {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** As the scanner hashes keys. */
  readonly hash: number;
  /** Which column it was in the row before: most likely it is that again. */
  hint: number;
}

/** Names come from rules and from rows' own keys; where there are this many, somebody makes them up. */
const MOST = 8_192;

const byText = new Map<string, KnownName>();
const byHash = new Map<number, KnownName>();

/** The name that somebody asks for. */
export function nameOf(text: string): KnownName {
  const known = byText.get(text);
  if (known) return known;
  if (byText.size >= MOST) byText.clear();
  const bytes = Buffer.from(text);
  const made: KnownName = { text, bytes, hash: hashOf(bytes, 0, bytes.length), hint: 0 };
  byText.set(text, made);
  return made;
}

/** The text of a name that stands in bytes. */
export function nameIn(page: Buffer, from: number, to: number, hash: number): string {
  const known = byHash.get(hash);
  if (known && isName(known, page, from, to)) return known.text;
  const text = page.toString('utf8', from, to);
  if (byHash.size >= MOST) byHash.clear();
  byHash.set(hash, nameOf(text));
  return text;
}

/** Whether the bytes between `from` and `to` are this name. */
export function isName({ bytes }: KnownName, page: Uint8Array, from: number, to: number): boolean {
  if (to - from !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++) if (page[from + at] !== bytes[at]) return false;
  return true;
}
