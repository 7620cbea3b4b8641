/** Facts about a pattern, read from the program that re2js compiles it to: the length of its shortest match, and whether it is one repeated class. */
import type { RE2JS } from 're2js';

/** The operations of re2js's instructions (`Inst` in its source). */
const OP = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  match: 6,
  nop: 7,
  rune: 8,
  rune1: 9,
  runeAny: 10,
  runeAnyNotNewline: 11,
};

/** The fields of an instruction that are read here. */
interface Instruction {
  readonly op: number;
  /** The next instruction. */
  readonly out: number;
  /** The other next instruction of an `alt`. */
  readonly arg: number;
  /** The ranges of code points of a `rune`; a single code point stands for itself and, with a flag, its other letter case. */
  readonly runes: ArrayLike<number>;
}

interface Program {
  readonly start: number;
  readonly inst: readonly Instruction[];
}

/** A pattern that is one class of characters, repeated: `.{200,}`, `\S{40}`. */
export interface Run {
  /** How many code points of the class in a row are a match. */
  readonly length: number;
  /** The ranges of code points that the class holds: first and last in turn. */
  readonly ranges: ArrayLike<number>;
}

const ANY = [0, 0x10ffff];
const ANY_NOT_NEWLINE = [0, 9, 11, 0x10ffff];

function programOf(engine: RE2JS): Program {
  return engine.re2().prog as Program;
}

/** The fewest code points that a match has. */
export function shortestMatch(engine: RE2JS): number {
  const { start, inst } = programOf(engine);
  const seen = new Uint8Array(inst.length);
  let reached = [start];
  for (let length = 0; reached.length > 0; length++) {
    const next: number[] = [];
    while (reached.length > 0) {
      const at = reached.pop() ?? 0;
      const instruction = inst[at];
      if (!instruction || seen[at] === 1) continue;
      seen[at] = 1;
      const { op, out, arg } = instruction;
      if (op === OP.match) return length;
      if (isRune(op)) next.push(out);
      else reached.push(out);
      if (op === OP.alt || op === OP.altMatch) reached.push(arg);
    }
    reached = next;
  }
  // Nothing matches. The engine finds that out, too.
  return 0;
}

function isRune(op: number): boolean {
  return op >= OP.rune && op <= OP.runeAnyNotNewline;
}

/** The class and its count, if the pattern is nothing else. */
export function runOf(engine: RE2JS): Run | undefined {
  const { start, inst } = programOf(engine);
  let ranges: ArrayLike<number> | undefined;
  let last: number | undefined;
  let length = 0;
  for (let at = afterGroups(inst, start); ; ) {
    const instruction = inst[at];
    if (!instruction || length > inst.length) return undefined;
    const { op, out, arg } = instruction;
    if (op === OP.match) return ranges && { length, ranges };
    if (op === OP.alt) {
      // The end of `{n,}` and of `+`: once more, or on.
      const again = afterGroups(inst, out) === last ? arg : out;
      if (last === undefined || (afterGroups(inst, out) !== last && afterGroups(inst, arg) !== last))
        return undefined;
      at = afterGroups(inst, again);
      if (inst[at]?.op !== OP.match) return undefined;
      continue;
    }
    const own = rangesOf(instruction);
    if (!own || (ranges && !areEqual(own, ranges))) return undefined;
    ranges = own;
    last = at;
    length++;
    at = afterGroups(inst, out);
  }
}

function afterGroups(inst: readonly Instruction[], from: number): number {
  let at = from;
  for (let steps = 0; steps < inst.length; steps++) {
    const instruction = inst[at];
    if (!instruction || (instruction.op !== OP.capture && instruction.op !== OP.nop)) return at;
    at = instruction.out;
  }
  return at;
}

function rangesOf({ op, runes }: Instruction): ArrayLike<number> | undefined {
  if (op === OP.runeAny) return ANY;
  if (op === OP.runeAnyNotNewline) return ANY_NOT_NEWLINE;
  return op === OP.rune && runes.length > 1 ? runes : undefined;
}

function areEqual(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Searches a string for a run. */
export function hasRun({ length, ranges }: Run, text: string): boolean {
  let count = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    at += point > 0xffff ? 2 : 1;
    count = isIn(point, ranges) ? count + 1 : 0;
    if (count >= length) return true;
  }
  return false;
}

/** By halves: the ranges are in ascending order. */
function isIn(point: number, ranges: ArrayLike<number>): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (point < (ranges[2 * middle] as number)) high = middle;
    else if (point > (ranges[2 * middle + 1] as number)) low = middle + 1;
    else return true;
  }
  return false;
}
