/** Titles of alerts with placeholders: what they show, what they never show, and what is wrong with them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/shared/exact-number.ts';
import type { JsonObject, JsonValue } from '../../src/shared/json.ts';
import {
  columnsOfTitle,
  mayBeTitle,
  readTitle,
  renderTitle,
  TITLE_LIMIT,
} from '../../src/shared/title-template.ts';
import { runs } from '../support/runs.ts';

const render = (template: string, columns: JsonObject) =>
  renderTitle(template, (name) => (Object.hasOwn(columns, name) ? columns[name] : undefined));

describe('a rendered title', () => {
  it.each<[string, string, JsonObject, string]>([
    ['a value', '{DeviceName}: shadow copies deleted', { DeviceName: 'pc-1' }, 'pc-1: shadow copies deleted'],
    ['spaces in braces', '{ DeviceName }', { DeviceName: 'pc-1' }, 'pc-1'],
    ['two values', '{A} on {B}', { A: 'x', B: 'y' }, 'x on y'],
    ['braces', '{{{A}}} {{B}}', { A: 'x' }, '{x} {B}'],
    ['a missing column', 'on {DeviceName}', {}, 'on (no DeviceName)'],
    ['null', 'on {DeviceName}', { DeviceName: null }, 'on (no DeviceName)'],
    ['an empty text', 'on {DeviceName}', { DeviceName: '' }, 'on (no DeviceName)'],
    ['nothing that can be seen', 'on {DeviceName}', { DeviceName: '\u200b\u0000 \n' }, 'on (no DeviceName)'],
    [
      'a number and a truth',
      '{A} {B} {C}',
      { A: 7, B: false, C: new ExactNumber('18446744073709551615') },
      '7 false 18446744073709551615',
    ],
    ['a list', '{A}', { A: ['x', 'y', '', 'z', 'w'] }, 'x, y and 2 more'],
    ['an object', '{A}', { A: { b: 1 } }, '{"b":1}'],
    ['a value with braces', '{A} {B}', { A: '{B}', B: 'x' }, '{B} x'],
    ['line ends and controls', '{A}', { A: 'a\r\nb\tc\u001b[31md\u202ee' }, 'a b c [31md e'],
    ['an inherited name', '{constructor}', {}, '(no constructor)'],
  ])('shows %s', (_, template, columns, title) => {
    expect(render(template, columns)).toBe(title);
  });

  it('cuts values, and never a pair of surrogates', () => {
    const title = render('{A}', { A: '😀'.repeat(200) });
    expect(title.length).toBeLessThanOrEqual(96);
    expect(title.isWellFormed()).toBe(true);
    expect(title.endsWith('😀…')).toBe(true);
  });

  it('is one bounded line without anything invisible, whatever the columns hold', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.jsonValue(),
    ) as fc.Arbitrary<JsonValue>;
    const template = fc
      .array(
        fc.oneof(
          fc.constantFrom('{A}', '{B.c}', '{{', '}}'),
          fc.string({ maxLength: 80 }).map((text) => text.replace(/[{}]/g, '')),
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(template, value, value, (text, a, b) => {
        const title = renderTitle(text, (name) => (name === 'A' ? a : b));
        expect(title.length).toBeLessThanOrEqual(TITLE_LIMIT);
        expect(title.isWellFormed()).toBe(true);
        expect(title).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(mayBeTitle(text, title)).toBe(true);
      }),
      { numRuns: runs(15) },
    );
  });
});

describe('a template', () => {
  it.each([
    ['{DeviceName', /a "\{" without its "\}"/],
    ['DeviceName}', /a "\}" without its "\{"/],
    ['{}', /"\{\}" names no column/],
    ['{a b}', /"\{a b\}" names no column/],
    ['{A}'.repeat(17), /more than 16 placeholders/],
  ])('%s is wrong', (text, message) => {
    expect(
      readTitle(text)
        .problems.map((one) => one.message)
        .join('\n'),
    ).toMatch(message);
  });

  it('names each of its columns once, dotted paths and aliases of correlations too', () => {
    expect(columnsOfTitle('{A} {B.c} {A} {some-alias} {{D}}')).toEqual(['A', 'B.c', 'some-alias']);
  });

  it('knows which titles may come of it', () => {
    expect(mayBeTitle('{A}: deleted', 'pc-1: deleted')).toBe(true);
    expect(mayBeTitle('{A}: deleted', 'pc-1: delete')).toBe(false);
    expect(mayBeTitle('on {A}', 'pc-1 on x')).toBe(false);
  });
});
