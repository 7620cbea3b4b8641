/**
 * Searches by regular expression, with a bound on their work. re2js takes linear time, but knows no budget: a search is run here
 * step by step over the automaton that it builds. test/rules/regex/engine.test.ts holds the two against one another.
 */
import { RE2JS } from 're2js';
import { type Allowance, SHORT, type Work, windowsOf } from '../work.ts';

/** What re2js keeps of a deterministic automaton: it is built while it runs, state by state. */
interface LazyDfa {
  stateBudget: number;
  memBudget: number;
  readonly numClasses: number;
  readonly latin1Class: Int32Array;
  runeClass(rune: number): number;
  clearCache(): void;
  resetCache(current: DfaState): DfaState | null;
  start(input: typeof TEXT_START, at: number): DfaState | null;
  step(state: DfaState, runeClass: number, rune: number, anchor: number): DfaState | null;
}

interface DfaState {
  readonly nfaStates: readonly number[];
  readonly isMatch: boolean;
  readonly next: readonly (DfaState | null)[] | null;
}

/** The place a search starts at, as the automaton asks for it: the beginning of the string. */
const TEXT_START = { context: () => 4, step: () => -8 };
const UNANCHORED = 0;
const END_OF_TEXT = -1;

/** Nanoseconds, measured with bench/rules/hostile.ts. */
const COST = {
  /** The worst case of one instruction on one unit of text: states that are worked out, and then the engine without states. */
  instruction: 45,
  /** A step along a transition that is known. */
  step: 9.5,
  /** A transition that has to be worked out: so much, and so much for each instruction of its state. */
  transition: 1_500,
  transitionInstruction: 150,
} as const;
/** Longest search, in the worst case, that is run without counting. Nanoseconds. */
const QUICK_NS = 1_000_000;
/** Most that one search may spend on working out transitions: a pattern that explodes must leave the others something. */
const TRANSITIONS_NS = 10_000_000;
/** Bytes of states that one pattern keeps between searches, as re2js counts them. */
const KEPT_STATES = 262_144;
const COUNTED_STATES = 2_097_152;

/** A pattern that is searched for with a bound on the work. Linear time; the same text always gets the same answer. */
export class Regex {
  readonly #engine: RE2JS;
  readonly #worst: number;
  readonly #isEndBeforeNewline: boolean;
  #warm: LazyDfa | undefined;
  #counted: LazyDfa | undefined;

  /**
   * @param options.isEndBeforeNewline a `$` of the pattern also stands before a newline that ends the string, as in PCRE and Python; RE2's does
   * not. The pattern is then looked for in the string without it as well.
   */
  constructor(engine: RE2JS, { isEndBeforeNewline = false } = {}) {
    this.#engine = engine;
    this.#isEndBeforeNewline = isEndBeforeNewline;
    this.#worst = COST.instruction * engine.programSize();
  }

  /**
   * Whether the pattern is found in a string. Where the work that is left does not suffice, only the string's beginning is
   * searched, `work.cut()` is called, and the answer is for that part.
   */
  test(text: string, work: Work): boolean {
    if (this.#isFound(text, work)) return true;
    return this.#isEndBeforeNewline && text.endsWith('\n') && this.#isFound(text.slice(0, -1), work);
  }

  #isFound(text: string, work: Work): boolean {
    const worst = text.length * this.#worst;
    if (worst <= QUICK_NS && work.take('quick', worst)) {
      this.#warm ??= dfaOf(this.#engine, KEPT_STATES);
      return this.#engine.test(text);
    }
    if (text.length <= SHORT) return this.#count(text, work, 'short');
    if (work.left('long') > WORTHWHILE_NS) return this.#count(text, work, 'long');
    work.cut();
    return this.#count(windowsOf(text), work, 'short');
  }

  #count(text: string, work: Work, allowance: Allowance): boolean {
    const found = this.find(text, work, allowance);
    if (found === undefined) work.cut();
    return found === true;
  }

  /** Whether the pattern is found; undefined where the allowance does not suffice to tell. */
  find(text: string, work: Work, allowance: Allowance): boolean | undefined {
    this.#counted ??= dfaOf(RE2JS.compile(this.#engine.pattern(), this.#engine.flags()), COUNTED_STATES);
    // The automaton begins anew, so that what was searched before does not change what this search may find.
    const { found, spent } = search(this.#counted, text, work.left(allowance));
    work.book(allowance, spent);
    return found;
  }
}

/** Less is not worth a search of a long string. */
const WORTHWHILE_NS = 100_000;

function dfaOf(engine: RE2JS, budget: number): LazyDfa {
  const dfa: LazyDfa = engine.re2().dfa;
  dfa.stateBudget = budget;
  dfa.memBudget = budget;
  return dfa;
}

/** Searches a string as far as the work allows; `found` is undefined where that was not to the end. */
function search(
  dfa: LazyDfa,
  text: string,
  allowed: number,
): { readonly found: boolean | undefined; readonly spent: number } {
  dfa.clearCache();
  let state = dfa.start(TEXT_START, 0);
  let transitions = 0;
  let at = 0;
  const end = (found: boolean | undefined) => {
    dfa.clearCache();
    return { found, spent: transitions + at * COST.step };
  };
  const mostTransitions = Math.min(TRANSITIONS_NS, allowed);
  const mostUnits = Math.min(text.length, Math.floor(allowed / COST.step));
  while (state !== null) {
    const atEnd = at >= text.length;
    if (!atEnd && (at >= mostUnits || at * COST.step + transitions > allowed)) return end(undefined);
    const rune = atEnd ? END_OF_TEXT : (text.codePointAt(at) ?? 0);
    const runeClass = classOf(dfa, rune);
    let next: DfaState | null = state.next?.[runeClass] ?? null;
    if (next === null) {
      transitions += transitionCost(dfa, state);
      if (transitions > mostTransitions) return end(undefined);
      next = step(dfa, state, runeClass, rune);
    }
    state = next;
    if (state?.isMatch) return end(true);
    if (atEnd) return end(false);
    at += rune > 0xffff ? 2 : 1;
  }
  // Not even one state fits into the memory that a pattern may take.
  return end(undefined);
}

/** The automaton's class of a code point, or of the string's end. */
function classOf(dfa: LazyDfa, rune: number): number {
  if (rune === END_OF_TEXT) return dfa.numClasses;
  return rune < 256 ? (dfa.latin1Class[rune] ?? 0) : dfa.runeClass(rune);
}

/** What working out a transition from a state takes. */
function transitionCost({ numClasses }: LazyDfa, { nfaStates, next }: DfaState): number {
  const known = COST.transition + COST.transitionInstruction * nfaStates.length;
  return next === null ? known + 2 * numClasses : known;
}

/** Works out a transition; where the states fill the memory, all but the current one are forgotten. */
function step(dfa: LazyDfa, state: DfaState, runeClass: number, rune: number): DfaState | null {
  const next = dfa.step(state, runeClass, rune, UNANCHORED);
  if (next !== null) return next;
  const restored = dfa.resetCache(state);
  return restored === null ? null : dfa.step(restored, runeClass, rune, UNANCHORED);
}
