/** Writes keywords in KQL, which are looked for in every column of a row. */
import type { ValueTest } from '../sigma/language/expression.ts';
import { anyOf, atom, type Condition } from './condition.ts';
import { type KqlScope, Unconvertible } from './scope.ts';
import { hasNoOtherCase, literalOf } from './text-tests.ts';

/** A keyword that every row may hold is found in the text of each column. Throws Unconvertible for other tests than plain parts. */
export function keywordTests(tests: readonly ValueTest[], scope: KqlScope): Condition {
  scope.note(
    'kql-keyword',
    'Kusto searches each column as one text: a keyword is not found across the escapes of JSON',
  );
  return anyOf(
    tests.map((test) => {
      if (test.kind !== 'text' || test.mode !== 'contains' || test.cased || !hasNoOtherCase(test.literal)) {
        throw new Unconvertible(
          'a keyword can only be looked for as a part of a string, in ASCII and in any letter case',
        );
      }
      return atom(`* contains ${literalOf(test.literal)}`);
    }),
  );
}
