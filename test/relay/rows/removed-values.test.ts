/** An alert names no value that the steps of a table file took out of the row, and all others. */
import { describe, expect, it } from 'vitest';
import { forwardedTest, withoutRemoved } from '../../../src/relay/rows/removed-values.ts';
import type { MatchedValue, Row } from '../../../src/shared/event.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';

const REMOVED = '(removed by the table file)';

/** What an alert says that a rule saw, where the steps made `after` of `before`. */
function shown(
  before: JsonObject,
  after: JsonObject,
  ...matched: readonly MatchedValue[]
): readonly JsonValue[] {
  const row: Row = {
    id: 'i',
    table: 'DeviceProcessEvents',
    properties: before,
    envelope: {},
    text: undefined,
    source: { blob: 'c/b', offset: 0 },
  };
  const rule = withoutRemoved({ title: 't', matched }, forwardedTest(row, { event: after }));
  return rule.matched?.map(({ value }) => value) ?? [];
}

const time = '2026-11-25T10:07:00Z';

describe('a value that a step removed', () => {
  it.each<[string, JsonObject, JsonObject, MatchedValue]>([
    ['has digits of another column', { time, pid: 7 }, { time }, { column: 'pid', value: 7 }],
    [
      'is part of another text',
      { who: 'bob', file: 'bobcat.exe' },
      { file: 'bobcat.exe' },
      { column: 'who', value: 'bob' },
    ],
    [
      'stands in another column too',
      { who: 'bob', by: 'bob' },
      { by: 'bob' },
      { column: 'who', value: 'bob' },
    ],
    [
      'was in JSON',
      { f: { a: { b: 's' } }, x: 's' },
      { f: { a: {} }, x: 's' },
      { column: 'f.a.b', value: 's' },
    ],
    ['has an alias of a correlation', { who: 'bob' }, { who: 'x' }, { column: 'alias', value: 'bob' }],
    ['is a list', { l: ['a', 'b'] }, { l: ['a'] }, { column: 'l', value: ['a', 'b'] }],
  ])('is not shown where it %s', (_, before, after, matched) => {
    expect(shown(before, after, matched)).toEqual([REMOVED]);
  });
});

describe('a value that still stands', () => {
  it.each<[string, JsonObject, JsonObject, MatchedValue]>([
    ['in its column', { who: 'Bob', x: 1 }, { who: 'Bob' }, { column: 'who', value: 'bob' }],
    ['in a renamed column', { pid: 7, x: 1 }, { id: 7, x: 1 }, { column: 'pid', value: 7 }],
    ['in a column that swapped names', { a: 1, b: 2 }, { a: 2, b: 1 }, { column: 'a', value: 1 }],
    [
      'in text that holds JSON',
      { f: '{"a":{"b":"s"}}', x: 1 },
      { f: '{"a":{"b":"s"}}' },
      { column: 'f.a.b', value: 's' },
    ],
    ['as what a correlation counted', { who: 'bob' }, {}, { column: 'count', value: 12 }],
    ['as a list', { l: ['a', 1], x: 1 }, { l: ['a', 1] }, { column: 'l', value: ['a', 1] }],
  ])('is shown: %s', (_, before, after, matched) => {
    expect(shown(before, after, matched)).toEqual([matched.value]);
  });
});

it('text that nests as deep as it is long stops nothing', () => {
  const f = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(shown({ f, who: 'bob' }, { f }, { column: 'f', value: f }, { column: 'who', value: 'bob' })).toEqual(
    [f, REMOVED],
  );
});
