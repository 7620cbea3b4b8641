/** Equal keys in YAML that only the whole parser reads: each is found, in time that is linear in the file. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readYaml } from '../../../src/diagnostics/yaml/read.ts';
import { runs } from '../../support/runs.ts';

const KIND = { characters: 1_048_576, documents: 10, starter: '' };

const found = (text: string) =>
  readYaml({ path: 'a', text }, KIND).documents.flatMap(({ diagnostics, unreadable }) =>
    diagnostics.map(({ code, span }) => `${span.line}:${span.column}+${span.length} ${code} ${unreadable}`),
  );

afterEach(() => {
  vi.restoreAllMocks();
});

describe('equal keys', () => {
  it.each([
    ['a: &x 1\na: 2\nb: 3\na: 4', ['2:1+1 duplicate-key false', '4:1+1 duplicate-key false']],
    ['z: &x { a: 1, "a": 2 }', ['1:15+3 duplicate-key false']],
    // The data has texts as keys.
    ['z: &x 1\n1: a\n"1": b', ['3:1+3 duplicate-key false']],
    ['~: a\n"": b', ['2:1+2 duplicate-key false']],
    ['z: { ~: a, "": b }', ['1:12+2 duplicate-key false']],
    ['z: &x { a: 1 }\ny: { a: 1 }', []],
    ['a: &x 1\n---\na: 1', []],
    ['a: &x 1\nb: "\\q"\na: 1', ['2:5+1 yaml-syntax true', '3:1+1 duplicate-key true']],
    ['z: !!omap [a: 1, a: 2]', ['1:4+6 yaml-syntax true']],
    ['%YAML 1.1\n---\nz: !!omap [a: 1, a: 2]', ['3:4+6 yaml-syntax true']],
  ])('are found in %j', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it('are found by the names that a mapping has', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', '1', "'1'", '"a"')), (keys) => {
        const text = `z: &x 1\n${keys.map((key) => `${key}: 1\n`).join('')}`;
        const names = keys.map((key) => key.replaceAll(/["']/g, ''));
        const again = names.flatMap((name, at) => (names.indexOf(name) < at ? [`${at + 2}`] : []));
        expect(found(text).map((one) => one.split(':')[0])).toEqual(again);
      }),
      { numRuns: runs(100) },
    );
  });

  const KEYS = 1_000;
  const many = (line: (n: number) => string) => Array.from({ length: KEYS }, (_, n) => line(n)).join('\n');
  it.each([
    ['a mapping', `z: &x 1\n${many((n) => `k${n}: 1`)}`],
    ['a mapping in braces', `z: &x {\n${many((n) => `k${n}: 1,`)}}`],
    ['a set', `%YAML 1.1\n---\nz: !!set\n${many((n) => `  k${n}:`)}`],
    ['an ordered mapping', `z: !!omap\n${many((n) => `- k${n}: 1`)}`],
    ['an ordered mapping of YAML 1.1', `%YAML 1.1\n---\nz: !!omap\n${many((n) => `- k${n}: 1`)}`],
  ])('are looked for in %s without a comparison of each key with all others', (_, text) => {
    const { some, includes } = Array.prototype;
    let looks = 0;
    vi.spyOn(Array.prototype, 'some').mockImplementation(function (this: unknown[], test, self) {
      return some.call(this, (...each: Parameters<typeof test>) => {
        looks += 1;
        return test.apply(self, each);
      });
    });
    vi.spyOn(Array.prototype, 'includes').mockImplementation(function (this: unknown[], ...wanted) {
      looks += this.length;
      return includes.apply(this, wanted);
    });
    readYaml({ path: 'a', text }, KIND);
    vi.restoreAllMocks();
    expect(looks).toBeLessThan(50 * KEYS);
  });
});
