import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { estimateCost, judgeCost } from '../../../src/rules/regex/cost.ts';
import { compile } from '../helpers.ts';

const rule = (pattern: string) => ({
  'detections/one.yml': `title: One
level: low
logsource: { product: m365defender, service: DeviceProcessEvents }
detection:
  selection:
    ProcessCommandLine|re: '${pattern}'
  condition: selection
`,
});

describe('the cost of a regular expression', () => {
  it.each([
    'abc|def',
    '(a{1,30}){1,30}',
    '.{500}',
    '[a-z0-9]{100}x',
    '(?i)powershell.{0,200}-enc',
    '((ab){5}c){3,7}',
  ])('is estimated from its text: %s', (pattern) => {
    const exact = RE2JS.compile(pattern).programSize();
    expect(estimateCost(pattern)).toBeGreaterThan(exact / 3);
    expect(estimateCost(pattern)).toBeLessThan(exact * 3);
  });

  it('is nothing to speak of for what rules are made of', () => {
    expect(compile(rule('(?i)\\\\(cmd|powershell)\\.exe.{0,200}(-enc|frombase64string)')).told).toEqual([]);
  });

  it.each([
    ['.{1000}x.{400}', 'warning'],
    ['(a{1,30}){1,30}b', 'warning'],
    ['.{1000}.{1000}.{1000}.{1000}', 'error'],
    ['(([a-z]{1,10}){1,10}[0-9]{0,900}){1,1}.{900}.{900}.{900}.{900}', 'error'],
  ])('is told with its place: %s', (pattern, severity) => {
    const { told, rules } = compile(rule(pattern));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      new RegExp(
        `^detections/one\\.yml:6:28\\+${pattern.length + 2} ${severity} costly-regex: .* steps .*\\(.*multiply.*\\)$`,
      ),
    );
    expect(rules === undefined).toBe(severity === 'error');
  });

  it('is refused before it is compiled where it is beyond all measure', () => {
    const pattern = '[a-z]{1000}'.repeat(700);
    expect(compile(rule(pattern)).told[0]).toContain(
      'error costly-regex: the regular expression takes 700,000 steps',
    );
  });

  it('is the same thing to say of a redacted pattern', () => {
    const table = (pattern: string) => ({
      'DeviceProcessEvents.yaml': `table: DeviceProcessEvents\ntransform:\n  - redact: { columns: ProcessCommandLine, pattern: '${pattern}' }\n`,
    });
    expect(compile(table('x.{1500}'.replace('1500', '900').repeat(2))).told[0]).toMatch(
      /^DeviceProcessEvents\.yaml:3:\d+\+\d+ warning costly-regex/,
    );
    expect(compile(table('x.{900}'.repeat(6))).told[0]).toMatch(
      /^DeviceProcessEvents\.yaml:3:\d+\+\d+ error costly-regex/,
    );
  });

  it('has thresholds', () => {
    expect(judgeCost(999)).toBeUndefined();
    expect(judgeCost(1_000)?.severity).toBe('warning');
    expect(judgeCost(4_000)?.severity).toBe('error');
  });
});
