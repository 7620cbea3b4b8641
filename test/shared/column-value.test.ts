/** Columns of alerts by name and path. */
import { describe, expect, it } from 'vitest';
import { columnOf } from '../../src/shared/column-value.ts';

const event = {
  DeviceName: 'pc-1',
  'a.b': 'whole name',
  a: { b: 'inside', c: [1] },
  AdditionalFields: '{"Name":"x","Deep":{"er":"y"}}',
  Text: 'no JSON',
};
const rule = {
  matched: [
    { column: 'User', value: 'bob' },
    { column: 'DeviceName', value: 'other' },
    { column: 'count', value: 5 },
  ],
};

describe('a column of an alert', () => {
  it.each([
    ['DeviceName', 'pc-1'],
    ['a.b', 'whole name'],
    ['a.c', [1]],
    ['AdditionalFields.Name', 'x'],
    ['AdditionalFields.Deep.er', 'y'],
    ['User', 'bob'],
    ['count', 5],
    ['Text.x', undefined],
    ['toString', undefined],
    ['a.__proto__', undefined],
    ['a.c.0', undefined],
    ['Nothing', undefined],
  ])('%s', (path, value) => {
    expect(columnOf({ event, rule }, path)).toEqual(value);
  });

  it('is not looked for in text that is too long or too deep', () => {
    const long = { F: JSON.stringify({ a: 'x'.repeat(70_000) }) };
    expect(columnOf({ event: long }, 'F.a')).toBeUndefined();
    expect(columnOf({ event: { F: '{"a":' } }, 'F.a')).toBeUndefined();
    expect(columnOf({ event: {} }, 'a.'.repeat(500))).toBeUndefined();
  });
});
