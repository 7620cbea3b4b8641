import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/shared/byte-writer.ts';
import { EditedColumns } from '../../src/shared/edited-columns.ts';
import { ColumnNames, Renames } from '../../src/shared/name-plans.ts';
import type { RowBytes } from '../../src/shared/row-bytes.ts';

/** A row of columns whose values are their names in upper case. A name's hash is its length, so that many names have one. */
function rowOf(...names: readonly string[]): RowBytes {
  const members = names.map((name) => `"${name}":"${name.toUpperCase()}"`);
  const text = `{${members.join(',')}}`;
  const hashes = Int32Array.from(names, ({ length }) => length);
  const startOf = (column: number) => text.indexOf(members[column] ?? '');
  return {
    page: Buffer.from(text),
    view: new DataView(new TextEncoder().encode(text).buffer),
    from: 0,
    to: text.length,
    propertiesFrom: 0,
    propertiesTo: text.length,
    count: names.length,
    hashes: () => hashes,
    hashOfNames: hashes.reduce((sum, hash) => sum + hash, 0),
    hasHashes: (other) => String(other) === String(hashes),
    hasHashOf: (name) => hashes.includes(name.length),
    isNamed: (column, name) => names[column] === name,
    find: (name) => names.indexOf(name),
    name: (column) => names[column] ?? '',
    textLength: () => -1,
    value: (column) => (names[column] ?? '').toUpperCase(),
    columnStart: startOf,
    valueStart: (column) => startOf(column) + (names[column] ?? '').length + 3,
    columnEnd: (column) => startOf(column) + (members[column] ?? '').length,
    envelope: () => undefined,
  };
}

function written(columns: EditedColumns): unknown {
  const writer = new ByteWriter();
  columns.write(writer);
  return JSON.parse(Buffer.from(writer.slice()).toString());
}

const changed = (change: (columns: EditedColumns) => void, ...names: readonly string[]): unknown => {
  const columns = new EditedColumns(rowOf(...names));
  change(columns);
  return written(columns);
};

describe('a change by names that was made to a row before', () => {
  it('is not made to other names of the same hashes', () => {
    const renames = new Renames(new Map([['ab', 'x']]));
    const rename = (...names: readonly string[]) => changed((columns) => columns.rename(renames), ...names);
    expect(rename('ab', 'abc')).toEqual({ x: 'AB', abc: 'ABC' });
    expect(rename('cd', 'abc')).toEqual({ cd: 'CD', abc: 'ABC' });
    expect(rename('ab', 'xyz')).toEqual({ x: 'AB', xyz: 'XYZ' });
  });

  it('is made again to the same name only, whichever of its characters another name has different', () => {
    for (let length = 1; length <= 40; length++) {
      const name = 'n'.repeat(length);
      const names = new ColumnNames(new Set([name]));
      const remove = (column: string) => changed((row) => row.remove(names), column);
      expect([remove(name), remove(name)]).toEqual([{}, {}]);
      for (let at = 0; at < length; at++) {
        const other = `${name.slice(0, at)}o${name.slice(at + 1)}`;
        expect(remove(other)).toEqual({ [other]: other.toUpperCase() });
      }
      expect(remove(name)).toEqual({});
    }
  });

  it('is found again where a row without the names came first', () => {
    const names = new ColumnNames(new Set(['ab', 'cd']));
    const keep = (...columns: readonly string[]) => changed((row) => row.keep(names), ...columns);
    const remove = (...columns: readonly string[]) => changed((row) => row.remove(names), ...columns);
    expect([keep('ef', 'a'), keep('ab', 'a'), keep('cd', 'a')]).toEqual([{}, { ab: 'AB' }, { cd: 'CD' }]);
    const all = [remove('ef', 'a'), remove('ab', 'a'), remove('cd', 'a')];
    expect(all).toEqual([{ ef: 'EF', a: 'A' }, { a: 'A' }, { a: 'A' }]);
  });

  it('is told apart for rows with as many columns', () => {
    const names = new ColumnNames(new Set(['abc']));
    const remove = (...columns: readonly string[]) => changed((row) => row.remove(names), ...columns);
    expect(remove('a', 'abc')).toEqual({ a: 'A' });
    expect(remove('abc', 'a')).toEqual({ a: 'A' });
    expect(remove('ab', 'cd')).toEqual({ ab: 'AB', cd: 'CD' });
  });

  it('is right for more orders of columns than are cached, and for those that come again', () => {
    const names = new ColumnNames(new Set(['gone']));
    const remove = (...columns: readonly string[]) => changed((row) => row.remove(names), ...columns);
    for (const round of [1, 2])
      for (let n = 1; n <= 200; n++) {
        const kept = `${round}${'k'.repeat(n)}`;
        const behind = n % 2 === 0 ? ['gone', kept] : [kept, 'gone'];
        expect(remove(...behind)).toEqual({ [kept]: kept.toUpperCase() });
      }
  });

  it('does not change the next row when this one is changed further', () => {
    const renames = new Renames(new Map([['ab', 'x']]));
    const first = (columns: EditedColumns) => {
      columns.rename(renames);
      columns.set('x', 'set');
      columns.rename(
        new Renames(
          new Map([
            ['x', 'y'],
            ['abc', 'z'],
          ]),
        ),
      );
    };
    expect(changed(first, 'ab', 'abc')).toEqual({ y: 'set', z: 'ABC' });
    expect(changed(first, 'ab', 'abc')).toEqual({ y: 'set', z: 'ABC' });
    expect(changed((columns) => columns.rename(renames), 'ab', 'abc')).toEqual({ x: 'AB', abc: 'ABC' });
  });
});
