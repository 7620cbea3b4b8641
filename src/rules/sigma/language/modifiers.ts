import type { CompareOp, TextMode, TimePart } from './expression.ts';
import type { RegexFlags } from './regex.ts';

/** Every modifier of the Sigma modifiers appendix 2.1. */
export const MODIFIERS = [
  'all', 'base64', 'base64offset', 'cased', 'cidr', 'contains', 'day', 'endswith', 'exists', 'expand', 'fieldref',
  'gt', 'gte', 'hour', 'i', 'lt', 'lte', 'm', 'minute', 'month', 'neq', 're', 's', 'startswith', 'utf16', 'utf16be',
  'utf16le', 'week', 'wide', 'windash', 'year',
] as const; // biome-ignore format: one list
export type Modifier = (typeof MODIFIERS)[number];

/** What changes a value before it is compared; in the rule's order. */
export type Encoding = 'base64' | 'base64offset' | 'utf16' | 'utf16be' | 'utf16le' | 'windash';

/** What a value is taken for. */
export type Comparison =
  | { readonly kind: 'text' }
  | { readonly kind: 'regex'; readonly flags: RegexFlags }
  | { readonly kind: 'cidr' }
  | { readonly kind: 'exists' }
  | { readonly kind: 'field'; readonly mode: TextMode }
  | { readonly kind: 'compare'; readonly op: CompareOp }
  | { readonly kind: 'time'; readonly part: TimePart; readonly op: CompareOp | 'eq' };

/** A field's modifiers, understood. */
export interface ModifierPlan {
  readonly comparison: Comparison;
  /** Encodings and places (`contains`) in the order they are applied. */
  readonly steps: readonly (Encoding | Exclude<TextMode, 'equals'>)[];
  readonly all: boolean;
  readonly cased: boolean;
  readonly negated: boolean;
  readonly expand: boolean;
}

/** What is wrong with a chain of modifiers: the position of the modifier at fault. */
export interface ModifierError {
  readonly index: number;
  readonly code: 'unsupported-modifier' | 'bad-modifier';
  readonly message: string;
  readonly hint?: string;
}

const PLACES: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);
const ENCODINGS: ReadonlySet<string> = new Set([
  'base64',
  'base64offset',
  'utf16',
  'utf16be',
  'utf16le',
  'wide',
  'windash',
]);
const COMPARES: ReadonlySet<string> = new Set(['lt', 'lte', 'gt', 'gte']);
const TIMES: ReadonlySet<string> = new Set(['minute', 'hour', 'day', 'week', 'month', 'year']);
const REGEX_FLAGS: ReadonlySet<string> = new Set(['i', 'm', 's']);
/** Each makes the value something other than text: a field has at most one, but for a time's part and its bound. */
const TYPES: ReadonlySet<string> = new Set(['re', 'cidr', 'exists', 'fieldref', ...COMPARES, ...TIMES]);

export function isModifier(name: string): name is Modifier {
  return (MODIFIERS as readonly string[]).includes(name);
}

/** Understands a chain of known modifiers, or says which one does not fit. */
export function planModifiers(names: readonly Modifier[]): ModifierPlan | ModifierError {
  const types = names.filter((name) => TYPES.has(name));
  const type = types[0];
  const time = types.find((name) => TIMES.has(name)) as TimePart | undefined;
  const bound = types.find((name) => COMPARES.has(name)) as CompareOp | undefined;
  const places = names.filter((name) => PLACES.has(name));

  for (const [index, name] of names.entries()) {
    const bad = (message: string, hint?: string): ModifierError => ({
      index,
      code: 'bad-modifier',
      message,
      ...(hint === undefined ? {} : { hint }),
    });
    if (names.indexOf(name) < index) return bad(`"|${name}" is given twice.`);
    if (TYPES.has(name) && name !== type && !(types.length === 2 && time && bound)) {
      return bad(`"|${name}" does not go with "|${String(type)}".`, 'write two fields');
    }
    if (REGEX_FLAGS.has(name) && !names.slice(0, index).includes('re')) {
      return bad(`"|${name}" is a flag of "|re" and stands after it.`, `"|re|${name}"`);
    }
    if (PLACES.has(name)) {
      if (places[0] !== name) return bad(`"|${name}" does not go with "|${String(places[0])}".`);
      if (type !== undefined && type !== 'fieldref') {
        const hint =
          type === 're'
            ? 'a regular expression matches anywhere: anchor it with ^ and $ where needed'
            : undefined;
        return bad(`"|${name}" does not go with "|${type}".`, hint);
      }
    }
    if (ENCODINGS.has(name) && type !== undefined) return bad(`"|${name}" does not go with "|${type}".`);
    if (name === 'cased' && type !== undefined && type !== 'fieldref') {
      const hint = type === 're' ? 'regular expressions are case-sensitive unless "|i" follows' : undefined;
      return bad(`"|cased" does not go with "|${type}".`, hint);
    }
    if (name === 'expand' && type === 'exists') return bad('"|expand" does not go with "|exists".');
    if (name === 'all' && type === 'exists') return bad('"|all" does not go with "|exists".');
  }

  return {
    comparison: comparisonOf(names, type, time, bound, places[0] as TextMode | undefined),
    steps: names.flatMap((name) => {
      if (name === 'wide') return 'utf16le';
      return ENCODINGS.has(name) || (PLACES.has(name) && type === undefined) ? (name as Encoding) : [];
    }),
    all: names.includes('all'),
    cased: names.includes('cased'),
    negated: names.includes('neq'),
    expand: names.includes('expand'),
  };
}

export function isModifierError(result: ModifierPlan | ModifierError): result is ModifierError {
  return 'code' in result;
}

function comparisonOf(
  names: readonly Modifier[],
  type: Modifier | undefined,
  time: TimePart | undefined,
  bound: CompareOp | undefined,
  place: TextMode | undefined,
): Comparison {
  if (time) return { kind: 'time', part: time, op: bound ?? 'eq' };
  if (bound) return { kind: 'compare', op: bound };
  switch (type) {
    case 're':
      return {
        kind: 'regex',
        flags: { i: names.includes('i'), m: names.includes('m'), s: names.includes('s') },
      };
    case 'cidr':
    case 'exists':
      return { kind: type };
    case 'fieldref':
      return { kind: 'field', mode: place ?? 'equals' };
    default:
      return { kind: 'text' };
  }
}
