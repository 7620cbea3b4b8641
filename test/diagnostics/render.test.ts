import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { renderDiagnostic, renderDiagnostics } from '../../src/diagnostics/render.ts';

const unknownKey: Diagnostic = {
  severity: 'error',
  code: 'unknown-key',
  file: 'relay.yaml',
  span: { line: 2, column: 3, length: 5 },
  message: 'unknown key "accnt"',
  hint: 'did you mean "account"?',
};
const late: Diagnostic = {
  severity: 'warning',
  code: 'people-firehose',
  file: 'relay.yaml',
  span: { line: 11, column: 1, length: 0 },
  message: 'a: b, 100%',
};
const text = 'storage:\n  accnt: contoso\n';

describe('renderDiagnostic', () => {
  it('shows place, line, caret and hint', () => {
    expect(renderDiagnostic(unknownKey, text)).toBe(
      [
        'relay.yaml:2:3: error: unknown key "accnt" [unknown-key]',
        '  2 |   accnt: contoso',
        '    |   ^^^^^',
        '  hint: did you mean "account"?',
      ].join('\n'),
    );
  });

  it('leaves the excerpt out where the text has no such line', () => {
    expect(renderDiagnostic(late, text)).toBe('relay.yaml:11:1: warning: a: b, 100% [people-firehose]');
    expect(renderDiagnostic(late, undefined)).toBe('relay.yaml:11:1: warning: a: b, 100% [people-firehose]');
  });

  it('keeps the caret under the token behind tabs', () => {
    const lines = renderDiagnostic(
      { ...unknownKey, span: { line: 1, column: 3, length: 1 } },
      '\t\tx: 1\r\ny: 2',
    ).split('\n');
    expect(lines.slice(1, 3)).toEqual(['  1 | \t\tx: 1', '    | \t\t^']);
  });

  it('shows the part of a long line that matters, the caret still under the token', () => {
    const long = `${'a'.repeat(500)}TOKEN${'b'.repeat(500)}`;
    const lines = renderDiagnostic({ ...unknownKey, span: { line: 1, column: 501, length: 5 } }, long).split(
      '\n',
    );
    const caret = lines[2]?.indexOf('^') ?? -1;
    expect(lines[1]?.slice(caret, caret + 5)).toBe('TOKEN');
    expect(lines[2]?.slice(caret)).toBe('^^^^^');
    expect(lines[1]?.length).toBeLessThan(135);
  });

  it('does not let a file write escape sequences to the terminal', () => {
    const rendered = renderDiagnostic({ ...unknownKey, message: 'bad \u001b[2J' }, 'a\n\u001b[31mred');
    expect(rendered).not.toContain('\u001b');
  });

  it('colours on request only', () => {
    expect(renderDiagnostic(unknownKey, text, { color: true })).toContain('\u001b[31merror');
  });
});

describe('renderDiagnostics', () => {
  const sources = new Map([['relay.yaml', text]]);

  it('sorts by place and counts', () => {
    const rendered = renderDiagnostics([late, unknownKey], sources);
    expect(rendered.indexOf('unknown key')).toBeLessThan(rendered.indexOf('100%'));
    expect(rendered.endsWith('\n\n1 error, 1 warning')).toBe(true);
    expect(renderDiagnostics([], sources)).toBe('');
  });

  it('writes JSON', () => {
    expect(JSON.parse(renderDiagnostics([late, unknownKey], sources, 'json'))).toEqual([unknownKey, late]);
    expect(renderDiagnostics([], sources, 'json')).toBe('[]');
  });

  it('writes GitHub workflow commands', () => {
    expect(renderDiagnostics([unknownKey, late], sources, 'github').split('\n')).toEqual([
      '::error file=relay.yaml,line=2,col=3,endColumn=8,title=unknown-key::unknown key "accnt"%0Ahint: did you mean "account"?',
      '::warning file=relay.yaml,line=11,col=1,title=people-firehose::a: b, 100%25',
    ]);
  });
});
