/** Reads the values of indicators out of STIX 2.1 objects. */

import type { ListType } from '../../rules/lists/list.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/json.ts';

/** What one indicator says. */
export interface Indicator {
  readonly id: string;
  readonly name: string;
  /** When it ends, as it is written; undefined if it does not. */
  readonly validUntil: string | undefined;
  readonly revoked: boolean;
  /** The values that its pattern compares with, each enough by itself. Empty if the pattern says more than that. */
  readonly values: readonly string[];
}

/** The objects of a bundle or an envelope; undefined if the value is neither. */
export function stixObjects(document: JsonValue): readonly JsonObject[] | undefined {
  if (!isJsonObject(document)) return undefined;
  const { objects } = document;
  if (objects === undefined && (document.type === 'bundle' || Object.hasOwn(document, 'more'))) return [];
  // An envelope without objects is an empty object.
  if (objects === undefined) return Object.keys(document).length === 0 ? [] : undefined;
  return Array.isArray(objects) ? objects.filter(isJsonObject) : undefined;
}

/** The indicators among STIX objects, as far as their patterns are about values of the type. */
export function indicatorsOf(objects: readonly JsonObject[], type: ListType): readonly Indicator[] {
  return objects.flatMap((object): Indicator[] => {
    if (object.type !== 'indicator' || typeof object.id !== 'string') return [];
    const isStix = object.pattern_type === undefined || object.pattern_type === 'stix';
    return [
      {
        id: object.id,
        name: typeof object.name === 'string' ? object.name : '',
        validUntil: typeof object.valid_until === 'string' ? object.valid_until : undefined,
        revoked: object.revoked === true,
        values: isStix && typeof object.pattern === 'string' ? valuesIn(object.pattern, type) : [],
      },
    ];
  });
}

/** The object paths of STIX whose values lists of each type hold. */
const PATHS: Readonly<Record<ListType, RegExp>> = {
  network: /^ipv[46]-addr:value$/,
  domain: /^domain-name:value$/,
  hash: /^file:hashes\./,
  text: /^(?:url|email-addr|domain-name|ipv[46]-addr):value$|^(?:file|mutex|process|user-account):(?:name|user_id|account_login)$/,
};

const LONGEST_PATTERN = 65_536;
// Both begin only where nothing of their kind stands before: a hostile pattern would be searched anew from each of its characters.
const LITERAL = /(?<!\\)'((?:[^'\\]|\\.)*)'/gs;
const PATH = String.raw`(?<![\w-])[A-Za-z][\w-]*:(?:[\w.-]|'[\w-]*')+(?:\[\*\])?`;
/** What a choice of equalities consists of, beside paths and literals. */
const CHOICE = /^(?:[\s[\](),=]|''|\b(?:OR|IN|ISSUBSET)\b)*$/;
const COMPARISON = new RegExp(`(${PATH}) ?(?:=|IN|ISSUBSET) ?\\(?((?: ?,? ?'(?:[^'\\\\]|\\\\.)*')+)`, 'gs');

/**
 * The values of a pattern that is a choice of equalities, such as `[ipv4-addr:value = '203.0.113.9' OR ipv4-addr:value = '203.0.113.10']`.
 *
 * Empty for other patterns: of `[a = '1' AND b = '2']` neither value is enough by itself.
 */
export function valuesIn(pattern: string, type: ListType): readonly string[] {
  if (pattern.length > LONGEST_PATTERN) return [];
  const skeleton = pattern.replace(new RegExp(PATH, 'g'), '').replace(LITERAL, "''");
  if (!CHOICE.test(skeleton)) return [];
  return [...pattern.replace(/\s+/g, ' ').matchAll(COMPARISON)].flatMap(([, path = '', literals = '']) =>
    PATHS[type].test(path)
      ? [...literals.matchAll(LITERAL)].map(([, value = '']) => value.replace(/\\(.)/gs, '$1'))
      : [],
  );
}
