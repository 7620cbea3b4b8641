/** The cost of a regular expression: the size of the program that it compiles to, and the limits for rule files. */

/**
 * The number of instructions in a compiled pattern at which `rules check` warns. Measured with bench/rules/hostile.ts: on a string
 * built to be slow the engine takes about 15 ns per instruction and character, so 1,000 instructions take 15 µs per character.
 */
const COSTLY = 1_000;
/** The number of instructions at which a pattern is refused: 60 µs per character, a quarter of a second for a long command line. */
export const TOO_COSTLY = 4_000;

export interface CostFinding {
  readonly severity: 'warning' | 'error';
  readonly code: 'costly-regex';
  readonly message: string;
  readonly hint: string;
}

/** The finding for a pattern that compiles to this number of instructions; undefined if it is cheap enough. */
export function judgeCost(instructions: number): CostFinding | undefined {
  if (instructions < COSTLY) return undefined;
  const refused = instructions >= TOO_COSTLY;
  const steps = instructions.toLocaleString('en');
  return {
    severity: refused ? 'error' : 'warning',
    code: 'costly-regex',
    message: refused
      ? `the regular expression takes ${steps} steps for each character; the limit is ${TOO_COSTLY.toLocaleString('en')}`
      : `the regular expression takes up to ${steps} steps for each character: of a long value only a part may be searched`,
    hint: 'a counted repeat such as .{500} costs as many steps as it counts, and nested ones multiply: use * or +, or a smaller count',
  };
}

/**
 * Estimates the number of instructions of a pattern without compiling it: atoms times the counts of the repeats around them. So a
 * pattern of a few kilobytes that would compile to hundreds of thousands of instructions is refused early. Never throws; the
 * estimate is too low rather than too high.
 */
export function estimateCost(source: string): number {
  const open: number[] = [];
  /** The instructions of the innermost open group, and of its last atom. */
  let sum = 0;
  let last = 0;
  const add = (cost: number): void => {
    sum += cost;
    last = cost;
  };
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '\\') {
      at++;
      add(1);
    } else if (character === '[') {
      at = classEnd(source, at);
      add(1);
    } else if (character === '(') {
      open.push(sum);
      sum = 0;
      last = 0;
    } else if (character === ')') {
      const inner = sum;
      sum = open.pop() ?? 0;
      add(inner);
    } else if (character === '{') {
      const repeat = /^\{(\d{1,4})(?:,(\d{0,4}))?\}/.exec(source.slice(at, at + 12));
      if (!repeat) {
        add(1);
        continue;
      }
      const times = Math.max(Number(repeat[1]), Number(repeat[2] ?? 0));
      sum += last * (times - 1);
      last *= times;
      at += repeat[0].length - 1;
    } else if (!/[?*+|^$]/.test(character)) add(1);
  }
  return open.reduce((total, outer) => total + outer, sum);
}

/** The position of the `]` that closes the class at `open`. */
export function classEnd(source: string, open: number): number {
  let at = open + 1;
  if (source.charAt(at) === '^') at++;
  if (source.charAt(at) === ']') at++;
  for (; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '\\') at++;
    else if (character === '[' && source.charAt(at + 1) === ':')
      at = source.indexOf(':]', at) + 1 || source.length;
    else if (character === ']') return at;
  }
  return source.length;
}
