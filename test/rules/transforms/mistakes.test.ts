import { describe, expect, it } from 'vitest';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { compileSteps } from './run.ts';

const key = { KEY: 'k'.repeat(32), LIST: ['a'], SHORT: 'abc' };

/** The step, its code, and what must be said of it. */
const mistakes: [yaml: string, code: string, told?: RegExp][] = [
  ['  - remove: FielName', 'unknown-column', /"FileName"/],
  ['  - remove: "Xyz*"', 'unknown-column'],
  ['  - keep: [FileName, filename]', 'unknown-column', /"FileName"/],
  ['  - keep: FileName\n  - lowercase: DeviceName', 'unknown-column', /before "keep"/],
  ['  - rename: { DeviceName: host }\n  - uppercase: DeviceName', 'unknown-column', /before "rename"/],
  ['  - rename: { DeviceNam: host }', 'unknown-column', /"DeviceName"/],
  ['  - rename: { DeviceName: FileName }', 'name-taken'],
  ['  - rename: { DeviceName: x, FileName: x }', 'name-taken'],
  ['  - copy: { DeviceNam: host }', 'unknown-column', /"DeviceName"/],
  ['  - lowercase: ProcessId', 'wrong-column-type'],
  ['  - parse_json: ProcessId', 'wrong-column-type'],
  ['  - flatten: { column: FileName }', 'wrong-column-type'],
  ['  - truncate: { columns: ProcessId, length: 3 }', 'wrong-column-type'],
  ['  - truncate: { columns: FileName, length: 0 }', 'out-of-range', /1 or more/],
  ['  - truncate: { columns: FileName }', 'missing-key'],
  ['  - set: { a: $NOPE }', 'unknown-variable', /relay\.yaml/],
  ['  - set: { a: $KEX }', 'unknown-variable', /"KEY"/],
  ['  - set: { a: $LIST }', 'wrong-type'],
  ['  - hash: { columns: AccountUpn, key: hunter2hunter2hunter2 }', 'secret-in-file', /variables/],
  ['  - hash: { columns: AccountUpn, key: $SHORT }', 'weak-key'],
  ['  - hash: { columns: AccountUpn, with: md5, key: $KEY }', 'not-allowed', /sha256/],
  ['  - hash: { colums: AccountUpn, key: $KEY }', 'missing-key'],
  ['  - hash: { columns: AccountUpn, kee: $KEY }', 'unknown-key', /"key"/],
  ['  - redact: { columns: FileName, pattern: "a(" }', 'bad-regex'],
  ['  - redact: { columns: FileName, pattern: "(?=a)" }', 'bad-regex', /look-around/],
  ['  - map: { column: FileNam, values: {} }', 'unknown-column', /"FileName"/],
  ['  - map: { column: FileName }', 'missing-key'],
  ['  - timestamp: { columns: Timestamp, format: unix }', 'not-allowed', /epoch/],
  ['  - timestamp: { columns: ProcessId, format: epoch }', 'wrong-column-type'],
  ['  - timestamp: { columns: [Timestamp, ProcessCreationTime], format: epoch, to: t }', 'too-many-columns'],
  ['  - keep: []', 'out-of-range', /at least 1 entry/],
  ['  - keep: 7', 'wrong-type'],
  ['  - keep:', 'wrong-type'],
  ['  - remove_empty: false', 'not-allowed', /must be true/],
];

describe('a mistake in a step', () => {
  it.each(mistakes.map(([yaml, code, told]) => ({ yaml, code, told })))(
    '$yaml: $code',
    ({ yaml, code, told }) => {
      const { diagnostics } = compileSteps(yaml, 'DeviceProcessEvents', key);
      expectTheVoice(diagnostics);
      const found = diagnostics.find((one) => one.code === code);
      expect(diagnostics.map((one) => one.code)).toContain(code);
      expect(found?.severity).toBe('error');
      if (told) expect(`${found?.message}; ${found?.hint}`).toMatch(told);
    },
  );

  it('may be one that runs and finds nothing', () => {
    const yaml = (pattern: string) => `  - redact: { columns: FileName, pattern: ${pattern} }`;
    const { diagnostics } = compileSteps(yaml('"\\bpassword"'));
    expectTheVoice(diagnostics);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'control-character' }]);
    for (const pattern of ["'\\bpassword'", '"a\\tb"', '"\\\\bpassword"']) {
      expect(compileSteps(yaml(pattern)).diagnostics).toEqual([]);
    }
  });

  it('is shown at its token', () => {
    const [found] = compileSteps('  - remove: [DeviceName, FielName]').diagnostics;
    expect(found?.span).toEqual({ line: 2, column: 26, length: 8 });
    const [renamed] = compileSteps('  - rename: { DeviceNam: host }').diagnostics;
    expect(renamed?.span).toEqual({ line: 2, column: 15, length: 9 });
  });

  it('is not seen in a table that is not known', () => {
    expect(compileSteps('  - remove: Anything\n  - lowercase: Else', 'BrandNewTable').problems).toEqual([]);
  });

  it('does not hide columns that an earlier step made', () => {
    const yaml = '  - set: { a: 1 }\n  - rename: { FileName: b }\n  - copy: { b: c }\n  - remove: [a, b, c]';
    expect(compileSteps(yaml).problems).toEqual([]);
    const flat =
      '  - parse_json: AdditionalFields\n  - flatten: { column: AdditionalFields }\n  - remove: AdditionalFields.x';
    expect(compileSteps(flat).problems).toEqual([]);
  });

  it('does not show the key', () => {
    const { diagnostics } = compileSteps(
      '  - hash: { columns: AccountUpn, key: $SHORT }',
      'DeviceProcessEvents',
      {
        SHORT: 's3cret',
      },
    );
    expect(JSON.stringify(diagnostics)).not.toContain('s3cret');
  });
});
