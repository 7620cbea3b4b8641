import { foldUnit } from './fold.ts';

/** Units that no literal holds. */
const OTHER = 0;
/** Units beyond ASCII share this many classes; what that confuses, the caller's check sorts out. */
const WIDE_CLASSES = 16;

/**
 * Finds which of many literals a text may hold, in one pass and without regard to letter case (Aho-Corasick, as a table).
 *
 * It errs on the side of too many: units beyond ASCII are told apart only roughly. It never misses a literal. It takes
 * the text as it is: no case-folded copy is made.
 */
export class Automaton {
  /** Class of each ASCII unit; upper case has its lower case's. */
  readonly #ascii = new Uint8Array(128);
  readonly #wide: number;
  readonly #surrogate: number;
  readonly #stride: number;
  /** Next state by state and class. */
  readonly #next: Uint16Array | Uint32Array;
  /** For each state, the position in `#lists` of what ends there; 0: nothing. */
  readonly #outputs: Uint32Array;
  readonly #lists: readonly (readonly number[])[];

  /** `literals` are case-folded and not empty. */
  constructor(literals: readonly string[]) {
    let classes = OTHER + 1;
    for (const literal of literals) {
      for (let at = 0; at < literal.length; at++) {
        const unit = literal.charCodeAt(at);
        if (unit < 128 && this.#ascii[unit] === OTHER) this.#ascii[unit] = classes++;
      }
    }
    for (let unit = 65; unit <= 90; unit++) this.#ascii[unit] = this.#ascii[unit + 32] ?? OTHER;
    this.#wide = classes;
    this.#surrogate = classes + WIDE_CLASSES;
    this.#stride = this.#surrogate + 1;

    const size = literals.reduce((sum, literal) => sum + literal.length, 1);
    const stride = this.#stride;
    const next = size <= 0xffff ? new Uint16Array(size * stride) : new Uint32Array(size * stride);
    const ends: (number[] | undefined)[] = [undefined];
    let states = 1;
    for (const [id, literal] of literals.entries()) {
      let state = 0;
      for (let at = 0; at < literal.length; at++) {
        const edge = state * stride + this.#classOf(literal.charCodeAt(at));
        state = next[edge] || states;
        if (state === states) {
          next[edge] = states++;
          ends.push(undefined);
        }
      }
      const here = ends[state];
      if (here) here.push(id);
      else ends[state] = [id];
    }
    this.#next = next.subarray(0, states * stride);
    this.#outputs = new Uint32Array(states);
    this.#lists = this.#link(ends);
  }

  /** Calls `visit` with the literals (their positions) that may end before each `end`. */
  scan(text: string, visit: (literals: readonly number[], end: number) => void): void {
    const next = this.#next;
    const outputs = this.#outputs;
    const ascii = this.#ascii;
    const stride = this.#stride;
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const kind = unit < 128 ? (ascii[unit] as number) : this.#classOf(unit);
      state = next[state * stride + kind] as number;
      const output = outputs[state] as number;
      if (output !== 0) visit(this.#lists[output] as readonly number[], at + 1);
    }
  }

  #classOf(unit: number): number {
    if (unit < 128) return this.#ascii[unit] ?? OTHER;
    // A pair folds as a whole; its halves are not looked at.
    if (unit >= 0xd800 && unit < 0xe000) return this.#surrogate;
    const folded = foldUnit(unit);
    // Some letters beyond ASCII fold into it: the Kelvin sign, the long s.
    return folded < 128 ? (this.#ascii[folded] ?? OTHER) : this.#wide + (folded % WIDE_CLASSES);
  }

  /** Breadth first: missing edges become those of the longest proper suffix, outputs gather those of suffixes. */
  #link(ends: readonly (number[] | undefined)[]): readonly (readonly number[])[] {
    const next = this.#next;
    const stride = this.#stride;
    const states = ends.length;
    const suffix = new Uint32Array(states);
    const order = new Uint32Array(states);
    const lists: (readonly number[])[] = [[]];
    let tail = 1;
    for (let head = 0; head < tail; head++) {
      const state = order[head] ?? 0;
      const back = suffix[state] ?? 0;
      const inherited = this.#outputs[back] ?? 0;
      const own = ends[state];
      if (own) {
        this.#outputs[state] = lists.length;
        lists.push(state === back || inherited === 0 ? own : [...own, ...(lists[inherited] ?? [])]);
      } else if (state !== back) this.#outputs[state] = inherited;
      for (let kind = 0; kind < stride; kind++) {
        const edge = state * stride + kind;
        const fallback = state === 0 ? 0 : (next[back * stride + kind] ?? 0);
        const target = next[edge] ?? 0;
        if (target === 0) next[edge] = fallback;
        else {
          suffix[target] = fallback;
          order[tail++] = target;
        }
      }
    }
    return lists;
  }
}
