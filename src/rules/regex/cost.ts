/** What a regular expression costs: the size of the program it compiles to, and the limits rule files are held to. */

/**
 * Instructions of a compiled pattern from which `rules check` warns. Measured with bench/rules/hostile.ts: on a string made against
 * the pattern the engine takes about 15 ns for each instruction and character, so 1,000 of them take 15 µs a character.
 */
const COSTLY = 1_000;
/** Instructions of a compiled pattern from which it is refused: 60 µs a character, a quarter of a second for a long command line. */
export const TOO_COSTLY = 4_000;

export interface CostFinding {
  readonly severity: 'warning' | 'error';
  readonly code: 'costly-regex';
  readonly message: string;
  readonly hint: string;
}

/** What to say of a pattern that compiles to so many instructions; undefined where it is cheap enough. */
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
 * Roughly the instructions of a pattern, without compiling it: atoms times the counts of the repeats around them. Lets a
 * pattern of some kilobytes be refused that would compile to hundreds of thousands. Never throws; errs on the low side.
 */
export function estimateCost(source: string): number {
  const open: number[] = [];
  /** Instructions of the group that is open, and of its last atom. */
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
