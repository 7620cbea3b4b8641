/** Many findings: counted by kind where a person reads them, complete where a machine does. */
import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '../../src/diagnostics/codes.ts';
import { type Diagnostic, diagnostic, type Severity } from '../../src/diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';

const BRIEF = { briefUnless: 'show all' };

function many(
  count: number,
  code: DiagnosticCode,
  severity: Severity,
  message = 'some mistake',
): Diagnostic[] {
  return Array.from({ length: count }, (_, index) =>
    diagnostic(`${code}.yml`, { line: index + 1, column: 1, length: 0 }, { code, message }, severity),
  );
}

function rendered(
  list: readonly Diagnostic[],
  options: { readonly briefUnless?: string } = BRIEF,
): readonly string[] {
  return renderDiagnostics(list, new Map(), 'text', options).split('\n');
}

describe('many findings', () => {
  it('are counted by kind, errors first, the most frequent first', () => {
    const list = [
      ...many(1500, 'unmappable-value', 'warning', 'the table never holds it'),
      ...many(3, 'no-level', 'warning'),
      ...many(2, 'bad-regex', 'error'),
      ...many(40, 'unknown-column', 'error', 'no such column'),
    ];
    expect(rendered(list)).toEqual([
      'By kind, each with an example',
      '     40 error   unknown-column   no such column',
      '      2 error   bad-regex        some mistake',
      '  1,500 warning unmappable-value the table never holds it',
      '      3 warning no-level         some mistake',
      '',
      '42 errors, 1,503 warnings; "show all" shows each',
    ]);
  });

  it('do not hide the few errors among them', () => {
    const text = rendered([...many(21, 'no-level', 'warning'), ...many(2, 'bad-regex', 'error')]);
    expect(text.filter((line) => line.includes('bad-regex.yml:'))).toHaveLength(2);
    expect(text).toContain('  21 warning no-level some mistake');
  });

  it('are shown one by one up to twenty of a severity, and where all are asked for', () => {
    const few = [...many(20, 'no-level', 'warning'), ...many(20, 'bad-regex', 'error')];
    expect(rendered(few).at(-1)).toBe('20 errors, 20 warnings');
    expect(rendered(few).filter((line) => /\.yml:\d+:1:/.test(line))).toHaveLength(40);
    const all = rendered(many(500, 'no-level', 'warning'), {});
    expect(all.filter((line) => /\.yml:\d+:1:/.test(line))).toHaveLength(500);
    expect(all.at(-1)).toBe('500 warnings');
  });

  it('are complete as JSON and for GitHub', () => {
    const list = many(500, 'no-level', 'warning');
    expect(JSON.parse(renderDiagnostics(list, new Map(), 'json', BRIEF))).toHaveLength(500);
    expect(renderDiagnostics(list, new Map(), 'github', BRIEF).split('\n')).toHaveLength(500);
  });

  it('keep to the width of a terminal, without control characters', () => {
    const [, line = ''] = rendered(many(21, 'no-level', 'warning', `a\u001b[31m${'x'.repeat(300)}`));
    expect(line.length).toBeLessThanOrEqual(120);
    expect(line).toMatch(/a\ufffd\[31mx+…$/);
  });
});
