/** Tests of rule files say what people are told: titles with placeholders, and how many messages a burst becomes. */
import { describe, expect, it } from 'vitest';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { explain } from '../../../src/rules/explain.ts';
import { checkRules, runTests } from '../../../src/rules/public.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { filesOf } from '../helpers.ts';

const RULE = `title: VIP logon from odd place
logsource: { product: m365defender, service: DeviceLogonEvents }
detection: { s: { ActionType: LogonSuccess, AccountName: alice }, condition: s }
level: high
xdr_relay:
  title: '{AccountName} on {DeviceName}'
  group_by: [DeviceName]
  window: 24h
  repeat: 1h
`;

const sequence = (expected: string, more = '') => `table: DeviceLogonEvents
tests:
  - title: a burst
    rows:
      - row: { ActionType: LogonSuccess, AccountName: alice, DeviceName: h }
        times: 5
      - row: { ActionType: LogonSuccess, AccountName: alice, DeviceName: other }
        at: 1h
      - row: { ActionType: LogonSuccess, AccountName: alice, DeviceName: h }
        at: 23h
${more}
    expect: ${expected}
`;

function told(rule: string, test: string) {
  const { findings, tests } = runTests(
    filesOf({ 'detections/vip.yml': rule, 'detections/vip.test.yaml': test }),
  );
  return {
    findings: findings.map(({ code, message }) => `${code}: ${message}`),
    mismatches: tests.flatMap(({ mismatches }) => mismatches),
  };
}

describe('a test of a burst', () => {
  it('counts every alert for machines, and one message for each group that begins', () => {
    const expected =
      '{ alerts: { VIP logon from odd place: 7 }, messages: { alice on h: 1, alice on other: 1 } }';
    expect(told(RULE, sequence(expected))).toEqual({ findings: [], mismatches: [] });
  });

  it('counts a throttle that was written as a correlation: it raises an alert again and again, and people get one message an hour and host', () => {
    const rule = `title: VIP logon from odd place
name: vip_logon
logsource: { product: m365defender, category: DeviceLogonEvents }
detection: { selection: { ActionType: LogonSuccess, AccountName: alice }, condition: selection }
level: low
---
title: At most one per host per hour
correlation:
  type: event_count
  rules: [vip_logon]
  group-by: [DeviceName]
  timespan: 1h
  condition: { gte: 2 }
level: high
`;
    const test = `table: DeviceLogonEvents
tests:
  - title: five logons
    rows:
      - row: { ActionType: LogonSuccess, AccountName: alice, DeviceName: h }
        times: 5
    expect:
      alerts: [At most one per host per hour, At most one per host per hour]
      messages: { At most one per host per hour: 1 }
`;
    expect(told(rule, test)).toEqual({ findings: [], mismatches: [] });
    // Beside the table files it is no rule: the mistake says where it belongs.
    const [, correlation = ''] = rule.split('---\n');
    const { findings } = runTests(filesOf({ 'throttle.yml': correlation, 'detections/vip.test.yaml': test }));
    expect(findings.map(({ code, hint }) => [code, hint])).toContainEqual([
      'misplaced-file',
      'put it into detections/',
    ]);
  });

  it('begins a group anew when its window is over', () => {
    const more =
      '      - row: { ActionType: LogonSuccess, AccountName: alice, DeviceName: h }\n        at: 24h';
    expect(
      told(RULE, sequence('{ messages: { alice on h: 2, alice on other: 1 } }', more)).mismatches,
    ).toEqual([]);
  });

  it('says what was told instead', () => {
    expect(told(RULE, sequence('{ messages: { alice on h: 5 } }')).mismatches).toEqual([
      { what: 'messages', expected: { 'alice on h': 5 }, actual: { 'alice on h': 1, 'alice on other': 1 } },
    ]);
  });

  it('groups by the host where nothing is declared, and not at all where grouping is off', () => {
    const rule = RULE.replace(/ {2}group_by.*/s, '');
    expect(told(rule, sequence('{ messages: { alice on h: 2, alice on other: 1 } }')).mismatches).toEqual([]);
    const off = `${rule}  grouping: off\n`;
    expect(told(off, sequence('{ messages: { VIP logon from odd place: 7 } }')).mismatches).toEqual([]);
  });

  it('knows the titles that a rule can have', () => {
    expect(told(RULE, sequence('{ messages: { bob on h: 0 } }')).findings).toEqual([]);
    expect(told(RULE, sequence('{ messages: { alice at h: 0 } }')).findings).toEqual([
      'unknown-rule: no rule that raises alerts has the title or id "alice at h"',
    ]);
  });

  it('is of several rows', () => {
    const one = `table: DeviceLogonEvents
tests:
  - { title: x, row: { DeviceName: h }, expect: { messages: [] } }
`;
    expect(told(RULE, one).findings).toEqual(['unknown-key: "messages" are of several rows']);
  });
});

describe('one row', () => {
  const row = { ActionType: 'LogonSuccess', AccountName: 'alice', DeviceName: 'h' };

  it('may be expected to raise an alert by its title', () => {
    const test = (name: string) => `table: DeviceLogonEvents
tests:
  - title: x
    row: ${JSON.stringify(row)}
    expect: { alerts: [${name}] }
`;
    for (const name of ['alice on h', 'VIP logon from odd place']) {
      expect(told(RULE, test(name))).toEqual({ findings: [], mismatches: [] });
    }
    expect(told(RULE, test('bob on h')).mismatches).toMatchObject([{ actual: ['alice on h'] }]);
  });

  it('is explained with the title and how people are told', () => {
    const files = filesOf({ 'detections/vip.yml': RULE });
    const { program } = compileProgram(files, assumedContext(files));
    if (!program) throw new Error('the rules have errors');
    const alertOf = (columns: object) =>
      explain(program, rowOf('DeviceLogonEvents', { ...row, ...columns })).detections[0]?.alert;
    const grouping = { by: ['DeviceName'], windowMs: 86_400_000, repeatMs: 3_600_000 };
    expect(alertOf({})).toEqual({ title: 'alice on h', grouping });
    expect(alertOf({ AccountName: 'bob' })).toEqual({ grouping });
  });

  it('has its title for who checks rules from TypeScript', () => {
    const { rules } = checkRules(filesOf({ 'detections/vip.yml': RULE }));
    expect(rules?.evaluate('DeviceLogonEvents', row)).toMatchObject({
      alerts: [{ title: 'VIP logon from odd place', shown: 'alice on h' }],
    });
  });

  it('of a correlation shows what it counted', () => {
    const rules = `${RULE.replace(/ {2}title: '.*\n/, '')}name: vip
---
title: Many
correlation: { type: event_count, rules: [vip], group-by: [User], timespan: 1h, condition: { gte: 2 }, aliases: { User: { vip: AccountName } } }
level: high
xdr_relay: { title: '{User}: {count} logons' }
`;
    const test = sequence('{ alerts: { "alice: 2 logons": 3 } }');
    const { mismatches } = told(rules, test);
    expect(mismatches).toEqual([]);
  });
});
