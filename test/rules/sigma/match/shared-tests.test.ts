/** Tests that rules share: one function for equal ones, one answer for a row, and none that was found in part only. */
import { describe, expect, it } from 'vitest';
import type { List } from '../../../../src/rules/lists/list.ts';
import type { ValueTest } from '../../../../src/rules/sigma/language/expression.ts';
import { SharedTests } from '../../../../src/rules/sigma/match/shared-tests.ts';
import { Work } from '../../../../src/rules/work.ts';
import { sources, view } from '../support.ts';

const listOf = (name: string): List => ({
  name,
  type: 'text',
  size: 1,
  columns: [],
  find: () => 0,
  valueAt: () => undefined,
  keys: () => ['value'],
});
const within = (literal: string): ValueTest => ({ kind: 'text', mode: 'contains', literal, cased: false });
const source = sources.column('SharedText');

describe('SharedTests', () => {
  it('gives one function for equal tests of a source, and others for others', () => {
    const shared = new SharedTests();
    const one = shared.compile(source, [within('ab'), within('cd')]);
    expect(shared.compile(source, [within('ab'), within('cd')])).toBe(one);
    expect(shared.compile(source, [within('ab')])).not.toBe(one);
    expect(shared.compile(source, [{ ...within('ab'), cased: true } as ValueTest, within('cd')])).not.toBe(
      one,
    );
    expect(shared.compile(sources.column('Other'), [within('ab'), within('cd')])).not.toBe(one);
  });

  it('asks once for a row, and anew for the next', () => {
    const shared = new SharedTests();
    const test = shared.compile(source, [within('ab'), within('cd')]);
    const record = view({ SharedText: 'xABx' });
    let asked = 0;
    const { folded } = record;
    record.folded = (of) => {
      asked += 1;
      return folded.call(record, of);
    };
    expect([test(record), test(record), asked]).toEqual([true, true, 1]);
    shared.nextRow();
    expect([test(view({ SharedText: 'x' })), asked]).toEqual([false, 1]);
    shared.nextRow();
    expect([test(record), asked]).toEqual([true, 2]);
  });

  it('looks a value up in a list once for a row, however many rules ask', () => {
    const shared = new SharedTests();
    const looked: string[] = [];
    const listTest = (list: List): ValueTest => ({
      kind: 'list',
      list,
      isAddress: false,
      has: (text) => looked.push(`${list.name} ${text}`) > 0,
    });
    const [one, other] = [listOf('one'), listOf('other')];
    const tests = [one, one, other, listOf('one')].map((list) => shared.compile(source, [listTest(list)]));
    const record = view({ SharedText: 'value' });
    for (const test of tests) expect(test(record)).toBe(true);
    // Another list of the same name may hold other keys.
    expect(looked).toEqual(['one value', 'other value', 'one value']);
    shared.nextRow();
    expect(tests[0]?.(record)).toBe(true);
    expect(looked).toHaveLength(4);
  });

  it('does not keep what was found in a part of a string', () => {
    const work = new Work();
    work.book('long', work.left('long'));
    const shared = new SharedTests();
    const test = shared.compile(source, [within('ab'), within('cd')]);
    const record = view({ SharedText: 'x'.repeat(100_000) }, work);
    expect(test(record)).toBe(false);
    const { cuts } = work;
    expect(cuts).toBeGreaterThan(0);
    work.subject = 'another rule';
    expect(test(record)).toBe(false);
    expect([...work.cutFor]).toContain('another rule');
  });
});
