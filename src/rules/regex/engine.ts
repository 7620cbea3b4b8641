/**
 * Searches strings by regular expression within a work budget. re2js takes linear time but has no budget, so this file steps
 * through the automaton that re2js builds. test/rules/regex/engine.test.ts checks that both give the same answers.
 */
import { RE2JS } from 're2js';
import { type Allowance, SHORT, type Work, windowsOf } from '../work.ts';
import { hasRun, type Run, runOf, shortestMatch } from './program.ts';

/** The private fields of re2js's deterministic automaton, which re2js builds state by state while it searches. */
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

/** The input position that the automaton expects at the start of a search: the beginning of the string. */
const TEXT_START = { context: () => 4, step: () => -8 };
const UNANCHORED = 0;
const END_OF_TEXT = -1;

/** Costs in nanoseconds, measured with bench/rules/hostile.ts. */
const COST = {
  /** The worst case per instruction and unit of text: re2js computes states until its memory is full, then searches without the automaton. */
  instruction: 45,
  /** A step along a known transition. */
  step: 9.5,
  /** Computing a transition: a fixed part, and a part per instruction of its state. */
  transition: 1_500,
  transitionInstruction: 150,
  /** Counting one unit of a run of one class. */
  run: 20,
} as const;
/** A search whose worst case is within this bound runs without counting. Nanoseconds. */
const QUICK_NS = 1_000_000;
/** What one search may spend on computing transitions, so that a pattern whose states explode leaves work for the other patterns. Nanoseconds. */
const TRANSITIONS_NS = 10_000_000;
/** The bytes of states, as re2js counts them, that a pattern keeps between searches. */
const KEPT_STATES = 262_144;
const COUNTED_STATES = 2_097_152;

/** A pattern whose searches have a work budget. Linear time; equal strings with equal budgets get equal answers. */
export class Regex {
  readonly #engine: RE2JS;
  readonly #worst: number;
  readonly #isEndBeforeNewline: boolean;
  /** The least length of a string that a match fits into, UTF-16 units. */
  readonly #shortest: number;
  readonly #run: Run | undefined;
  #warm: LazyDfa | undefined;
  #counted: LazyDfa | undefined;

  /**
   * @param options.isEndBeforeNewline whether `$` also matches before a newline that ends the string, as in PCRE and Python but
   * not in RE2. The string without that newline is then searched as well.
   */
  constructor(engine: RE2JS, { isEndBeforeNewline = false } = {}) {
    this.#engine = engine;
    this.#isEndBeforeNewline = isEndBeforeNewline;
    this.#run = runOf(engine);
    this.#shortest = shortestMatch(engine);
    this.#worst = this.#run ? COST.run : COST.instruction * engine.programSize();
  }

  /**
   * Whether a string contains a match. If the remaining work does not suffice, only the string's beginning is searched,
   * `work.cut()` is called, and the answer is for that beginning.
   */
  test(text: string, work: Work): boolean {
    if (this.#isFound(text, work)) return true;
    return this.#isEndBeforeNewline && text.endsWith('\n') && this.#isFound(text.slice(0, -1), work);
  }

  #isFound(text: string, work: Work): boolean {
    if (text.length < this.#shortest) return false;
    const worst = text.length * this.#worst;
    if (worst <= QUICK_NS && work.take('quick', worst)) {
      if (this.#run) return hasRun(this.#run, text);
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

  /** Whether a string contains a match; undefined if the allowance does not suffice to decide it. */
  find(text: string, work: Work, allowance: Allowance): boolean | undefined {
    if (this.#run) return work.take(allowance, text.length * COST.run) ? hasRun(this.#run, text) : undefined;
    this.#counted ??= dfaOf(RE2JS.compile(this.#engine.pattern(), this.#engine.flags()), COUNTED_STATES);
    // The search starts without cached states: states left by earlier searches would make it cheaper, and its answer would depend on them.
    const { found, spent } = search(this.#counted, text, work.left(allowance));
    work.book(allowance, spent);
    return found;
  }
}

/** With less work than this left, a long string is not searched at all. */
const WORTHWHILE_NS = 100_000;

function dfaOf(engine: RE2JS, budget: number): LazyDfa {
  const dfa: LazyDfa = engine.re2().dfa;
  dfa.stateBudget = budget;
  dfa.memBudget = budget;
  return dfa;
}

/** Searches a string as far as the work allows; `found` is undefined if the work ended before the string did. */
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
  // The memory limit of a pattern does not hold even one state.
  return end(undefined);
}

/** The automaton's class of a code point, or of the string's end. */
function classOf(dfa: LazyDfa, rune: number): number {
  if (rune === END_OF_TEXT) return dfa.numClasses;
  return rune < 256 ? (dfa.latin1Class[rune] ?? 0) : dfa.runeClass(rune);
}

/** The cost of computing a transition from a state, in nanoseconds. */
function transitionCost({ numClasses }: LazyDfa, { nfaStates, next }: DfaState): number {
  const known = COST.transition + COST.transitionInstruction * nfaStates.length;
  return next === null ? known + 2 * numClasses : known;
}

/** Computes a transition. If the states fill the memory limit, all states but the current one are dropped. */
function step(dfa: LazyDfa, state: DfaState, runeClass: number, rune: number): DfaState | null {
  const next = dfa.step(state, runeClass, rune, UNANCHORED);
  if (next !== null) return next;
  const restored = dfa.resetCache(state);
  return restored === null ? null : dfa.step(restored, runeClass, rune, UNANCHORED);
}
