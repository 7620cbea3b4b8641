import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { tooDeepAt } from '../../../src/diagnostics/yaml/depth.ts';
import { check } from '../../../src/rules/yaml/issues.ts';
import { MAX_FILE_LENGTH, parseYamlFile } from '../../../src/rules/yaml/parse.ts';

function parse(text: string) {
  const diagnostics: Diagnostic[] = [];
  const file = parseYamlFile({ path: 'T.yaml', text }, (one) => diagnostics.push(one));
  return { file, diagnostics, codes: diagnostics.map(({ code }) => code) };
}

describe('parseYamlFile', () => {
  it('reads a mapping', () => {
    expect(parse('a: [1, 2]\nb: &x {c: d}\ne: *x').file?.value).toEqual({
      a: [1, 2],
      b: { c: 'd' },
      e: { c: 'd' },
    });
  });

  it.each(
    [
      ['', 'empty-file'],
      ['# only a comment', 'empty-file'],
      ['- a', 'wrong-type'],
      ['text', 'wrong-type'],
      ['a: 1\n---\nb: 2', 'many-documents'],
      ['a: 1\na: 2', 'duplicate-key'],
      ['a: b: c', 'yaml-syntax'],
      ['a:\n\t- b', 'yaml-syntax'],
      ['a: "open', 'yaml-syntax'],
      ['a: [1, 2', 'yaml-syntax'],
      ['a: *nowhere', 'yaml-aliases'],
      ['a: !!python/object x', 'yaml-syntax'],
      ['a: { __proto__: 1 }', 'bad-key'],
      [`a: ${'x'.repeat(MAX_FILE_LENGTH)}`, 'file-too-large'],
      [`a: ${'['.repeat(100_000)}`, 'too-deep'],
      [`a: ${'[{b: '.repeat(100_000)}`, 'too-deep'],
      [`${'- '.repeat(100_000)}x`, 'too-deep'],
      [`${'? '.repeat(100_000)}x`, 'too-deep'],
      [Array.from({ length: 1300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'too-deep'],
    ].map(([text = '', code = '']) => ({ text, code, name: text.slice(0, 24).trim() })),
  )('refuses $name: $code', ({ text, code }) => {
    const { file, codes } = parse(text);
    if (code !== 'bad-key') expect(file).toBeUndefined();
    expect(codes).toContain(code);
  });

  it('refuses an alias bomb', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(parse(lines.join('\n')).codes).toEqual(['yaml-aliases']);
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

describe('check', () => {
  const schema = z.strictObject({
    name: z.string(),
    level: z.enum(['low', 'high']).optional(),
    items: z.array(z.strictObject({ to: z.string(), n: z.number().min(1).optional() })).optional(),
    either: z.union([z.string(), z.array(z.string())]).optional(),
  });

  function findings(text: string) {
    const diagnostics: Diagnostic[] = [];
    const file = parseYamlFile({ path: 'T.yaml', text }, (one) => diagnostics.push(one));
    if (file) check(file, schema, file.value);
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
      { code: 'missing-key', message: 'missing key "name"', hint: undefined, at: '1:1+5' },
    ]);
    expect(findings('name: a\nitems:\n  - n: 2')[0]).toMatchObject({
      message: 'missing key "to"',
      at: '3:5+1',
    });
  });

  it('says what was expected and what is there', () => {
    expect(findings('name: [a]')[0]).toMatchObject({ message: 'expected a text, found a list', at: '1:7+3' });
    expect(findings('name:')[0]).toMatchObject({ message: 'expected a text, found nothing (null)' });
    expect(findings('name: a\neither: 3')[0]).toMatchObject({
      message: 'expected a text or a list, found number 3',
      at: '2:9+1',
    });
    expect(findings('name: a\neither: [a, 3]')[0]).toMatchObject({
      message: 'expected a text, found number 3',
      at: '2:13+1',
    });
    expect(findings('name: a\nlevel: hihg')[0]).toMatchObject({
      code: 'bad-value',
      message: 'the text "hihg" is not allowed here',
      hint: 'did you mean "high"?',
      at: '2:8+4',
    });
    expect(findings('name: a\nitems: [{to: x, n: 0}]')[0]).toMatchObject({ code: 'bad-value', at: '2:20+1' });
  });

  it('finds all mistakes in one go', () => {
    expect(
      findings('nam: a\nlevel: x\nitems: [{}]')
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['bad-value', 'missing-key', 'missing-key', 'unknown-key']);
  });
});
