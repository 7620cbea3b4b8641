import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import { explain } from '../../../src/rules/explain.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { compile, context, filesOf, routesOf } from '../helpers.ts';

const RULE = `title: Whoami
id: 11111111-1111-4111-8111-111111111111
name: whoami
logsource: { category: process_creation }
detection:
  selection: { Image|endswith: '\\whoami.exe' }
  condition: selection
level: medium
`;
const END = Date.parse('2026-12-31T00:00:00Z');
const DAY = 86_400_000;

interface Written {
  readonly rules?: string;
  readonly detection?: string;
  readonly rest?: string;
}

function exception({ rules = '[Whoami]', detection = 'DeviceName: ws-1', rest = '' }: Written = {}): string {
  return `exceptions:
  - title: Known
    rules: ${rules}
    detection:
      host: { ${detection} }
      condition: host
    owner: soc
${rest}`;
}

const EXPIRES = '    ticket: T-1\n    expires: 2026-12-31\n';

function set(text: string, now?: () => number, more: Readonly<Record<string, string>> = {}) {
  const files = { 'detections/whoami.yml': RULE, 'exceptions/known.yml': text, ...more };
  return compile(files, { ...context, ...(now && { now }) });
}

const ws1 = { FolderPath: 'C:\\x\\whoami.exe', DeviceName: 'ws-1' };
const ws2 = { ...ws1, DeviceName: 'ws-2' };
const ALERT = 'hook!medium:Whoami';

describe('exceptions', () => {
  it.each(['[Whoami]', 'whoami', '[11111111-1111-4111-8111-111111111111]'])('rules: %s', (rules) => {
    const { told, evaluate } = set(exception({ rules }));
    expect(told).toEqual([]);
    expect(routesOf(evaluate('DeviceProcessEvents', ws1))).not.toContain(ALERT);
    expect(evaluate('DeviceProcessEvents', ws1)).toMatchObject({ suppressed: ['Known'] });
    expect(routesOf(evaluate('DeviceProcessEvents', ws2))).toContain(ALERT);
    expect(evaluate('DeviceProcessEvents', ws2)).not.toHaveProperty('suppressed');
  });

  it('may name the fields of the rule, and columns', () => {
    const { told, evaluate } = set(exception({ detection: "Image: 'C:\\x\\whoami.exe', User: 'c\\u'" }));
    expect(told).toEqual([]);
    const row = { ...ws2, AccountDomain: 'c', AccountName: 'u' };
    expect(evaluate('DeviceProcessEvents', row)).toMatchObject({ suppressed: ['Known'] });
  });

  it('ends at its time by the clock, without a new set', () => {
    let now = END - 1;
    const { rules, evaluate } = set(exception({ rest: EXPIRES }), () => now);
    expect(routesOf(evaluate('DeviceProcessEvents', ws1))).not.toContain(ALERT);
    now = END;
    expect(routesOf(evaluate('DeviceProcessEvents', ws1))).toContain(ALERT);
    expect(rules?.exceptions).toMatchObject([
      {
        title: 'Known',
        owner: 'soc',
        ticket: 'T-1',
        expires: '2026-12-31',
        expiresAt: END,
        rules: ['Whoami'],
      },
    ]);
  });

  it('a time with a zone ends then', () => {
    const rest = '    expires: "2026-12-31T18:00:00+01:00"\n';
    expect(set(exception({ rest })).rules?.exceptions).toMatchObject([{ expiresAt: END + 17 * 3_600_000 }]);
  });

  it('warns of those that have expired, and 30 days ahead of those that will', () => {
    const at = (now: number) => set(exception({ rest: EXPIRES }), () => now).told;
    expect(at(END - 31 * DAY)).toEqual([]);
    expect(at(END - 30 * DAY)).toEqual([
      'exceptions/known.yml:9:14+10 warning exception-ends-soon: "Known" (owner: soc) ends on 2026-12-31, in 30 days (let it end, or give it a later end)',
    ]);
    expect(at(END)).toEqual([
      'exceptions/known.yml:9:14+10 warning expired-exception: "Known" (owner: soc) has expired on 2026-12-31 and suppresses nothing any more (remove it, or give it a later end)',
    ]);
  });

  it('never hides by mistake', () => {
    const told = (written: Written, more = {}) => set(exception(written), undefined, more).told;
    expect(told({ rules: '[Whoam]' })).toEqual([
      'exceptions/known.yml:3:12+7 error unknown-rule: no rule has the name, id or title "Whoam" (did you mean "Whoami" or "whoami"?)',
    ]);
    expect(told({ rules: 'any' })).toEqual([
      'exceptions/known.yml:3:12+3 error endless-exception: "rules: any" hides alerts of rules that nobody has written yet (give the exception an end with "expires", or name the rules)',
    ]);
    expect(told({ detection: 'DeviceNam: x' })).toEqual([
      'exceptions/known.yml:5:15+9 error unknown-column: DeviceProcessEvents has no column "DeviceNam" (did you mean "DeviceName" or "DeviceId"?)',
    ]);
    expect(told({ rest: '    expires: soon\n' })).toEqual([
      'exceptions/known.yml:8:14+4 error bad-format: exceptions[0].expires must be a day such as "2026-12-31", or a time with a zone such as "2026-12-31T18:00:00Z"',
    ]);
    expect(told({ rules: 'any', detection: 'Nope: x', rest: EXPIRES }).join()).toContain('unused-filter');
    const many = `title: Many\ncorrelation: { type: event_count, rules: [whoami], timespan: 1h, condition: { gte: 2 } }\nlevel: high\n`;
    expect(told({ rules: '[Many]' }, { 'detections/many.yml': many }).join()).toContain(
      '"Many" is a correlation, and filters and exceptions narrow rules',
    );
    for (const text of ['', 'exceptions: []', exception().replace('owner: soc', 'ownr: soc')]) {
      const { diagnostics } = set(text);
      expect(diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
      expectTheVoice(diagnostics);
    }
  });

  it('a part that the table does not hold does not make the exception wider', () => {
    const text = exception({ detection: 'Nope: x' }).replace('condition: host', 'condition: not host');
    expect(set(text).told.join()).toContain('error unknown-column');
  });

  it('on several tables applies where its columns are', () => {
    const rule = RULE.replace('process_creation', 'file_event').replace(
      "Image|endswith: '\\whoami.exe'",
      'TargetFilename|endswith: x',
    );
    const files = { 'detections/whoami.yml': rule, 'exceptions/known.yml': exception() };
    expect(compile(files).told.filter((one) => one.includes('error'))).toEqual([]);
  });

  it('a value that was not compared in full does not suppress', () => {
    const long = `${'a'.repeat(3_000_000)}b`;
    const patterns = Array.from({ length: 8 }, (_, n) => `'(a|b|[a-z]{1,20}){3}${n}?$'`).join(', ');
    const { told, evaluate } = set(exception({ detection: `ProcessCommandLine|re|all: [${patterns}]` }));
    expect(told.filter((one) => one.includes('error'))).toEqual([]);
    const verdict = evaluate('DeviceProcessEvents', { ...ws1, ProcessCommandLine: long });
    expect(verdict.cut).toEqual(['Known']);
    expect(routesOf(verdict)).toContain(ALERT);
  });

  it('a suppressed alert feeds no correlation', () => {
    const many = `title: Many\ncorrelation: { type: event_count, rules: [whoami], timespan: 1h, condition: { gte: 1 } }\nlevel: high\n`;
    const { evaluate } = set(exception(), undefined, { 'detections/many.yml': many });
    expect(evaluate('DeviceProcessEvents', ws1)).not.toHaveProperty('correlated');
    expect(evaluate('DeviceProcessEvents', ws2)).toHaveProperty('correlated');
  });

  it('rules explain says what suppresses, and what has expired', () => {
    const files = filesOf({
      'detections/whoami.yml': RULE,
      'exceptions/known.yml': exception({ rest: EXPIRES }),
    });
    const at = (now: number) => {
      const { program } = compileProgram(files, { ...context, now: () => now });
      return program && explain(program, rowOf('DeviceProcessEvents', ws1)).detections[0]?.narrowings;
    };
    expect(at(END - 1)).toMatchObject([
      { kind: 'exception', title: 'Known', suppresses: true, matched: true },
    ]);
    expect(at(END)).toMatchObject([
      { suppresses: false, matched: true, expired: true, expires: '2026-12-31' },
    ]);
  });

  it('takes away exactly the alerts of the rows that it matches (property)', () => {
    const host = fc.constantFrom('ws-1', 'WS-1', 'ws-2', '', 'ws-10');
    const image = fc.constantFrom('C:\\whoami.exe', 'C:\\cmd.exe');
    const { evaluate } = set(exception());
    fc.assert(
      fc.property(host, image, (DeviceName, FolderPath) => {
        const verdict = evaluate('DeviceProcessEvents', { DeviceName, FolderPath });
        const matches = FolderPath.endsWith('whoami.exe');
        const excepted = DeviceName.toLowerCase() === 'ws-1';
        expect(routesOf(verdict).includes(ALERT)).toBe(matches && !excepted);
        expect('suppressed' in verdict).toBe(matches && excepted);
      }),
    );
  });
});

describe('filters with an end', () => {
  const FILTER = `title: Not on ws-1
logsource: { category: process_creation }
expires: 2026-12-31
owner: soc
filter:
  rules: [Whoami]
  selection: { DeviceName: ws-1 }
  condition: not selection
`;

  it('end at their time, and are listed', () => {
    let now = END - 1;
    const files = { 'detections/whoami.yml': RULE, 'detections/filter.yml': FILTER };
    const { evaluate, rules, told } = compile(files, { ...context, now: () => now });
    expect(told.join()).toContain('warning exception-ends-soon: "Not on ws-1"');
    expect(evaluate('DeviceProcessEvents', ws1)).toMatchObject({ suppressed: ['Not on ws-1'] });
    expect(routesOf(evaluate('DeviceProcessEvents', ws2))).toContain(ALERT);
    now = END;
    expect(routesOf(evaluate('DeviceProcessEvents', ws1))).toContain(ALERT);
    expect(rules?.exceptions).toMatchObject([{ kind: 'filter', owner: 'soc', expiresAt: END }]);
  });

  it('an end that is none is an error, and a misspelt key a warning', () => {
    const told = (text: string) =>
      compile({ 'detections/whoami.yml': RULE, 'detections/filter.yml': text }).told.join();
    expect(told(FILTER.replace('2026-12-31', 'never'))).toContain('error bad-format: expires must be a day');
    expect(told(FILTER.replace('expires:', 'expire:'))).toContain('warning unknown-key');
  });
});
