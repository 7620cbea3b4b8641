/** Finds which literals that are too short for a gram a string may contain. */
import type { TextMode } from '../language/expression.ts';
import { foldUnit, isAscii } from '../language/fold.ts';
import { codeOf, isSurrogate } from './gram-filter.ts';

/** A literal of at most one UTF-16 unit, case-folded. */
export interface SingleUnit {
  readonly id: number;
  readonly literal: string;
  readonly mode: TextMode;
}

/** Literals of one unit that may be anywhere in a string. */
interface Within {
  readonly ids: number[];
  /** Both letter cases. */
  readonly ascii: readonly string[];
  scan: number;
}

/**
 * Finds literals of one unit, or of none. Like the index of grams it may find too much but never too little, and finds each at most once.
 *
 * Rules search hundreds of characters beyond ASCII, which hardly any string contains, so strings that are ASCII are recognized first.
 */
export class SingleUnits {
  readonly #always: readonly number[];
  readonly #empty: readonly number[];
  readonly #edges: readonly SingleUnit[];
  readonly #within = new Map<number, Within>();
  readonly #ofAscii: readonly Within[];
  /** 1 for the codes of the units in `#within`. */
  readonly #codes = new Uint8Array(128);
  readonly #isNone: boolean;
  #scan = 0;

  constructor(singles: readonly SingleUnit[]) {
    const none = singles.filter(({ literal }) => literal === '');
    const units = singles.filter(({ literal }) => literal !== '');
    this.#isNone = singles.length === 0;
    this.#always = none.flatMap(({ id, mode }) => (mode === 'equals' ? [] : id));
    this.#empty = none.flatMap(({ id, mode }) => (mode === 'equals' ? id : []));
    this.#edges = units.filter(({ mode }) => mode !== 'contains');
    for (const { id, literal, mode } of units) if (mode === 'contains') this.#add(literal, id);
    this.#ofAscii = [...this.#within.values()].filter(({ ascii }) => ascii.length > 0);
  }

  scan(text: string, visit: (id: number) => void): void {
    if (this.#isNone) return;
    for (const id of this.#always) visit(id);
    if (text === '') {
      for (const id of this.#empty) visit(id);
      return;
    }
    for (const edge of this.#edges) if (isAtEdge(edge, text)) visit(edge.id);
    if (this.#within.size === 0) return;
    if (!isAscii(text)) this.#scanUnits(text, visit);
    else
      for (const one of this.#ofAscii)
        if (one.ascii.some((unit) => text.includes(unit))) visitAll(one, visit);
  }

  #add(literal: string, id: number): void {
    const unit = keyOf(literal.charCodeAt(0));
    const known = this.#within.get(unit);
    if (known) {
      known.ids.push(id);
      return;
    }
    const ascii = unit < 128 ? [literal, literal.toUpperCase()] : [];
    this.#within.set(unit, { ids: [id], ascii, scan: 0 });
    this.#codes[codeOf(unit)] = 1;
  }

  #scanUnits(text: string, visit: (id: number) => void): void {
    const scan = ++this.#scan;
    const hasAscii = this.#ofAscii.length > 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if ((unit < 128 && !hasAscii) || this.#codes[codeOf(unit)] !== 1) continue;
      const within = this.#within.get(keyOf(unit));
      if (!within || within.scan === scan) continue;
      within.scan = scan;
      visitAll(within, visit);
    }
  }
}

/** The key of a unit: its case folding, and one key for all halves of surrogate pairs, because a pair is folded as a whole. */
function keyOf(unit: number): number {
  return isSurrogate(unit) ? 0xd800 : foldUnit(unit);
}

function isAtEdge({ literal, mode }: SingleUnit, text: string): boolean {
  if (mode === 'equals' && text.length > 1) return false;
  const unit = text.charCodeAt(mode === 'endswith' ? text.length - 1 : 0);
  return keyOf(unit) === keyOf(literal.charCodeAt(0));
}

function visitAll({ ids }: Within, visit: (id: number) => void): void {
  for (const id of ids) visit(id);
}
