import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeCell, codeSpan, markdownTable } from '../../src/shared/markdown.ts';
import { runs } from '../support/runs.ts';

/** Characters that Markdown, GitHub or GitLab give a meaning, and some that they do not. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('`', '``', '|', '\\', '\n', '\r', ' ', '@team', '<script>', '![x](y)', '#1', '\u202e'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
  maxLength: 60,
});

/** The text of a code span by CommonMark 6.1: from the first run of backticks to the next run of equal length. Undefined if there is more. */
function spanText(markdown: string): string | undefined {
  const [fence = ''] = /^`+/.exec(markdown) ?? [];
  const rest = markdown.slice(fence.length);
  for (const run of rest.matchAll(/`+/g)) {
    if (run[0].length !== fence.length) continue;
    if (run.index + fence.length !== rest.length) return undefined;
    const text = rest.slice(0, run.index);
    const isPadded = text.startsWith(' ') && text.endsWith(' ') && text.trim() !== '';
    return isPadded ? text.slice(1, -1) : text;
  }
  return undefined;
}

/** The cells of a line of a table by GFM: an escaped bar is none that divides, in code neither. */
function cells(line: string): readonly string[] {
  const parts = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
  return parts.slice(1, -1);
}

const shown = (text: string) =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\s]+/gu, ' ')
    .trim();

describe('text of others in Markdown', () => {
  it.each([
    ['@contoso/soc <script>alert(1)</script>', '`@contoso/soc <script>alert(1)</script>`'],
    ['a `b` c', '``a `b` c``'],
    ['`', '`` ` ``'],
    ['a\r\n## b\u202ec', '`a ## b c`'],
    ['', '*(empty)*'],
    ['\u200b', '*(empty)*'],
  ])('%j is one code span', (text, expected) => {
    expect(codeSpan(text)).toBe(expected);
  });

  it('is cut, and says so', () => {
    expect(codeSpan('abcdef', 4)).toBe('`abc…`');
    expect(codeSpan('a'.repeat(1_000_000))).toHaveLength(162);
    expect(codeCell('|'.repeat(1000), 4)).toBe('`\\|\\|\\|…`');
  });

  it('is code and nothing else, whatever it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const made = codeSpan(text, 1000);
        expect(made).not.toMatch(/[\n\r]/);
        if (shown(text) === '') expect(made).toBe('*(empty)*');
        else expect(spanText(made)).toBe(shown(text));
      }),
      { numRuns: runs(250) },
    );
  });

  it('stays in its cell of a table, whatever it is', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const table = markdownTable(
          [{ title: 'A' }, { title: 'B', align: 'right' }],
          [[codeCell(a, 1000), codeCell(b, 1000)]],
        );
        const lines = table.split('\n');
        expect(lines).toHaveLength(3);
        const found = cells(lines[2] ?? '').map((cell) => spanText(cell) ?? '');
        // A space separates a backslash from a bar.
        expect(found).toEqual([a, b].map((text) => shown(shown(text).replaceAll(/\\(?=\|)/g, '\\ '))));
      }),
      { numRuns: runs(250) },
    );
  });
});
