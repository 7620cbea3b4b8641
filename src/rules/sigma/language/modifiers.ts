/** Checks which modifiers of a field can be combined, and turns them into a plan for its values. */
import type { Mistake } from '../../../diagnostics/diagnostic.ts';
import type { CompareOp, RegexFlags, TextMode, TimePart } from './expression.ts';

/** Every modifier of the Sigma modifiers appendix 2.1, and our own `in_list`. */
export const MODIFIERS = [
  'all', 'base64', 'base64offset', 'cased', 'cidr', 'contains', 'day', 'endswith', 'exists', 'expand', 'fieldref',
  'gt', 'gte', 'hour', 'i', 'in_list', 'lt', 'lte', 'm', 'minute', 'month', 'neq', 're', 's', 'startswith', 'utf16', 'utf16be',
  'utf16le', 'week', 'wide', 'windash', 'year',
] as const; // biome-ignore format: one list
export type Modifier = (typeof MODIFIERS)[number];

/** A modifier that changes a value before it is compared; applied in the rule's order. */
export type Encoding = 'base64' | 'base64offset' | 'utf16' | 'utf16be' | 'utf16le' | 'windash';

/** How a value is compared. */
export type Comparison =
  | { readonly kind: 'text' }
  | { readonly kind: 'regex'; readonly flags: RegexFlags }
  | { readonly kind: 'cidr' }
  | { readonly kind: 'list'; readonly mode: TextMode }
  | { readonly kind: 'exists' }
  | { readonly kind: 'field'; readonly mode: TextMode }
  | { readonly kind: 'compare'; readonly op: CompareOp }
  | { readonly kind: 'time'; readonly part: TimePart; readonly op: CompareOp | 'eq' };

/** The checked modifiers of a field. */
export interface ModifierPlan {
  readonly comparison: Comparison;
  /** Encodings and places (`contains`), in the order in which they are applied. */
  readonly steps: readonly (Encoding | Exclude<TextMode, 'equals'>)[];
  readonly all: boolean;
  readonly cased: boolean;
  readonly negated: boolean;
  readonly expand: boolean;
}

/** A mistake in a chain of modifiers, with the position of the modifier at fault. */
export interface ModifierError extends Mistake {
  readonly index: number;
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
/** Modifiers that compare a value as something other than a string. A field has at most one, except for a part of a time with a bound. */
const TYPES: ReadonlySet<string> = new Set([
  're',
  'cidr',
  'exists',
  'fieldref',
  'in_list',
  ...COMPARES,
  ...TIMES,
]);

export function isModifier(name: string): name is Modifier {
  return (MODIFIERS as readonly string[]).includes(name);
}

/** A chain of modifiers, with the modifiers that restrict the others. */
interface Chain {
  readonly names: readonly Modifier[];
  /** The modifiers that compare the value as something other than a string. */
  readonly types: readonly Modifier[];
  readonly type: Modifier | undefined;
  readonly time: TimePart | undefined;
  readonly bound: CompareOp | undefined;
  readonly place: TextMode | undefined;
}

/** Longer chains are rare. There are fewer than a thousand others, so that what was found about them can be kept. */
const REMEMBERED_LENGTH = 2;
const remembered = new Map<string, ModifierPlan | ModifierError>();

/** Checks a chain of known modifiers: returns the plan, or the modifier that does not fit and why. */
export function planModifiers(names: readonly Modifier[]): ModifierPlan | ModifierError {
  if (names.length > REMEMBERED_LENGTH) return planChain(names);
  const key = names.join('|');
  const known = remembered.get(key) ?? planChain(names);
  remembered.set(key, known);
  return known;
}

function planChain(names: readonly Modifier[]): ModifierPlan | ModifierError {
  const types = names.filter((name) => TYPES.has(name));
  const chain: Chain = {
    names,
    types,
    type: types[0],
    time: types.find((name) => TIMES.has(name)) as TimePart | undefined,
    bound: types.find((name) => COMPARES.has(name)) as CompareOp | undefined,
    place: names.find((name) => PLACES.has(name)) as TextMode | undefined,
  };
  for (const index of names.keys()) {
    const misfit = misfitAt(index, chain);
    if (misfit) return { code: 'bad-modifier', index, ...misfit };
  }
  const { type } = chain;
  return {
    comparison: comparisonOf(chain),
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

type Misfit = Pick<Mistake, 'message' | 'hint'>;

/** Why the modifier at a position does not fit the others; undefined if it fits. */
function misfitAt(index: number, { names, types, type, time, bound, place }: Chain): Misfit | undefined {
  const name = names[index] ?? '';
  if (names.indexOf(name as Modifier) < index) return { message: `"|${name}" is there twice` };
  if (TYPES.has(name) && name !== type && !(types.length === 2 && time && bound)) {
    return clash(name, type, 'write two fields');
  }
  if (REGEX_FLAGS.has(name) && !names.slice(0, index).includes('re')) {
    return { message: `"|${name}" is a flag of "|re" and stands after it`, hint: `"|re|${name}"` };
  }
  if (PLACES.has(name) && place !== name) return clash(name, place);
  return type && misfitWithType(name, type);
}

/** Why a modifier for strings cannot be combined with one that compares the value as something else. */
function misfitWithType(name: string, type: Modifier): Misfit | undefined {
  const onText = type === 'fieldref';
  if (PLACES.has(name) && !onText && type !== 'in_list') {
    return clash(name, type, type === 're' ? ANCHOR_INSTEAD : undefined);
  }
  if (ENCODINGS.has(name)) return clash(name, type);
  if (name === 'cased' && !onText) {
    return clash(name, type, type === 're' ? CASED_ALREADY : undefined);
  }
  if (name === 'expand' && type === 'in_list') return clash(name, type, 'write the name of the list');
  return (name === 'expand' || name === 'all') && type === 'exists' ? clash(name, type) : undefined;
}

const ANCHOR_INSTEAD = 'a regular expression matches anywhere: anchor it with ^ and $ where needed';
const CASED_ALREADY = 'regular expressions are case-sensitive unless "|i" follows';

function clash(name: string, other: string | undefined, hint?: string): Misfit {
  return { message: `"|${name}" does not go with "|${String(other)}"`, hint };
}

export function isModifierError(result: ModifierPlan | ModifierError): result is ModifierError {
  return 'code' in result;
}

function comparisonOf({ names, type, time, bound, place }: Chain): Comparison {
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
    case 'in_list':
      return { kind: 'list', mode: place ?? 'equals' };
    case 'fieldref':
      return { kind: 'field', mode: place ?? 'equals' };
    default:
      return { kind: 'text' };
  }
}
