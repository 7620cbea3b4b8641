import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from '../../src/diagnostics/nearest.ts';

describe('nearest', () => {
  const columns = ['FileName', 'FolderPath', 'FileSize', 'ProcessCommandLine', 'SHA1', 'SHA256'];

  it('finds a misspelled, a swapped and a wrongly cased name', () => {
    expect(nearest('FielName', columns)).toEqual(['FileName']);
    expect(nearest('filename', columns)).toEqual(['FileName']);
    expect(nearest('ProcesCommandline', columns)).toEqual(['ProcessCommandLine']);
  });

  it('gives the nearest first, at most as many as asked', () => {
    expect(nearest('FileNam', columns)).toEqual(['FileName']);
    expect(nearest('SHA2', ['SHA1', 'SHA22', 'SHA25', 'SHA256'], 2)).toEqual(['SHA1', 'SHA22']);
  });

  it('finds nothing where nothing is near', () => {
    expect(nearest('AccountUpn', columns)).toEqual([]);
    expect(nearest('', columns)).toEqual([]);
    expect(nearest('x'.repeat(5000), ['x'.repeat(5001)])).toEqual([]);
  });

  it('finds any name after one edit', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,20}$/), fc.nat(), (name, seed) => {
        const at = seed % name.length;
        const edited = `${name.slice(0, at)}9${name.slice(at + 1)}`;
        expect(nearest(edited, [name])).toEqual([name]);
      }),
    );
  });

  it('makes a question of it', () => {
    expect(didYouMean('SHA2', ['SHA1', 'SHA256x'])).toBe('did you mean "SHA1"?');
    expect(didYouMean('abcx', ['abc', 'abcd', 'abce'])).toBe('did you mean "abc", "abcd" or "abce"?');
    expect(didYouMean('zzz', columns)).toBeUndefined();
  });
});
