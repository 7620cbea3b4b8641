/** What tests expect, and what is doubtful in it. */
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import { collectTests } from '../../../src/rules/testing/collect.ts';
import { runTest } from '../../../src/rules/testing/run.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { context, filesOf } from '../helpers.ts';

const RULES = `title: Failed Logon
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01
level: low
logsource: { product: m365defender, category: DeviceLogonEvents }
detection: { s: { ActionType: LogonFailed }, condition: s }
---
title: Watched
name: watched
logsource: { product: m365defender, category: DeviceLogonEvents }
detection: { s: { ActionType: LogonSuccess }, condition: s }
---
title: Many Logons
level: low
correlation: { type: event_count, rules: watched, group-by: AccountName, timespan: 10m, condition: { gte: 2 } }
`;
const TABLE = `table: DeviceLogonEvents
routes:
  - { to: hook, severity: low, title: A Route, detection: { s: { AccountName: root }, condition: s } }
  - { to: splunk, severity: low, title: A Route, detection: { s: { AccountName: root }, condition: s } }
`;

function collected(tests: string, rules = RULES) {
  const files = filesOf({ 'DeviceLogonEvents.yaml': TABLE, 'detections/a.yml': rules, 'a.test.yaml': tests });
  const { program } = compileProgram(files, context);
  const found = collectTests(files, context, program);
  expectTheVoice(found.diagnostics);
  return {
    told: found.diagnostics.map(
      ({ severity, code, span, message, hint }) =>
        `${span.line}:${span.column}+${span.length} ${severity} ${code}: ${message}${hint ? ` (${hint})` : ''}`,
    ),
    run: () => found.tests.flatMap((test) => (program ? runTest(program, test) : [])),
  };
}

const one = (alerts: string, row = '{ ActionType: LogonFailed }') =>
  `table: DeviceLogonEvents\ntests:\n  - title: T\n    row: ${row}\n    expect: { alerts: ${alerts} }\n`;
const many = (alerts: string, rows: string) =>
  `table: DeviceLogonEvents\ntests:\n  - title: T\n    rows: ${rows}\n    expect: { alerts: ${alerts} }\n`;

describe('an alert that no rule raises', () => {
  const message = (name: string) =>
    `warning unknown-rule: no rule that raises alerts has the title or id "${name}"`;

  it('is told where it stands', () => {
    expect(collected(one('[Nope]')).told).toEqual([`5:24+4 ${message('Nope')}`]);
    expect(collected(one('[Failed Logno]')).told).toEqual([
      `5:24+12 ${message('Failed Logno')} (did you mean "Failed Logon"?)`,
    ]);
    expect(collected(one('{ Nope: 2 }')).told).toEqual([`5:25+4 ${message('Nope')}`]);
    // It only feeds a correlation.
    expect(collected(one('[Watched]')).told).toEqual([`5:24+7 ${message('Watched')}`]);
  });

  it('is none of a title, an id, a correlation or a route', () => {
    for (const name of ['Failed Logon', '0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01', 'Many Logons', 'A Route']) {
      expect([name, collected(one(`[${name}]`)).told]).toEqual([name, []]);
    }
  });

  it('is told in a table file, too', () => {
    const table = `table: DeviceEvents\ntests:\n  - { title: T, row: {}, expect: { alerts: [Nope] } }\n`;
    const files = filesOf({ 'DeviceEvents.yaml': table });
    const { program } = compileProgram(files, context);
    expect(collectTests(files, context, program).diagnostics).toMatchObject([
      { file: 'DeviceEvents.yaml', code: 'unknown-rule', span: { line: 3, column: 45 } },
    ]);
  });

  it('is not told while the rules have errors: it may be one of those', () => {
    expect(
      collected(one('[Nope]'), RULES.replace('title: Failed Logon', 'titel: Failed Logon')).told,
    ).toEqual([]);
  });
});

describe('how many alerts', () => {
  const rows = '[{ row: { ActionType: LogonFailed }, times: 5 }]';

  it('is compared where the test says so', () => {
    expect(collected(many('{ Failed Logon: 5 }', rows)).run()).toEqual([]);
    expect(
      collected(many('{ 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01: 5, Many Logons: 0 }', rows)).run(),
    ).toEqual([]);
    expect(collected(many('{ Failed Logon: 4 }', rows)).run()).toEqual([
      { what: 'alerts', expected: { 'Failed Logon': 4 }, actual: { 'Failed Logon': 5 } },
    ]);
    expect(collected(many('{ Many Logons: 1 }', rows)).run()).toEqual([
      { what: 'alerts', expected: { 'Many Logons': 1 }, actual: { 'Many Logons': 0, 'Failed Logon': 5 } },
    ]);
    expect(collected(many('{}', rows)).run()).toHaveLength(1);
  });

  it('is what correlations raise, and not the rules that they watch', () => {
    const logons = '[{ row: { ActionType: LogonSuccess, AccountName: a }, times: 4 }]';
    expect(collected(many('{ Many Logons: 2 }', logons)).run()).toEqual([]);
  });

  it('is one of a row, whatever its routes', () => {
    expect(collected(one('{ Failed Logon: 1 }')).run()).toEqual([]);
    expect(collected(one('{ A Route: 1 }', '{ AccountName: root }')).run()).toEqual([]);
    expect(collected(one('{ A Route: 2 }', '{ AccountName: root }')).run()).toHaveLength(1);
    expect(collected(one('{ A Route: 0 }')).run()).toHaveLength(1);
  });

  it('does not count where the test names rules alone', () => {
    expect(collected(many('[Failed Logon]', rows)).run()).toEqual([]);
  });

  it('is a whole number', () => {
    for (const count of ['-1', '1.5', 'two'])
      expect(collected(one(`{ Failed Logon: ${count} }`)).told).toHaveLength(1);
  });
});

describe('a table that is not known', () => {
  const warning = (place: string) =>
    `${place} warning unknown-table: no table "DeviceLogonEvent" is known (did you mean "DeviceLogonEvents"?)`;

  it('is told of the file, of a test and of a row', () => {
    const misspelt = one('[]').replace('DeviceLogonEvents', 'DeviceLogonEvent');
    expect(collected(misspelt).told).toEqual([warning('1:8+16')]);
    expect(
      collected(one('[]').replace('  - title: T', '  - title: T\n    table: DeviceLogonEvent')).told,
    ).toEqual([warning('4:12+16')]);
    expect(collected(many('[]', '[{ table: DeviceLogonEvent, row: {} }]')).told).toEqual([
      warning('4:21+16'),
    ]);
  });

  it('is none that has a table file', () => {
    const files = filesOf({
      'NewEvents.yaml': 'table: NewEvents\n',
      'a.test.yaml': one('[]').replace('DeviceLogonEvents', 'NewEvents'),
    });
    expect(collectTests(files, context).diagnostics).toEqual([]);
  });
});
