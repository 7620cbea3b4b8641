import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { coverageCommand } from '../../../src/cli/actions/rules/coverage.ts';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { captured, folderWith, line, RELAY } from './support.ts';

const NEVER = new AbortController().signal;

const RULES = `title: Many Failed Logons
correlation:
  type: event_count
  rules: [failed]
  group-by: [AccountName]
  timespan: 10m
  condition: { gte: 3 }
level: low
---
title: Failed Logon
name: failed
logsource: { product: m365defender, category: DeviceLogonEvents }
detection:
  selection: { ActionType: LogonFailed }
  condition: selection
level: low
`;

const failed = (at: string, AccountName: string) =>
  line('DeviceLogonEvents', { Timestamp: `2026-11-23T07:${at}:00Z`, ActionType: 'LogonFailed', AccountName });

const tests = (body: string) => `table: DeviceLogonEvents\ntests:\n  - title: T\n${body}`;

async function test(body: string) {
  const folder = await folderWith({ 'detections/c.yml': RULES, 'detections/c.test.yaml': tests(body) });
  const out = captured();
  const code = await testCommand({ transforms: folder, format: 'text' }, out, NEVER);
  return { code, text: out.text() };
}

describe('rules and correlations', () => {
  it('check finds what is wrong with one', async () => {
    const folder = await folderWith({ 'detections/c.yml': RULES.replace('[failed]', '[faild]') });
    const out = captured();
    expect(await checkCommand({ transforms: folder, format: 'text' }, out)).toBe(1);
    expect(out.text()).toContain('unknown-rule');
    expect(out.text()).toContain('did you mean "failed"?');
  });

  it('run raises them, and not the rules that only feed them', async () => {
    const rows = [
      failed('00', 'a'),
      failed('01', 'a'),
      failed('01', 'b'),
      failed('10', 'a'),
      failed('11', 'a'),
    ];
    const folder = await folderWith({
      'relay.yaml': RELAY,
      'rules/detections/c.yml': RULES,
      'a.json': rows.join('\r\n'),
    });
    const out = captured();
    const config = join(folder, 'relay.yaml');
    expect(await runCommand({ inputs: [join(folder, 'a.json')], config, format: 'json' }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({
      rules: { 'Many Failed Logons': 1 },
      destinations: { 'soc-slack': { alerts: 1 } },
    });
  });

  it('explain says who counts a row', async () => {
    const folder = await folderWith({ 'rules/detections/c.yml': RULES, 'row.json': failed('00', 'a') });
    const out = captured();
    const options = {
      transforms: join(folder, 'rules'),
      row: join(folder, 'row.json'),
      format: 'text',
    } as const;
    expect(await explainCommand(options, out)).toBe(0);
    expect(out.text()).toContain('Failed Logon low, counted by "Many Failed Logons", detections/c.yml');
  });

  it('coverage counts them, and says why one does not run', async () => {
    const folder = await folderWith({
      'a.yml': RULES,
      'b.yml': RULES.replace('Many', 'Few')
        .replace('LogonFailed', 'X')
        .replace('ActionType', 'NoColumn')
        .replaceAll('failed', 'other'),
    });
    const out = captured();
    expect(await coverageCommand({ paths: [folder], format: 'json' }, out)).toBe(0);
    const { rules, running, sources, obstacles } = JSON.parse(out.text());
    expect({ rules, running }).toEqual({ rules: 4, running: 2 });
    expect(sources).toContainEqual({ source: 'correlation', rules: 2, running: 1, unproven: 0 });
    expect(obstacles.map(({ code }: { code: string }) => code).sort()).toEqual([
      'unknown-column',
      'unknown-rule',
    ]);
  });
});

describe('rules test with rows', () => {
  const row = '{ ActionType: LogonFailed, AccountName: a }';

  it('passes when what is expected of all of them is raised', async () => {
    const { code, text } = await test(
      `    rows:\n      - { row: ${row}, times: 2 }\n      - { row: ${row}, at: 9m }\n    expect: { alerts: [Many Failed Logons] }\n`,
    );
    expect(text).toBe('1 test: 1 passed');
    expect(code).toBe(0);
  });

  it('shows what else was raised', async () => {
    const { code, text } = await test(`    rows: [{ row: ${row}, times: 3 }]\n    expect: { alerts: [] }\n`);
    expect(text).toContain('+   "Many Failed Logons"');
    expect(code).toBe(1);
  });

  it('minds times', async () => {
    const { code } = await test(
      `    rows:\n      - { row: ${row}, times: 2 }\n      - { row: ${row}, at: 11m }\n    expect: { alerts: [] }\n`,
    );
    expect(code).toBe(0);
  });

  it.each([
    ['neither row nor rows', '    expect: { alerts: [] }\n', 'a test has either "row" or "rows"'],
    [
      'both',
      `    row: ${row}\n    rows: [{ row: ${row} }]\n    expect: { alerts: [] }\n`,
      'either "row" or "rows"',
    ],
    [
      'no alerts',
      `    rows: [{ row: ${row} }]\n    expect: { forwarded: [] }\n`,
      'only "alerts" and "messages" can be expected',
    ],
    [
      'a column that is none',
      `    rows: [{ row: { ActionTyp: x }, at: 1m }]\n    expect: { alerts: [x] }\n`,
      'no column "ActionTyp"',
    ],
    [
      'a time that is none',
      `    rows: [{ row: ${row}, at: soon }]\n    expect: { alerts: [] }\n`,
      'a duration such as',
    ],
  ])('finds mistakes: %s', async (_, body, message) => {
    const folder = await folderWith({ 'detections/c.yml': RULES, 'detections/c.test.yaml': tests(body) });
    const out = captured();
    await checkCommand({ transforms: folder, format: 'text' }, out);
    expect(out.text()).toContain(message);
  });
});
