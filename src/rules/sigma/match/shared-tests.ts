/** Tests that many rules of a table have in common: each is run once for a row. */
import type { FieldSource, ValueTest } from '../language/expression.ts';
import type { Predicate } from './predicates.ts';
import { compileTests } from './tests.ts';

/** Beyond this a stamp of 32 bits would be one that was given before. */
const LAST_ROUND = 2 ** 31 - 1;

/**
 * Hands out functions for tests of fields: one for equal tests, which remembers its answer until the next row. Nothing is
 * allocated for a row: an answer is the row's number and a bit.
 */
export class SharedTests {
  readonly #known = new Map<FieldSource, Map<string, Predicate>>();
  #answers = new Uint32Array(256);
  #count = 0;
  #round = 1;

  /** What was answered for the last row is forgotten. */
  nextRow(): void {
    this.#round += 1;
    if (this.#round < LAST_ROUND) return;
    this.#answers.fill(0);
    this.#round = 1;
  }

  compile(source: FieldSource, tests: readonly ValueTest[]): Predicate {
    const key = keyOf(tests);
    if (key === undefined) return compileTests(source, tests);
    let ofSource = this.#known.get(source);
    if (!ofSource) {
      ofSource = new Map();
      this.#known.set(source, ofSource);
    }
    const known = ofSource.get(key);
    if (known) return known;
    const made = compileTests(source, tests);
    const predicate = areQuick(tests) ? made : this.#remember(made);
    ofSource.set(key, predicate);
    return predicate;
  }

  #remember(predicate: Predicate): Predicate {
    const id = this.#count++;
    if (id >= this.#answers.length) {
      const more = new Uint32Array(2 * this.#answers.length);
      more.set(this.#answers);
      this.#answers = more;
    }
    return (record) => {
      const answer = this.#answers[id] as number;
      if (answer >>> 1 === this.#round) return (answer & 1) === 1;
      const { cuts } = record.work;
      const found = predicate(record);
      // Whoever asks for what was looked at in part only must be told so: it is asked again.
      if (record.work.cuts === cuts) this.#answers[id] = this.#round * 2 + (found ? 1 : 0);
      return found;
    };
  }
}

/** Comparing an end of a string takes no longer than looking the answer up. */
function areQuick(tests: readonly ValueTest[]): boolean {
  const [only] = tests;
  if (tests.length !== 1 || !only) return false;
  return only.kind === 'null' || only.kind === 'exists' || (only.kind === 'text' && only.mode !== 'contains');
}

/** Equal for equal tests; undefined where a test cannot be told from another by what it says. */
function keyOf(tests: readonly ValueTest[]): string | undefined {
  const parts: string[] = [];
  for (const test of tests) {
    switch (test.kind) {
      case 'text':
        parts.push(`${test.mode} ${test.cased} ${test.literal.length} ${test.literal}`);
        break;
      case 'wildcard':
        parts.push(JSON.stringify([test.cased, test.tokens]));
        break;
      case 'null':
      case 'exists':
        parts.push(test.kind);
        break;
      default:
        return undefined;
    }
  }
  return parts.join();
}
