import { describe, expect, it } from 'vitest';
import type { ColumnType } from '../../../../src/rules/schema/index.ts';
import { compile, underlined } from '../support.ts';

const columns: Readonly<Record<string, ColumnType>> = {
  FileName: 'string',
  ProcessCommandLine: 'string',
  ProcessId: 'number',
  IsAdmin: 'boolean',
  Timestamp: 'datetime',
  AdditionalFields: 'string',
  RawEventData: 'object',
};

/** Code, token and hint of everything that is wrong with a field. */
function wrong(text: string): (string | undefined)[][] {
  const whole = `selection:\n  ${text}\ncondition: selection`;
  return compile(whole, { columns }).diagnostics.map((diagnostic) => [
    diagnostic.code,
    underlined(whole, diagnostic),
    diagnostic.hint,
  ]);
}

describe('fields are checked against the table', () => {
  it('an unknown column, with the nearest names', () => {
    expect(wrong('FileNmae|endswith: x')).toEqual([
      ['unknown-column', 'FileNmae', 'did you mean "FileName"?'],
    ]);
    expect(wrong("'filename': x")).toEqual([['unknown-column', 'filename', 'did you mean "FileName"?']]);
    expect(wrong('Zebra: x')).toEqual([['unknown-column', 'Zebra', undefined]]);
    expect(wrong('FileName|fieldref: ProcesCommandLine')).toEqual([
      ['unknown-column', 'ProcesCommandLine', 'did you mean "ProcessCommandLine"?'],
    ]);
  });

  it('a comparison that the column can not have', () => {
    expect(wrong('FileName|gt: 5')).toEqual([['type-mismatch', 'FileName', undefined]]);
    expect(wrong('Timestamp|lt: 5')).toEqual([['type-mismatch', 'Timestamp', undefined]]);
    expect(wrong('FileName|hour: 5')).toEqual([['type-mismatch', 'FileName', undefined]]);
    expect(wrong('ProcessId|cidr: 10.0.0.0/8')).toEqual([['type-mismatch', 'ProcessId', undefined]]);
    expect(wrong('ProcessId.x: 1')).toEqual([['type-mismatch', 'ProcessId.x', undefined]]);
  });

  it('what may be compared', () => {
    for (const text of [
      'ProcessId|gt: 5',
      'ProcessId|startswith: 4',
      'Timestamp|hour|gte: 22',
      "Timestamp|startswith: '2026-'",
      'AdditionalFields.x.y|gt: 5',
      'RawEventData.ClientIP|cidr: 10.0.0.0/8',
      'IsAdmin: true',
      'FileName: 5',
      'FileName: null',
      'ProcessId|exists: true',
    ]) {
      expect([text, wrong(text)]).toEqual([text, []]);
    }
  });

  it('modifiers and values are underlined where they stand', () => {
    expect(wrong('FileName|contans|all: [a, b]')).toEqual([
      ['unsupported-modifier', 'contans', 'did you mean "contains"?'],
    ]);
    expect(wrong('FileName|contains|re: a')[0]?.slice(0, 2)).toEqual(['bad-modifier', 'contains']);
    expect(wrong('FileName|re: [ok, "a(b"]')[0]?.slice(0, 2)).toEqual(['bad-regex', '"a(b"']);
    expect(wrong('FileName|cidr: nonsense')[0]?.slice(0, 2)).toEqual(['bad-cidr', 'nonsense']);
    expect(wrong('FileName: [[x]]')[0]?.slice(0, 2)).toEqual(['bad-value', '[x]']);
  });

  it('all mistakes come in one go', () => {
    const { diagnostics, detection } = compile(
      'a:\n  Nope: 1\n  FileName|bad: x\nb:\n  FileName|re: "("\ncondition: a and c',
      { columns },
    );
    expect(detection).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'unsupported-modifier',
      'unknown-column',
      'bad-regex',
      'unknown-part',
    ]);
    expect(diagnostics.map(({ span }) => span.line)).toEqual([3, 2, 5, 6]);
  });

  it('aliases are refused, also as a bomb', () => {
    const bomb = [
      'a: &a [x, x]',
      ...['b', 'c', 'd'].map((name, i) => `${name}: &${name} [*${'abc'[i]}, *${'abc'[i]}]`),
    ];
    const { diagnostics } = compile(`${bomb.join('\n')}\ncondition: 1 of them`);
    expect(diagnostics.every(({ code }) => code === 'unsupported-alias')).toBe(true);
    expect(diagnostics.length).toBeGreaterThan(0);
  });

  it('a condition on several lines is underlined at its first', () => {
    const text = 's: { FileName: x }\ncondition: >\n  s and\n  nothing';
    const [diagnostic] = compile(text, { columns }).diagnostics;
    expect(diagnostic).toMatchObject({ code: 'unknown-part', span: { line: 2, column: 12 } });
  });
});
