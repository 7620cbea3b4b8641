/** Makes the index of a list: the fast way from a value of a row to an entry, by the list's type. */
import type { Mistake } from '../../diagnostics/diagnostic.ts';
import { fold } from '../sigma/language/fold.ts';
import { domainKey, hostOf } from './domains.ts';
import type { Index, ListType } from './list.ts';
import { isNetwork, PrefixTree } from './prefix-tree.ts';
import { type Repeated, StringTable } from './string-table.ts';

/** The index of a list. */
export interface Indexed {
  readonly find: Index;
  /** The keys that are there several times, in the form in which they are compared. */
  readonly repeated: Repeated | undefined;
  /** The keys in the form in which they are compared, where they are strings. */
  readonly table: StringTable | undefined;
}

/** Indexes keys. @param onWrong is told the position of each key that is not of the list's type. */
export function indexKeys(
  type: ListType,
  keys: readonly string[],
  onWrong: (entry: number) => void = () => {},
): Indexed {
  switch (type) {
    case 'text':
      return ofText(new StringTable(keys.map(fold)));
    case 'hash':
      for (const [entry, key] of keys.entries()) if (!isHash(key)) onWrong(entry);
      return ofText(new StringTable(keys.map(fold)));
    case 'domain':
      return ofDomains(new StringTable(domainKeys(keys, onWrong)));
    case 'network':
      return ofNetworks(new PrefixTree(keys, onWrong));
  }
}

function domainKeys(keys: readonly string[], onWrong: (entry: number) => void): string[] {
  return keys.map((key, entry) => {
    const name = domainKey(key);
    if (name === undefined) onWrong(entry);
    return name ?? '';
  });
}

// What these functions return outlives the keys, and must not keep them in memory: so each is made away from them.

function ofText(table: StringTable): Indexed {
  // Folding does not change a length: what is longer than every key need not be folded.
  const find = (text: string) => (text.length > table.longest ? -1 : table.find(fold(text)));
  return { find, repeated: table.repeated, table };
}

function ofDomains(table: StringTable): Indexed {
  return { find: (text) => findDomain(table, text), repeated: table.repeated, table };
}

function ofNetworks(tree: PrefixTree): Indexed {
  return { find: (text) => tree.find(text), repeated: tree.repeated, table: undefined };
}

function findDomain(table: StringTable, text: string): number {
  const host = hostOf(text);
  if (host === undefined) return -1;
  // The domain itself and those above it, from the longest to the shortest: `a.b.c`, `b.c`, `c`.
  for (let from = 0; ; ) {
    const entry = from === host.length ? -1 : table.find(from === 0 ? host : host.slice(from));
    const dot = host.indexOf('.', from);
    if (entry >= 0 || dot < 0) return entry;
    from = dot + 1;
  }
}

/** The lengths of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512 in hexadecimal. */
const HASH_LENGTHS: ReadonlySet<number> = new Set([32, 40, 56, 64, 96, 128]);

function isHash(text: string): boolean {
  return HASH_LENGTHS.has(text.length) && /^[\da-f]+$/i.test(text);
}

/** Whether a key is one of a type. */
export function isKeyOf(type: ListType, key: string): boolean {
  switch (type) {
    case 'text':
      return true;
    case 'hash':
      return isHash(key);
    case 'domain':
      return domainKey(key) !== undefined;
    case 'network':
      return isNetwork(key);
  }
}

/** What is said of a key that is not one of the list's type. */
export function wrongKeyOf(type: ListType, key: string): Mistake {
  const shown = key.length > MOST_SHOWN ? `${key.slice(0, MOST_SHOWN)}...` : key;
  const wanted = WANTED[type];
  const hint =
    type === 'domain' && /[/:@]/.test(key)
      ? 'write the name alone, without scheme, port and path'
      : wanted.hint;
  return { code: 'bad-entry', message: `"${shown}" is not ${wanted.what}`, hint };
}

const MOST_SHOWN = 80;

const WANTED: Readonly<Record<ListType, { readonly what: string; readonly hint?: string }>> = {
  text: { what: 'text' },
  network: { what: 'an address or a network', hint: 'such as 203.0.113.9, 10.0.0.0/8 or fe80::/10' },
  domain: { what: 'a domain', hint: 'such as example.com, which stands for its sub-domains too' },
  hash: { what: 'a hash', hint: 'MD5, SHA-1, SHA-256 or longer in hexadecimal, without a prefix' },
};
