import { expect, it } from 'vitest';
import { addEach, increment } from '../../src/shared/counts.ts';

it('a count begins at 0 and is raised', () => {
  const counts = new Map<string, number>();
  increment(counts, 'a');
  increment(counts, 'a', 2);
  expect([...counts]).toEqual([['a', 3]]);
});

it('sets of counts are added by name, and nothing else is taken over', () => {
  const zero = { rows: 0, bytes: 0 };
  const line = { table: 'T', rows: 1, bytes: 10 };
  expect(addEach(zero, line, { rows: 2, bytes: 5 })).toEqual({ rows: 3, bytes: 15 });
  expect(zero).toEqual({ rows: 0, bytes: 0 });
});
