/** Shares tests that many rules of a table have in common, so that each runs once per row. */
import type { List } from '../../lists/list.ts';
import type { FieldSource, ValueTest } from '../language/expression.ts';
import type { Predicate } from './predicates.ts';
import { compileTests } from './tests.ts';

/** The greatest number of a row whose stamp fits into 32 bits. */
const LAST_ROUND = 2 ** 31 - 1;

/**
 * Makes functions for tests of fields. Equal tests share one function, which remembers its answer until the next row. Nothing is allocated
 * per row, because an answer is stored as the row's number and a bit.
 */
export class SharedTests {
  readonly #known = new Map<FieldSource, Map<string, Predicate>>();
  /** Numbers that stand for lists in keys. */
  readonly #lists = new Map<List, number>();
  #answers = new Uint32Array(256);
  #count = 0;
  #round = 1;

  /** Invalidates the answers for the last row. */
  nextRow(): void {
    this.#round += 1;
    if (this.#round < LAST_ROUND) return;
    this.#answers.fill(0);
    this.#round = 1;
  }

  compile(source: FieldSource, tests: readonly ValueTest[]): Predicate {
    const key = this.#keyOf(tests);
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

  /** A key that is equal for equal tests; undefined if a test contains something that cannot be compared. */
  #keyOf(tests: readonly ValueTest[]): string | undefined {
    return keyOf(tests, (list) => {
      const known = this.#lists.get(list) ?? this.#lists.size;
      this.#lists.set(list, known);
      return known;
    });
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
      // An answer from only part of a string is not stored, so that the test runs again for the next rule and records the cut for it too.
      if (record.work.cuts === cuts) this.#answers[id] = this.#round * 2 + (found ? 1 : 0);
      return found;
    };
  }
}

/** Whether tests are so quick, such as comparing the end of a string, that looking up an answer would not be faster. */
function areQuick(tests: readonly ValueTest[]): boolean {
  const [only] = tests;
  if (tests.length !== 1 || !only) return false;
  return only.kind === 'null' || only.kind === 'exists' || (only.kind === 'text' && only.mode !== 'contains');
}

function keyOf(tests: readonly ValueTest[], numberOf: (list: List) => number): string | undefined {
  const parts: string[] = [];
  for (const test of tests) {
    switch (test.kind) {
      case 'text':
        parts.push(`${test.mode} ${test.cased} ${test.literal.length} ${test.literal}`);
        break;
      case 'wildcard':
        parts.push(JSON.stringify([test.cased, test.tokens]));
        break;
      case 'list':
        parts.push(`list ${numberOf(test.list)}`);
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
