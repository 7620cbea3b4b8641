/** How people are told of alerts: what a rule's file, a table's route and relay.yaml declare, and their mistakes. */
import { describe, expect, it } from 'vitest';
import type { RuleContext } from '../../../src/rules/ruleset.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { compile, context } from '../helpers.ts';

const withAlerts = (alerts: RuleContext['alerts']): RuleContext => ({ ...context, alerts });

const sigma = (more: string, title = 'Shadow copies') => `title: ${title}
id: 11111111-1111-4111-8111-111111111111
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
level: high
${more}`;

const row = {
  FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
  FileName: 'vssadmin.exe',
  DeviceName: 'pc-1',
};

function groupings(files: Readonly<Record<string, string>>, alerts: RuleContext['alerts']) {
  const { evaluate, told } = compile(files, withAlerts(alerts));
  expect(told).toEqual([]);
  const verdict = evaluate('DeviceProcessEvents', row);
  const routes = verdict.kind === 'forwarded' ? verdict.routes : [];
  return Object.fromEntries(routes.filter(({ rule }) => rule).map(({ to, rule }) => [to, rule?.grouping]));
}

describe('how alerts are grouped', () => {
  const everywhere = { levels: ['high'], to: ['soc-slack', 'hook'] };

  it('is by the defaults where nothing is declared', () => {
    expect(groupings({ 'detections/a.yml': sigma('') }, [everywhere])).toEqual({
      'soc-slack': undefined,
      hook: undefined,
    });
  });

  it('is declared in the rule first, then by level in relay.yaml, key by key and destination by destination', () => {
    const rule = sigma('xdr_relay: { group_by: AccountName, window: 2h }');
    const alerts = [
      { levels: ['high'], to: ['soc-slack'], window: 60_000, repeat: 30_000 },
      { levels: ['high', 'low'], to: ['hook', 'soc-slack'], repeat: 1_000 },
      { levels: ['low'], to: ['hook'], group_by: 'FileName' },
    ];
    expect(groupings({ 'detections/a.yml': rule }, alerts)).toEqual({
      'soc-slack': { by: ['AccountName'], windowMs: 7_200_000, repeatMs: 30_000 },
      hook: { by: ['AccountName'], windowMs: 7_200_000, repeatMs: 1_000 },
    });
  });

  it('can be off: in a rule, or for a level unless the rule groups', () => {
    const off = [{ ...everywhere, grouping: 'off' as const }];
    const both = (grouping: unknown) => ({ 'soc-slack': grouping, hook: grouping });
    expect(groupings({ 'detections/a.yml': sigma('') }, off)).toEqual(both('off'));
    expect(groupings({ 'detections/a.yml': sigma('xdr_relay: { window: 2h }') }, off)).toEqual(
      both({ windowMs: 7_200_000 }),
    );
    expect(groupings({ 'detections/a.yml': sigma('xdr_relay: { grouping: off }') }, [everywhere])).toEqual(
      both('off'),
    );
  });

  it('makes one alert for destinations that are told alike', () => {
    const { evaluate } = compile({ 'detections/a.yml': sigma('') }, withAlerts([everywhere]));
    const verdict = evaluate('DeviceProcessEvents', row);
    const [one, other] = verdict.kind === 'forwarded' ? verdict.routes.filter(({ rule }) => rule) : [];
    expect(one?.rule).toBeDefined();
    expect(one?.rule).toBe(other?.rule);
  });

  it('is declared in a table file, before relay.yaml', () => {
    const file = `table: DeviceProcessEvents
routes:
  - to: soc-slack
    detection: { a: { FileName: vssadmin.exe }, condition: a }
    severity: high
    title: 'Shadow copies on {DeviceName}'
    group_by: [DeviceName, AccountName]
    repeat: 5m
`;
    const alerts = [{ levels: ['high'], to: ['soc-slack'], window: 60_000, repeat: 1 }];
    expect(groupings({ 'DeviceProcessEvents.yaml': file }, alerts)).toEqual({
      'soc-slack': { by: ['DeviceName', 'AccountName'], windowMs: 60_000, repeatMs: 300_000 },
    });
  });

  it('is by group-by for a correlation, unless its own file says otherwise', () => {
    const files = (more: string) => ({
      'detections/a.yml': sigma('name: vss'),
      'detections/b.yml': `title: Many
correlation:
  type: event_count
  rules: [vss]
  group-by: [Computer]
  timespan: 1h
  condition: { gte: 1 }
level: high
${more}`,
    });
    const level = [{ ...everywhere, group_by: 'AccountName', window: 5_000 }];
    const grouping = (more: string) => {
      const { rules, told } = compile(files(more), withAlerts(level));
      expect(told).toEqual([]);
      return rules?.correlations?.map(({ targets }) => targets.map(({ rule, to }) => [rule.grouping, to]));
    };
    const to = ['soc-slack', 'hook'];
    expect(grouping('')).toEqual([[[{ by: ['Computer'], windowMs: 5_000 }, to]]]);
    expect(
      grouping('xdr_relay: { group_by: DeviceName, title: "{Computer} {count} {AccountName}" }'),
    ).toEqual([[[{ by: ['DeviceName'], windowMs: 5_000 }, to]]]);
  });
});

describe('a title with placeholders', () => {
  it('is no part of the identity of a rule', () => {
    const { evaluate } = compile({
      'detections/a.yml': sigma("xdr_relay: { title: '{DeviceName}: shadow copies deleted' }"),
    });
    const verdict = evaluate('DeviceProcessEvents', row);
    const rule = verdict.kind === 'forwarded' ? verdict.routes.find((one) => one.rule)?.rule : undefined;
    expect(rule).toMatchObject({
      title: 'Shadow copies',
      titleTemplate: '{DeviceName}: shadow copies deleted',
    });
  });

  it('is an ordinary title without placeholders', () => {
    const { evaluate } = compile({
      'DeviceProcessEvents.yaml': `table: DeviceProcessEvents
routes: [{ to: hook, detection: { a: { FileName: x }, condition: a }, severity: low, title: Plain }]`,
    });
    const verdict = evaluate('DeviceProcessEvents', { FileName: 'x' });
    expect(verdict.kind === 'forwarded' && verdict.routes[0]?.rule).not.toHaveProperty('titleTemplate');
  });
});

describe('mistakes', () => {
  const table = (keys: string, transform = '') => ({
    'DeviceProcessEvents.yaml': `table: DeviceProcessEvents
${transform}
routes:
  - to: soc-slack
    detection: { a: { FileName: x }, condition: a }
    severity: high
${keys.replace(/^/gm, '    ')}
`,
  });
  const own = (text: string) => ({ 'detections/a.yml': sigma(`xdr_relay:\n  ${text}`) });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'an unknown column in a title',
      table("title: '{DevceName}'"),
      /:7:12\+13 error unknown-column: DeviceProcessEvents has no column "DevceName" \(did you mean "DeviceName"\?\)/,
    ],
    ['a brace', table("title: 'x {'"), /:7:12\+5 error bad-placeholder: a "\{" without/],
    [
      'an unknown column of a group',
      table('group_by: [DeviceName, Acount]'),
      /:7:28\+6 error unknown-column/,
    ],
    [
      'a column that the transform removed',
      table('group_by: DeviceName', 'transform: [{ remove: [DeviceName] }]'),
      /:7:15\+10 error unknown-column: "DeviceName" is gone: "remove" of the table's transform took it away/,
    ],
    [
      'a repeat that is longer than the window',
      table('window: 1m\nrepeat: 2m'),
      /:8:5\+6 error conflict: "repeat" is longer than "window"/,
    ],
    [
      'a window that is too long',
      table('window: 8d'),
      /:7:13\+2 error bad-format: routes\[0\]\.window must be a duration from "1s" to "7d"/,
    ],
    ['a misspelt key', table('group-by: DeviceName'), /:7:5\+8 error unknown-key.*did you mean "group_by"/],
    ['grouping that is not off', table('grouping: on'), /:7:15\+2 error .*grouping/],
    [
      'an unknown column in a rule',
      own("title: '{Devicename}'"),
      /a\.yml:7:10\+14 error unknown-column.*did you mean "DeviceName"/,
    ],
    [
      "Sigma's field in place of a column",
      own('group_by: [Image]'),
      /a\.yml:7:14\+5 error unknown-column.*the field "Image" of Sigma is "FolderPath" here/,
    ],
    [
      'a misspelt key of a rule',
      own('windw: 1h'),
      /a\.yml:7:3\+5 error unknown-key: unknown key "windw" in xdr_relay \(did you mean "window"\?\)/,
    ],
    [
      'a wrong duration of a rule',
      own('window: 1w'),
      /a\.yml:7:11\+2 error bad-format: xdr_relay\.window must be a duration/,
    ],
    ['off and more', own('grouping: off\n  repeat: 1m'), /a\.yml:7:3\+8 error conflict/],
    [
      'a list in place of a mapping',
      { 'detections/a.yml': sigma('xdr_relay: [x]') },
      /a\.yml:6:12\+3 error wrong-type/,
    ],
    [
      'a near miss of the key itself',
      { 'detections/a.yml': sigma('xdr-relay: { window: 1h }') },
      /a\.yml:6:1\+9 warning unknown-key.*did you mean "xdr_relay"/,
    ],
  ])('%s', (_, files, expected) => {
    expect(compile(files).told.join('\n')).toMatch(expected);
  });

  it('grouping without an alert is a warning', () => {
    const { told, rules } = compile({
      'DeviceProcessEvents.yaml': 'table: DeviceProcessEvents\nroutes: [{ to: hook, window: 1h }]',
    });
    expect(told.join()).toMatch(/:2:22\+6 warning grouping-without-alert/);
    expect(rules).toBeDefined();
    expect(rules?.evaluate(rowOf('DeviceProcessEvents', {}))).toMatchObject({ kind: 'forwarded' });
  });
});
