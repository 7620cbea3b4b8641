/** Suggested exceptions: the rule checker takes them, and they take away the row that they are made of and no other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suggestedException } from '../../../src/rules/exceptions/suggest.ts';
import type { JsonValue } from '../../../src/shared/json.ts';
import { compile, context, routesOf } from '../helpers.ts';

const RULE = `title: "Whoami: <b>\\u202e*"
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation }
detection:
  selection: { Image|endswith: '\\whoami.exe' }
  condition: selection
level: medium
`;
const TITLE = 'Whoami: <b>\u202e*';
const ALERT = `hook!medium:${TITLE}`;
const ROW = { FolderPath: 'C:\\x\\whoami.exe', DeviceName: 'ws-1', ProcessId: 4711 };
const OTHER = { ...ROW, DeviceName: 'ws-2' };

function suggested(
  columns: readonly { readonly column: string; readonly value: JsonValue }[],
  rule?: string,
) {
  return suggestedException({
    rule: rule ?? '11111111-1111-4111-8111-111111111111',
    title: TITLE,
    columns,
    owner: 'ada@contoso.com',
    expires: '2026-12-31',
  });
}

const columnsOf = (row: Readonly<Record<string, JsonValue>>) =>
  Object.entries(row).map(([column, value]) => ({ column, value }));

function withException(text: string | undefined) {
  return compile({ 'detections/whoami.yml': RULE, 'exceptions/suggested.yml': text ?? '' }, context);
}

describe('a suggested exception', () => {
  it('passes the checker without a warning, and takes away such rows alone', () => {
    const text = suggested(columnsOf(ROW));
    expect(text).toBe(`exceptions:
  - title: "Expected: Whoami: <b>\\u202e*"
    rules: 11111111-1111-4111-8111-111111111111
    detection:
      expected:
        FolderPath: C:\\x\\whoami.exe
        DeviceName: ws-1
        ProcessId: 4711
      condition: expected
    owner: ada@contoso.com
    expires: 2026-12-31
`);
    const { told, evaluate } = withException(text);
    expect(told).toEqual([]);
    expect(routesOf(evaluate('DeviceProcessEvents', ROW))).not.toContain(ALERT);
    expect(routesOf(evaluate('DeviceProcessEvents', OTHER))).toContain(ALERT);
  });

  it('names a rule without an id by its title, whatever that holds', () => {
    const rule = RULE.replace(/^id: .*\n/m, '');
    const text = suggested(columnsOf(ROW), TITLE) ?? '';
    const { told } = compile({ 'detections/w.yml': rule, 'exceptions/s.yml': text }, context);
    expect(told).toEqual([]);
  });

  it('means the value itself, whatever an attacker has put there', () => {
    const nasty = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary', maxLength: 60 }),
      fc.stringMatching(/^[*?\\'":#{}[\],&!|>%@`\n\r\t -]{1,30}$/),
      fc.constantFrom(
        'true',
        '~',
        'null',
        '1e3',
        '- a',
        '$HASH_KEY',
        '%SITE%',
        'a: b',
        '2026-12-31',
        '\u202eexe.x',
      ),
    );
    fc.assert(
      fc.property(nasty, (value) => {
        const row = { ...ROW, ProcessCommandLine: value.toWellFormed() };
        const text = suggested(columnsOf(row));
        const { told, evaluate } = withException(text);
        // An asterisk that the value has behind what looks like a folder is doubtful, as in any rule.
        expect(told.filter((one) => !one.includes('warning escaped-wildcard'))).toEqual([]);
        expect(routesOf(evaluate('DeviceProcessEvents', row))).not.toContain(ALERT);
        const longer = { ...row, ProcessCommandLine: `${row.ProcessCommandLine}x` };
        expect(routesOf(evaluate('DeviceProcessEvents', longer))).toContain(ALERT);
      }),
    );
  });

  it('compares a value that was cut by its beginning', () => {
    const command = `whoami ${'a'.repeat(5_000)}`;
    const text = suggested(columnsOf({ ...ROW, ProcessCommandLine: `${command.slice(0, 300)}…` }));
    expect(text).toContain('ProcessCommandLine|startswith: whoami aaa');
    const { told, evaluate } = withException(text);
    expect(told).toEqual([]);
    const row = { ...ROW, ProcessCommandLine: command };
    expect(routesOf(evaluate('DeviceProcessEvents', row))).not.toContain(ALERT);
  });

  it('is none where no value can be compared, since it would take away all alerts of the rule', () => {
    expect(suggested([])).toBeUndefined();
    const odd = { 'a|re': '.*', 'b: c': 'd', condition: 'x', list: ['a'], none: null, empty: '' };
    expect(suggested(columnsOf({ ...odd, condition: [] }))).toBeUndefined();
  });
});
