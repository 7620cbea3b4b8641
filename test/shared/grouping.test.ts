/** What declarations of grouping mean alone and together. */
import { describe, expect, it } from 'vitest';
import { declaredGrouping, groupingConflict, mergedGrouping } from '../../src/shared/grouping.ts';

describe('one declaration', () => {
  it('says only what it says', () => {
    expect(declaredGrouping({})).toBeUndefined();
    expect(declaredGrouping({ group_by: 'DeviceName' })).toEqual({ by: ['DeviceName'] });
    expect(declaredGrouping({ group_by: ['A', 'B', 'A'], window: 5, repeat: 2 })).toEqual({
      by: ['A', 'B'],
      windowMs: 5,
      repeatMs: 2,
    });
    expect(declaredGrouping({ grouping: 'off' })).toBe('off');
    expect(declaredGrouping({ grouping: false })).toBe('off');
  });

  it('must not contradict itself', () => {
    expect(groupingConflict({ window: 60, repeat: 60 })).toBeUndefined();
    expect(groupingConflict({ window: 60, repeat: 61 })?.key).toBe('repeat');
    expect(groupingConflict({ grouping: 'off' })).toBeUndefined();
    expect(groupingConflict({ grouping: 'off', window: 60 })?.key).toBe('grouping');
  });
});

describe('several declarations, the nearest first', () => {
  it('are merged key by key', () => {
    expect(mergedGrouping([undefined, undefined])).toBeUndefined();
    expect(
      mergedGrouping([{ windowMs: 1 }, { windowMs: 2, repeatMs: 3 }, { by: ['A'], repeatMs: 4 }]),
    ).toEqual({
      windowMs: 1,
      repeatMs: 3,
      by: ['A'],
    });
  });

  it('end at an "off", which holds only where nothing nearer groups', () => {
    expect(mergedGrouping(['off', { windowMs: 2 }])).toBe('off');
    expect(mergedGrouping([undefined, 'off'])).toBe('off');
    expect(mergedGrouping([{ windowMs: 1 }, 'off', { repeatMs: 3 }])).toEqual({ windowMs: 1 });
  });
});
