import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/shared/json.ts';
import { compile } from '../helpers.ts';

const LISTS = {
  'lists/lists.yaml': 'lists: { offices: { type: network }, later: {} }',
  'lists/vips.csv': 'upn,owner,level\nada@x.example,Ann,3\nbob@x.example,,1\n',
  'lists/offices.csv': 'network,site\n10.0.0.0/8,HQ\n10.9.0.0/16,Zürich\n',
};

const file = (step: string) => `table: DeviceLogonEvents\ntransform:\n  - lookup: ${step}\n`;

/** The row behind the step, of those columns that it did not have. */
function added(step: string, row: JsonObject): JsonObject {
  const { evaluate, told } = compile({ ...LISTS, 'DeviceLogonEvents.yaml': file(step) });
  expect(told.filter((one) => one.includes(' error '))).toEqual([]);
  const verdict = evaluate('DeviceLogonEvents', row);
  if (verdict.kind === 'filtered') throw new Error('filtered');
  return Object.fromEntries(
    Object.entries(verdict.event).filter(([name, value]) => !Object.hasOwn(row, name) || row[name] !== value),
  );
}

describe('lookup', () => {
  it('writes constants, columns of the list and variables', () => {
    const step =
      '{ list: vips, key: AccountName, set: { vip: true, owner: owner, risk: 9, why: { value: level }, site: { value: $SITE } } }';
    expect(added(step, { AccountName: 'ADA@x.example' })).toEqual({
      vip: true,
      owner: 'Ann',
      risk: 9,
      why: 'level',
      site: 'zrh',
    });
  });

  it('writes nothing for an empty cell, and nothing where the list does not have the value', () => {
    const step = '{ list: vips, key: AccountName, set: { vip: true, owner: owner } }';
    expect(added(step, { AccountName: 'bob@x.example', owner: 'before' })).toEqual({ vip: true });
    for (const value of ['eve@x.example', '', null, 7, { a: 1 }, [['ada@x.example']]]) {
      expect(added(step, { AccountName: value })).toEqual({});
    }
    expect(added(step, {})).toEqual({});
  });

  it('takes the most specific network, and the first element of an array that the list has', () => {
    const step = '{ list: offices, key: RemoteIP, set: { site: site } }';
    expect(added(step, { RemoteIP: '10.9.1.2' })).toEqual({ site: 'Zürich' });
    expect(added(step, { RemoteIP: ['x', '10.1.1.1', '10.9.1.2'] })).toEqual({ site: 'HQ' });
  });

  it('changes nothing while a declared list has no file', () => {
    expect(added('{ list: later, key: AccountName, set: { x: anything } }', { AccountName: 'a' })).toEqual(
      {},
    );
  });

  it('later steps know the columns that it wrote', () => {
    const text = `${file('{ list: vips, key: AccountName, set: { owner: owner } }')}  - uppercase: owner\n`;
    const { evaluate } = compile({ ...LISTS, 'DeviceLogonEvents.yaml': text });
    expect(evaluate('DeviceLogonEvents', { AccountName: 'ada@x.example' })).toMatchObject({
      event: { owner: 'ANN' },
    });
  });

  it.each([
    [
      '{ list: vip, key: AccountName, set: { a: 1 } }',
      'unknown-list: no list is named "vip" (did you mean "vips"?)',
    ],
    [
      '{ list: vips, key: AccountNam, set: { a: 1 } }',
      'unknown-column: DeviceLogonEvents has no column "AccountNam"',
    ],
    [
      '{ list: vips, key: AccountName, set: { a: ownr } }',
      'unknown-column: the list "vips" has no column "ownr" beside its key (did you mean "owner"? a text that is meant as it is: { value: ownr })',
    ],
    ['{ list: vips, key: AccountName, set: { a: { value: $NOPE } } }', 'unknown-variable'],
    ['{ list: vips, key: AccountName, set: {} }', 'a mapping with at least 1 column'],
    ['{ list: vips, key: AccountName }', 'missing-key'],
    ['{ list: vips, key: AccountName, set: { a: [1] } }', 'error'],
  ])('%s', (step, told) => {
    const found = compile({ ...LISTS, 'DeviceLogonEvents.yaml': file(step) }).told.filter((one) =>
      one.includes(' error '),
    );
    expect(found).toEqual([expect.stringContaining(told)]);
  });
});
