/** The one YAML reader, as rule files use it: limits, places, and what a schema finds wrong. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { tooDeepAt } from '../../../src/diagnostics/yaml/depth.ts';
import {
  checkRuleFile,
  MAX_FILE_LENGTH,
  openRuleFile,
  RULE_FILES,
} from '../../../src/rules/open-rule-file.ts';

function parse(text: string) {
  const diagnostics: Diagnostic[] = [];
  const file = openRuleFile({ path: 'T.yaml', text }, RULE_FILES.table, (one) => diagnostics.push(one));
  return { file, diagnostics, codes: diagnostics.map(({ code }) => code) };
}

/** `2:6+9` */
function spanOf(at: string) {
  const [line, column, length] = at.split(/[:+]/).map(Number);
  return { line, column, length };
}

describe('openRuleFile', () => {
  it('reads a mapping', () => {
    expect(parse('a: [1, 2]\nb: &x {c: d}\ne: *x').file?.data).toEqual({
      a: [1, 2],
      b: { c: 'd' },
      e: { c: 'd' },
    });
  });

  it.each(
    [
      ['', 'empty-file'],
      ['# only a comment', 'empty-file'],
      ['a: 1\n---\nb: 2', 'many-documents'],
      ['a: b: c', 'yaml-syntax'],
      ['a:\n\t- b', 'yaml-syntax'],
      ['a: "open', 'yaml-syntax'],
      ['a: [1, 2', 'yaml-syntax'],
      ['a: !!python/object x', 'yaml-syntax'],
      [`a: ${'x'.repeat(MAX_FILE_LENGTH)}`, 'too-large'],
      [`a: ${'['.repeat(100_000)}`, 'too-deep'],
      [`a: ${'[{b: '.repeat(100_000)}`, 'too-deep'],
      [`${'- '.repeat(100_000)}x`, 'too-deep'],
      [`${'? '.repeat(100_000)}x`, 'too-deep'],
      [Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'too-deep'],
    ].map(([text = '', code = '']) => ({ text, code, name: text.slice(0, 24).trim() })),
  )('refuses $name: $code', ({ text, code }) => {
    const { file, codes } = parse(text);
    expect(file).toBeUndefined();
    expect(codes).toContain(code);
  });

  it.each([
    ['a: 1\na: 2', 'duplicate-key', '2:1+1'],
    ['a: *nowhere', 'yaml-syntax', '1:4+8'],
    ['b: 1\na: { __proto__: 1 }', 'bad-key', '2:6+9'],
    ['{ ? [x] : 1 }', 'bad-key', '1:5+3'],
  ])('reports the mistake in %j, and goes on to look for others', (text, code, at) => {
    const { file, diagnostics } = parse(text);
    expect(file).toBeDefined();
    expect(diagnostics).toMatchObject([{ code, span: spanOf(at) }]);
  });

  it('keeps the last of two equal keys, as it is shown and as it is read', () => {
    const { file } = parse('a: 1\nb: 2\na: [3]');
    expect(file?.data).toEqual({ a: [3], b: 2 });
    expect(file?.span(['a'])).toEqual(spanOf('3:4+3'));
  });

  it('follows aliases to a value, but shows where they stand', () => {
    const { file } = parse('a: &x {c: [d]}\ne: *x');
    expect(file?.span(['e'])).toEqual(spanOf('2:4+2'));
    expect(file?.span(['e', 'c', 0])).toEqual(spanOf('1:12+1'));
    expect(file?.range(['e'])).toEqual([6, 14]);
  });

  it.each(['\n', '\r\n'])('shows the first line of a value of several, without its end %j', (end) => {
    const { file } = parse(['a: 1', 'b: [x,', '  y]', 'c: "d'].join(end).concat('"'));
    expect(file?.span(['b'])).toEqual(spanOf('2:4+3'));
    expect(file?.span(['b', 1])).toEqual(spanOf('3:3+1'));
    expect(file?.span(['c'])).toEqual(spanOf('4:4+3'));
  });

  it('shows a value that is not there at the nearest key around it', () => {
    const { file } = parse('a:\n  b:\n    c: 1\n  d:');
    expect(file?.span(['a', 'b', 'x', 'y'])).toEqual(spanOf('2:3+1'));
    expect(file?.span(['a', 'd'])).toEqual(spanOf('4:3+1'));
    expect(file?.span(['z'])).toEqual(spanOf('1:1+1'));
  });

  it('refuses an alias bomb', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(parse(lines.join('\n')).codes).toEqual(['too-many-aliases']);
  });

  it('does not take brackets inside texts for nesting', () => {
    expect(
      tooDeepAt(`a: "${'['.repeat(500)}"\nb: '${'{'.repeat(500)}'\nc: |\n  ${'['.repeat(500)}\n`),
    ).toBeUndefined();
    expect(tooDeepAt(Array(500).fill('- [a, {b: c}]').join('\n'))).toBeUndefined();
    const wide = Array.from({ length: 300 }, (_, i) => `k${i}: [${i}]`).join(', ');
    expect(tooDeepAt(`a: { ${wide} }`)).toBeUndefined();
    expect(tooDeepAt(`a:\n${' '.repeat(80)}b: ${'{'.repeat(120)}`)).toBeGreaterThan(80);
  });
});

describe('checkRuleFile', () => {
  const schema = z.strictObject({
    name: z.string(),
    level: z.enum(['low', 'high']).optional(),
    items: z.array(z.strictObject({ to: z.string(), n: z.number().min(1).optional() })).optional(),
    either: z.union([z.string(), z.array(z.string())]).optional(),
  });

  function findings(text: string) {
    const diagnostics: Diagnostic[] = [];
    const file = openRuleFile({ path: 'T.yaml', text }, RULE_FILES.table, (one) => diagnostics.push(one));
    if (file) checkRuleFile(file, schema, file.data);
    return diagnostics.map(({ code, message, hint, span }) => ({
      code,
      message,
      hint,
      at: `${span.line}:${span.column}+${span.length}`,
    }));
  }

  it('names an unknown key and the near ones', () => {
    expect(findings('name: a\nitmes: []')).toEqual([
      { code: 'unknown-key', message: 'unknown key "itmes"', hint: 'did you mean "items"?', at: '2:1+5' },
    ]);
    expect(findings('name: a\nitems:\n  - to: x\n    m: 1')[0]).toMatchObject({
      at: '4:5+1',
      hint: 'did you mean "n"?',
    });
  });

  it('names a missing key where it should be', () => {
    expect(findings('level: low')).toEqual([
      { code: 'missing-key', message: '"name" is missing', hint: 'name must be a string', at: '1:1+5' },
    ]);
    expect(findings('name: a\nitems:\n  - n: 2')[0]).toMatchObject({
      message: '"to" is missing in items[0]',
      at: '3:5+1',
    });
  });

  it('says what was expected and what is there', () => {
    expect(findings('name: [a]')[0]).toMatchObject({
      message: 'name is a list, but must be a string',
      at: '1:7+3',
    });
    expect(findings('name:')[0]).toMatchObject({
      message: 'name is empty, but must be a string',
      at: '1:1+4',
    });
    expect(findings('name: a\neither: 3')[0]).toMatchObject({
      message: 'either is a number, but must be a string or a list',
      at: '2:9+1',
    });
    expect(findings('name: a\neither: [a, 3]')[0]).toMatchObject({
      message: 'either[1] is a number, but must be a string',
      hint: 'in quotes it is a string',
      at: '2:13+1',
    });
    expect(findings('name: a\nlevel: hihg')[0]).toMatchObject({
      code: 'not-allowed',
      message: 'level must be one of "low", "high"',
      hint: 'did you mean "high"?',
      at: '2:8+4',
    });
    expect(findings('name: a\nitems: [{to: x, n: 0}]')[0]).toMatchObject({
      code: 'out-of-range',
      message: 'items[0].n must be 1 or more',
      at: '2:20+1',
    });
  });

  it('finds all mistakes in one go', () => {
    expect(
      findings('nam: a\nlevel: x\nitems: [{}]')
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['missing-key', 'missing-key', 'not-allowed', 'unknown-key']);
  });
});
