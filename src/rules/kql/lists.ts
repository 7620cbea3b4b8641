/** Writes in KQL whether a value is in a list: the keys of the list stand in the query. */
import { domainKey } from '../lists/domains.ts';
import type { List } from '../lists/list.ts';
import { fold } from '../sigma/language/fold.ts';
import { anyOf, atom, type Condition } from './condition.ts';
import { isInNetwork } from './networks.ts';
import { escapeRegex } from './portable-regex.ts';
import { type KqlScope, Unconvertible } from './scope.ts';
import { literalOf, stringTests } from './text-tests.ts';

/** The most keys that a query holds. */
export const MOST_KEYS = 1_000;

/** @param text an expression of type string. Throws Unconvertible. */
export function isInList(text: string, list: List, isNegated: boolean, scope: KqlScope): Condition {
  if (list.size > MOST_KEYS) {
    const most = MOST_KEYS.toLocaleString('en-US');
    throw new Unconvertible(
      `the list "${list.name}" has ${list.size.toLocaleString('en-US')} entries, and a query holds at most ${most}`,
    );
  }
  const keys = [...list.keys()];
  switch (list.type) {
    case 'text':
    case 'hash':
      return stringTests(
        text,
        keys.map((key) => ({ kind: 'text', mode: 'equals', literal: fold(key), cased: false })),
        scope,
      );
    case 'network':
      return anyOf(keys.map((key) => isInNetwork(text, key.trim(), isNegated, scope)));
    case 'domain':
      return isInDomains(text, keys, scope);
    case 'database':
      throw new Unconvertible(`the list "${list.name}" is a database of addresses`);
  }
}

/** The host of an address or of `host:port`, after the slashes, the scheme and the user's name. */
const HOST = String.raw`^(?:[A-Za-z][A-Za-z0-9+.-]*:[/\\]{2})?[/\\]*(?:[^/\\?#\s]*@)?([^/\\?#\s@]*?)\.?(?::[0-9]*)?(?:[/\\?#\s]|\z)`;

function isInDomains(text: string, keys: readonly string[], scope: KqlScope): Condition {
  const domains = keys.flatMap((key) => domainKey(key) ?? []);
  scope.note(
    'kql-domain',
    'a name of other letters than those of ASCII is compared as it is written, and not as "xn--"',
  );
  const host = scope.add(
    `${/\w+$/.exec(text)?.[0] ?? 'Value'}_host`,
    `extract(${literalOf(HOST)}, 1, ${text})`,
  );
  const pattern = `(?i)(?:^|\\.)(?:${domains.map(escapeRegex).join('|')})\\z`;
  return atom(`${host} matches regex ${literalOf(pattern)}`);
}
