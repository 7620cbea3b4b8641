/** What `rules lint` finds, one check after the other, and that its changes mend it. */
import { describe, expect, it } from 'vitest';
import { type LintResult, lintFiles } from '../../../src/rules/lint/lint.ts';
import { profilesOf, readProfile } from '../../../src/rules/lint/profile.ts';

const TODAY = '2026-11-27';

const HEAD: Readonly<Record<string, string>> = {
  title: 'Whoami',
  id: '0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01',
  status: 'test',
  description: 'Somebody asks who they are.',
  author: 'SOC',
  date: '2026-11-23',
  tags: '[attack.discovery, attack.t1033]',
  references: '[https://attack.mitre.org/techniques/T1033/]',
  logsource: '{ category: process_creation, product: windows }',
  falsepositives: '[Administrators]',
  level: 'low',
};

const DETECTION = `detection:
  selection: { Image|endswith: '\\whoami.exe' }
  condition: selection
`;

/** A rule without faults but for the given keys; an empty text leaves a key out. */
function rule(changes: Readonly<Record<string, string>> = {}, detection = DETECTION): string {
  const keys = Object.entries({ ...HEAD, ...changes }).filter(([, value]) => value !== '');
  return `${keys.map(([key, value]) => `${key}: ${value}\n`).join('')}${detection}`;
}

function parts(text: string): string {
  return rule({}, `detection:\n${text}`);
}

function lint(text: string, path = 'detections/proc_creation_win_whoami.yml'): LintResult {
  return lintFiles([{ path, text }], { profiles: profilesOf('sigmahq'), today: TODAY });
}

const codes = (result: LintResult) => result.diagnostics.map(({ code }) => code);

describe('lintFiles', () => {
  it('finds nothing in a good rule', () => {
    expect(lint(rule())).toEqual({ diagnostics: [], fixable: 0, fixed: [], mends: [] });
  });

  it.each([
    ['no-id', { id: '' }],
    ['bad-id', { id: 'whoami-1' }],
    ['no-status', { status: '' }],
    ['no-level', { level: '' }],
    ['no-description', { description: '' }],
    ['no-description', { description: 'Short' }],
    ['no-author', { author: '' }],
    ['no-date', { date: '' }],
    ['bad-date', { date: '2026-02-30' }],
    ['date-order', { date: '2026-11-28' }],
    ['date-order', { modified: '2026-11-22' }],
    ['no-tags', { tags: '' }],
    ['no-tags', { tags: '[cve.2024-1234]' }],
    ['bad-tag', { tags: '[attack.t1033, discovery]' }],
    ['unknown-attack-tag', { tags: '[attack.t9999]' }],
    ['unknown-attack-tag', { tags: '[attack.t1059.999]' }],
    ['unknown-attack-tag', { tags: '[attack.discovry]' }],
    ['repeated-entry', { tags: '[attack.t1033, attack.T1033]' }],
    ['no-references', { references: '' }],
    ['reference-form', { references: '[Internal research]' }],
    ['no-false-positives', { falsepositives: '' }],
    ['false-positive-form', { falsepositives: '[None]' }],
    ['false-positive-form', { falsepositives: '[administrators at work]' }],
    ['title-form', { title: 'Detects whoami' }],
    ['title-form', { title: 'Whoami.' }],
  ])('finds %s in %j', (code, changes) => {
    const found = codes(lint(rule(changes)));
    expect(found).toContain(code);
    expect(found.filter((one) => one !== code && one !== 'bad-tag')).toEqual([]);
  });

  it('accepts what ATT&CK has, and groups, software and data sources', () => {
    const tags =
      '[attack.t1059.001, attack.command-and-control, attack.g0007, attack.s0002, attack.ds0005, cve.2024-1]';
    expect(codes(lint(rule({ tags })))).toEqual([]);
  });

  it.each([
    ['wildcards-for-modifier', "  s: { Image: '*\\whoami.exe' }\n  condition: s\n"],
    ['matches-everything', "  s: { CommandLine|contains: '' }\n  condition: s\n"],
    ['matches-everything', "  s: { CommandLine|endswith: ['*', a] }\n  condition: s\n"],
    ['repeated-entry', '  s: { CommandLine|contains: [abc, ABC] }\n  condition: s\n'],
    ['covered-value', '  s: { CommandLine|contains: [abc, xabcx] }\n  condition: s\n'],
    ['covered-value', '  s: { CommandLine|contains|all: [abc, xabcx] }\n  condition: s\n'],
    [
      'dead-selection',
      '  s: { OriginalFileName: a.exe, OriginalFileName|endswith: b.exe }\n  condition: s\n',
    ],
    ['constant-condition', '  s: { User: a }\n  condition: s and not s\n'],
    ['constant-condition', '  s: { User: a }\n  t: { User: A }\n  condition: s or not t\n'],
    ['useless-part', '  s: { User: a }\n  t: { User: b }\n  condition: s or (s and t)\n'],
  ])('finds %s in %j', (code, text) => {
    expect(codes(lint(parts(text)))).toEqual([code]);
  });

  it.each([
    "  s: { Image: '*' }\n  condition: s\n",
    "  s: { Image: ['*\\a.exe', 'C:\\b*'] }\n  condition: s\n",
    "  s: { Image: '*a*b*' }\n  condition: s\n",
    '  s: { CommandLine|base64offset|contains: [IEX, iex] }\n  condition: s\n',
    '  s: { CommandLine|contains|cased: [IEX, iex] }\n  condition: s\n',
    "  s: { Image|endswith: '\\a.exe', Image|contains: '\\b\\' }\n  condition: s\n",
    '  s1: { User: a }\n  s2: { User: b }\n  f: { User: c }\n  condition: 1 of s* and not f\n',
  ])('is content with %j', (text) => {
    expect(codes(lint(parts(text)))).toEqual([]);
  });

  it('finds conditions and values in table files and exceptions, too', () => {
    const text =
      "table: DeviceEvents\nfilter:\n  - title: a\n    detection: { s: { FileName: '*.tmp' }, condition: s or not s }\n";
    expect(codes(lint(text, 'DeviceEvents.yaml'))).toEqual(['wildcards-for-modifier', 'constant-condition']);
  });

  it('finds equal detections whatever their parts are named, and blames one’s own', () => {
    const own = rule(
      { title: 'Mine' },
      'detection:\n  a: { User: [x, Y] }\n  b: { Image: z }\n  condition: b and a\n',
    );
    const theirs = rule(
      { title: 'Theirs' },
      'detection:\n  p:\n    Image: Z\n    User: [y, x]\n  condition: p\n',
    );
    const files = [
      { path: 'detections/own.yml', text: own },
      {
        path: 'detections/sigma/theirs_creation.yml',
        text: theirs.replace(
          'p:\n    Image: Z\n    User: [y, x]\n  condition: p',
          'p: { Image: Z }\n  q: { User: [y, x] }\n  condition: all of them',
        ),
      },
    ];
    const { diagnostics } = lintFiles(files, { profiles: profilesOf(undefined), today: TODAY });
    expect(diagnostics).toMatchObject([
      { code: 'duplicate-logic', file: 'detections/own.yml', severity: 'warning' },
    ]);
    expect(diagnostics[0]?.message).toContain('"Theirs"');
    const other = files.map((file, n) =>
      n === 0 ? { ...file, text: own.replace('windows', 'linux') } : file,
    );
    expect(codes(lintFiles(other, { profiles: profilesOf(undefined), today: TODAY }))).toEqual([]);
  });

  it('says where a file is not YAML, and goes on with the others', () => {
    expect(codes(lint('title: [\n'))).toEqual(['yaml-syntax']);
    expect(codes(lint('- 1\n'))).toEqual([]);
    expect(codes(lint('detection: 1\ntags: {a: b}\nlogsource: []\n'))).toContain('no-id');
  });
});

it('asks for no metadata of rules that only a correlation counts', () => {
  const base = `title: Base\nid: ${HEAD.id}\nname: base\nlogsource: ${HEAD.logsource}\n${DETECTION}`;
  const correlation = (generate: boolean) =>
    `title: Many\ncorrelation: { type: event_count, rules: [base], timespan: 5m, condition: { gte: 5 } }\ngenerate: ${generate}\n`;
  const at = (text: string) =>
    lint(text).diagnostics.filter(({ code, span }) => code === 'no-author' && span.line > 3);
  expect(at(`${correlation(false)}---\n${base}`)).toEqual([]);
  expect(at(`${correlation(true)}---\n${base}`)).toHaveLength(1);
});

describe('fixes', () => {
  it('mends and keeps comments, order and everything else', () => {
    const text = `# ours
title: Whoami # a name
tags:
    - attack.T1033 # upper case
    - attack.credential_access
    - attack.credential-access
date: 2026/11/23
logsource: { category: process_creation, product: windows }
detection:
    selection: # two
        Image:
            - '*\\whoami.exe'   # first
            - "*\\\\it''s.exe"
        CommandLine|contains:
            - a
            - 'A'
    condition: selection
`;
    const { fixed, fixable } = lint(text);
    expect(fixable).toBe(6);
    expect(fixed).toEqual([
      {
        path: 'detections/proc_creation_win_whoami.yml',
        text: `# ours
title: Whoami # a name
tags:
    - attack.t1033 # upper case
    - attack.credential-access
date: 2026-11-23
logsource: { category: process_creation, product: windows }
detection:
    selection: # two
        Image|endswith:
            - '\\whoami.exe'   # first
            - '\\it''''s.exe'
        CommandLine|contains:
            - a
    condition: selection
`,
      },
    ]);
    expect(lint(fixed[0]?.text ?? '').fixable).toBe(0);
  });

  it('leaves a repeated entry with a comment, or in brackets, to a person', () => {
    expect(
      lint(parts('  s:\n    User|contains:\n      - a\n      - A # why\n  condition: s\n')).fixable,
    ).toBe(0);
    expect(lint(parts('  s: { User|contains: [a, A] }\n  condition: s\n')).fixable).toBe(0);
  });
});

describe('readProfile', () => {
  it('changes settings, for parts of the folder too', () => {
    const text =
      'extends: own\nrules: { no-author: error, no-status: off }\nfolders:\n  - { path: detections/vendor, extends: sigmahq, rules: { no-id: off } }\n';
    const profiles = readProfile({ path: 'lint.yaml', text }, (problem) => expect.fail(problem.message));
    expect(profiles?.of('detections/a.yml')).toMatchObject({
      'no-author': 'error',
      'no-status': 'off',
      'title-form': 'off',
    });
    expect(profiles?.of('detections/vendor/a.yml')).toMatchObject({
      'no-author': 'warning',
      'no-id': 'off',
      'title-form': 'warning',
    });
    expect(profiles?.isForeign('detections/vendor/a.yml')).toBe(true);
    expect(profiles?.isForeign('detections/vendors.yml')).toBe(false);
  });

  it('names what it does not know', () => {
    const found: string[] = [];
    const file = { path: 'lint.yaml', text: 'rules: { no-auther: error, no-id: fatal }\n' };
    expect(readProfile(file, ({ message, hint }) => found.push(`${message} ${hint}`))).toBeUndefined();
    expect(found.join('\n')).toContain('no-author');
    expect(found.join('\n')).toContain('rules.no-id must be one of');
  });
});
