/** `xdr-relay/rules`: what people who write rules call from TypeScript. */
import { describe, expect, it } from 'vitest';
import { checkRules, renderFindings, runTests } from '../../src/rules/public.ts';

const TABLE = {
  path: 'DeviceProcessEvents.yaml',
  text: `table: DeviceProcessEvents
filter:
  - title: Updates
    detection: { selection: { FileName: update.exe }, condition: selection }
transform:
  - hash: { columns: [AccountName], key: $HASH_KEY }
tests:
  - title: updates are held back
    row: { FileName: update.exe }
    expect: { filtered: Updates }
  - title: a wrong test
    row: { FileName: cmd.exe }
    expect: { filtered: true }
`,
};
const DETECTION = {
  path: 'detections/certutil.yml',
  text: `title: Certutil
id: 11111111-1111-4111-8111-111111111111
level: high
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\certutil.exe' }
  condition: selection
`,
};

describe('checkRules', () => {
  it('evaluates rows by the rules, with assumed settings', () => {
    const { rules, findings } = checkRules([TABLE, DETECTION]);
    expect(findings).toEqual([]);
    expect(rules?.version).toMatch(/^[0-9a-f]{8,}$/);
    expect(rules?.evaluate('DeviceProcessEvents', { FileName: 'update.exe' })).toEqual({
      kind: 'filtered',
      filter: 'Updates',
    });
    const columns = { FileName: 'certutil.exe', FolderPath: 'C:\\x\\certutil.exe', AccountName: 'anna' };
    const outcome = rules?.evaluate('DeviceProcessEvents', columns);
    expect(outcome).toMatchObject({
      kind: 'forwarded',
      event: { FileName: 'certutil.exe', AccountName: expect.stringMatching(/^[0-9a-f]{64}$/) },
      deliveries: [{ to: 'default' }, { to: 'alerts', severity: 'high', rule: { title: 'Certutil' } }],
      alerts: [{ title: 'Certutil', id: '11111111-1111-4111-8111-111111111111' }],
    });
    expect(columns.AccountName).toBe('anna');
  });

  it('takes the settings that are given', () => {
    const settings = { destinations: ['siem'], defaultDestinations: ['siem'], alerts: [] };
    const { rules } = checkRules([TABLE, DETECTION], settings);
    expect(rules?.evaluate('DeviceEvents', {})).toMatchObject({ deliveries: [{ to: 'siem' }], alerts: [] });
  });

  it('shows a mistake with its place, and has no rules then', () => {
    const wrong = {
      ...TABLE,
      text: TABLE.text.replace('FileName: update.exe }, c', 'FileNam: update.exe }, c'),
    };
    const { rules, findings } = checkRules([wrong]);
    expect(rules).toBeUndefined();
    expect(findings).toMatchObject([{ severity: 'error', file: wrong.path, span: { line: 4 } }]);
    const text = renderFindings(findings, [wrong]);
    expect(text).toContain('DeviceProcessEvents.yaml:4:');
    expect(text).toContain('did you mean "FileName"?');
    expect(runTests([wrong])).toEqual({ findings, tests: [] });
  });
});

describe('runTests', () => {
  it('reports each test with what it expected and what was done', () => {
    expect(runTests([TABLE])).toEqual({
      findings: [],
      tests: [
        { file: TABLE.path, line: 8, title: 'updates are held back', mismatches: [] },
        {
          file: TABLE.path,
          line: 11,
          title: 'a wrong test',
          mismatches: [{ what: 'filtered', expected: true, actual: false }],
        },
      ],
    });
  });
});
