import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import { explain } from '../../../src/rules/explain.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import { LEVELS } from '../../../src/shared/event.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { compile, context, filesOf, routesOf } from '../helpers.ts';

function rule(title: string, { tags = '', level = 'medium' } = {}): string {
  return `title: ${title}
name: ${title.toLowerCase()}
logsource: { category: process_creation }
tags: [${tags}]
detection:
  selection: { Image|endswith: '\\${title.toLowerCase()}.exe' }
  condition: selection
level: ${level}
`;
}

const RULES = {
  'detections/sigmahq/windows/whoami.yml': rule('Whoami', { tags: 'attack.t1033, attack.discovery' }),
  'detections/sigmahq/linux/nmap.yml': rule('Nmap', { tags: 'attack.T1046' }),
  'detections/own/finger.yml': rule('Finger'),
};

function set(overrides: string, more: Readonly<Record<string, string>> = {}) {
  return compile({ ...RULES, 'overrides.yml': overrides, ...more });
}

const alertsOf = (found: ReturnType<typeof set>) =>
  ['whoami', 'nmap', 'finger'].map((name) =>
    routesOf(found.evaluate('DeviceProcessEvents', { FolderPath: `C:\\${name}.exe` }))
      .filter((route) => route.includes('!'))
      .join(' '),
  );

const [WHOAMI, NMAP, FINGER] = ['hook!medium:Whoami', 'hook!medium:Nmap', 'hook!medium:Finger'];

describe('overrides', () => {
  it('of no rule leave all as they are', () => {
    expect(alertsOf(compile(RULES))).toEqual([WHOAMI, NMAP, FINGER]);
  });

  it.each([
    ['rules: [Whoami]', ['soc-slack!high:Whoami hook!high:Whoami', NMAP, FINGER]],
    ['rules: whoami', ['soc-slack!high:Whoami hook!high:Whoami', NMAP, FINGER]],
    ['tags: attack.t1033', ['soc-slack!high:Whoami hook!high:Whoami', NMAP, FINGER]],
    [
      'tags: [attack.t10*]',
      ['soc-slack!high:Whoami hook!high:Whoami', 'soc-slack!high:Nmap hook!high:Nmap', FINGER],
    ],
    [
      'folder: sigmahq',
      ['soc-slack!high:Whoami hook!high:Whoami', 'soc-slack!high:Nmap hook!high:Nmap', FINGER],
    ],
    ['folder: detections/sigmahq/linux/', [WHOAMI, 'soc-slack!high:Nmap hook!high:Nmap', FINGER]],
    ['folder: own/finger.yml', [WHOAMI, NMAP, 'soc-slack!high:Finger hook!high:Finger']],
    ['folder: sigmahq\n    tags: attack.t1046', [WHOAMI, 'soc-slack!high:Nmap hook!high:Nmap', FINGER]],
  ])('by %s', (selector, expected) => {
    const found = set(`overrides:\n  - ${selector}\n    level: high\n`);
    expect(found.told).toEqual([]);
    expect(alertsOf(found)).toEqual(expected);
  });

  it('a folder is not a beginning of a name', () => {
    expect(set('overrides:\n  - folder: sig\n    level: high\n').told).toEqual([
      'overrides.yml:2:5+6 warning unused-override: the override fits no rule',
    ]);
  });

  it('switch rules off, also one of a folder back on', () => {
    expect(alertsOf(set('overrides:\n  - { folder: sigmahq, enabled: false }\n'))).toEqual(['', '', FINGER]);
    const but = 'overrides:\n  - { folder: sigmahq, enabled: false }\n  - { rules: Nmap, enabled: true }\n';
    expect(alertsOf(set(but))).toEqual(['', NMAP, FINGER]);
  });

  it('set destinations, to none as well', () => {
    const text =
      'overrides:\n  - { rules: Whoami, destinations: [archive] }\n  - { rules: Nmap, destinations: [] }\n';
    expect(alertsOf(set(text))).toEqual(['archive!medium:Whoami', '', FINGER]);
  });

  it('set how people are told, key by key', () => {
    const own = `${RULES['detections/own/finger.yml']}xdr_relay: { window: 2h, group_by: AccountName }\n`;
    const text = 'overrides:\n  - { rules: Finger, group_by: [DeviceName], repeat: 30m }\n';
    const { evaluate, told } = set(text, { 'detections/own/finger.yml': own });
    expect(told).toEqual([]);
    const verdict = evaluate('DeviceProcessEvents', { FolderPath: 'C:\\finger.exe' });
    const routes = verdict.kind === 'forwarded' ? verdict.routes : [];
    expect(routes.find(({ rule: one }) => one)?.rule?.grouping).toEqual({
      by: ['DeviceName'],
      windowMs: 7_200_000,
      repeatMs: 1_800_000,
    });
    const off = set('overrides:\n  - { rules: Finger, grouping: off }\n', {
      'detections/own/finger.yml': own,
    });
    const loud = off.evaluate('DeviceProcessEvents', { FolderPath: 'C:\\finger.exe' });
    expect(loud.kind === 'forwarded' && loud.routes.at(-1)?.rule?.grouping).toBe('off');
  });

  it('change correlations', () => {
    const many = `title: Many\ncorrelation: { type: event_count, rules: [whoami], timespan: 1h, condition: { gte: 2 } }\nlevel: low\n`;
    const { rules } = set('overrides:\n  - { rules: Many, level: critical }\n', {
      'detections/many.yml': many,
    });
    expect(rules?.correlations).toMatchObject([{ level: 'critical', to: ['soc-slack', 'hook'] }]);
    const off = set('overrides:\n  - { rules: whoami, enabled: false }\n', { 'detections/many.yml': many });
    expect(off.told.filter((one) => one.includes(' error '))[0]).toContain(
      'counted-rule-off: "Whoami" is switched off, but the correlation "Many" counts it (switch the correlation off, too, or take the rule out of the override)',
    );
    const both = set('overrides:\n  - { rules: [whoami, Many], enabled: false }\n', {
      'detections/many.yml': many,
    });
    expect(both.told).toEqual([]);
    expect(both.rules?.correlations).toEqual([]);
  });

  it('a rule that is switched off may have exceptions', () => {
    const exceptions = `exceptions:\n  - { title: K, rules: Whoami, owner: soc, detection: { a: { DeviceName: b }, condition: a } }\n`;
    expect(
      set('overrides:\n  - { rules: Whoami, enabled: false }\n', { 'exceptions/k.yml': exceptions }).told,
    ).toEqual([]);
  });

  it('give a level to rules that have none, so that nobody is warned', () => {
    const bare = rule('Finger').replace('level: medium\n', '');
    const texts = { ...RULES, 'detections/own/finger.yml': bare };
    expect(compile(texts).told.join()).toContain('no-level');
    const found = compile({ ...texts, 'overrides.yml': 'overrides:\n  - { rules: Finger, level: low }\n' });
    expect(found.told).toEqual([]);
  });

  it.each([
    [
      '{ rules: Whoam, level: high }',
      'error unknown-rule: no rule has the name, id or title "Whoam" (did you mean "Whoami" or "whoami"?)',
    ],
    [
      '{ rules: Whoami, destinations: [hok] }',
      'error unknown-destination: overrides[0].destinations[0] names no destination (did you mean "hook"?)',
    ],
    [
      '{ level: high }',
      'error missing-key: the override does not say which rules it changes (add one of: rules, tags, folder)',
    ],
    ['{ rules: Whoami }', 'error missing-key: the override changes nothing'],
    ['{ rules: Whoami, level: hi }', 'error not-allowed: overrides[0].level must be one of'],
    [
      '{ rules: Whoami, level: medium }',
      'warning unused-override: the override says what its rules say already',
    ],
    ['{ tags: attack.t9*, level: high }', 'warning unused-override: the override fits no rule'],
    ['{ rules: Whoami, grouping: off, window: 1h }', 'error conflict: "grouping: off" leaves nothing'],
    [
      '{ rules: Whoami, group_by: DeviceNam }',
      'warning unknown-column: DeviceProcessEvents has no column "DeviceNam"',
    ],
    ['{ rule: Whoami, level: high }', 'error unknown-key'],
  ])('%s', (text, expected) => {
    const { told, diagnostics } = set(`overrides:\n  - ${text}\n`);
    expect(told.join('\n')).toContain(expected);
    expect(told.every((one) => one.startsWith('overrides.yml:'))).toBe(true);
    expectTheVoice(diagnostics);
  });

  it('say what they changed', () => {
    const text =
      'overrides:\n  - { title: Noisy, folder: sigmahq, level: low }\n  - { rules: Nmap, level: high }\n';
    const { program, overrides } = compileProgram(filesOf({ ...RULES, 'overrides.yml': text }), context);
    expect(overrides.map(({ line, rules }) => [line, rules.map(({ title }) => title)])).toEqual([
      [2, ['Nmap', 'Whoami']],
      [3, ['Nmap']],
    ]);
    const { detections } = program ? explain(program, rowOf('DeviceProcessEvents', {})) : { detections: [] };
    expect(detections.map(({ title, level, overridden }) => [title, level, overridden])).toEqual([
      ['Finger', 'medium', undefined],
      ['Nmap', 'high', [{ key: 'level', from: 'low', to: 'high', file: 'overrides.yml', line: 3 }]],
      [
        'Whoami',
        'low',
        [{ key: 'level', from: 'medium', to: 'low', file: 'overrides.yml', line: 2, title: 'Noisy' }],
      ],
    ]);
  });

  it('of several, the last one that has a key wins (property)', () => {
    const one = fc.record({ level: fc.constantFrom(...LEVELS), enabled: fc.boolean() }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), (list) => {
        const entries = list.map((keys) =>
          JSON.stringify({ rules: 'Whoami', ...keys, destinations: ['archive'] }),
        );
        const found = set(`overrides:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`);
        const level = list.findLast((keys) => keys.level !== undefined)?.level ?? 'medium';
        const enabled = list.findLast((keys) => keys.enabled !== undefined)?.enabled ?? true;
        expect(alertsOf(found)[0]).toBe(enabled ? `archive!${level}:Whoami` : '');
      }),
      { numRuns: 50 },
    );
  });
});
