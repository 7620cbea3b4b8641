import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/shared/json.ts';
import { compile, routesOf } from '../helpers.ts';

const LISTS = {
  'lists/lists.yaml':
    'lists: { c2: { type: network }, bad_hashes: { type: hash }, bad_domains: { type: domain } }',
  'lists/bad_tools.txt': 'mimikatz.exe\nPsExec.exe\n',
  'lists/other.csv': 'name,owner\nmimikatz.exe,red\n7,x\n',
  'lists/c2.txt': '203.0.113.0/24\n2001:db8::/32\n',
  'lists/bad_hashes.txt': `${'a'.repeat(40)}\n${'b'.repeat(64)}\n${'c'.repeat(32)}\n`,
  'lists/bad_domains.txt': 'evil.com\n',
};

/** Whether a filter with this field drops a row. */
function matcher(table: string, field: string, condition = 's') {
  const { evaluate, told } = compile({
    ...LISTS,
    [`${table}.yaml`]: `table: ${table}\nfilter:\n  - title: t\n    detection: { s: { ${field} }, condition: ${condition} }\n`,
  });
  expect(told.filter((one) => one.includes(' error '))).toEqual([]);
  return (row: JsonObject) => evaluate(table, row).kind === 'filtered';
}

describe('in_list', () => {
  it('compares text without regard to letter case', () => {
    const matches = matcher('DeviceProcessEvents', 'FileName|in_list: bad_tools');
    expect(matches({ FileName: 'MIMIKATZ.EXE' })).toBe(true);
    expect(matches({ FileName: 'psexec.exe' })).toBe(true);
    expect(matches({ FileName: 'psexec.exe ' })).toBe(false);
    expect(matches({ FileName: null })).toBe(false);
    expect(matches({})).toBe(false);
  });

  it('compares numbers as they are written', () => {
    expect(matcher('DeviceProcessEvents', 'ProcessId|in_list: other')({ ProcessId: 7 })).toBe(true);
  });

  it('compares addresses in all their spellings', () => {
    const matches = matcher('DeviceNetworkEvents', 'RemoteIP|in_list: c2');
    for (const address of ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1', '2001:0DB8:0:0:0:0:0:1']) {
      expect(matches({ RemoteIP: address })).toBe(true);
    }
    for (const address of ['203.0.114.9', 'fe80::1', 'x', ''])
      expect(matches({ RemoteIP: address })).toBe(false);
  });

  it('compares hosts with domains', () => {
    const matches = matcher('DeviceNetworkEvents', 'RemoteUrl|in_list: bad_domains');
    expect(matches({ RemoteUrl: 'https://cdn.evil.com/x' })).toBe(true);
    expect(matches({ RemoteUrl: 'https://evil.com.good.com/' })).toBe(false);
  });

  it('goes with all, neq, not and lists of lists', () => {
    const both = matcher('DeviceProcessEvents', 'FileName|in_list|all: [bad_tools, other]');
    expect(both({ FileName: 'mimikatz.exe' })).toBe(true);
    expect(both({ FileName: 'psexec.exe' })).toBe(false);
    const either = matcher('DeviceProcessEvents', 'FileName|in_list: [bad_tools, other]');
    expect(either({ FileName: 'psexec.exe' })).toBe(true);
    const neither = matcher('DeviceProcessEvents', 'FileName|in_list|neq: bad_tools');
    expect(neither({ FileName: 'psexec.exe' })).toBe(false);
    expect(neither({ FileName: 'cmd.exe' })).toBe(true);
    expect(
      matcher('DeviceProcessEvents', 'FileName|in_list: bad_tools', 'not s')({ FileName: 'cmd.exe' }),
    ).toBe(true);
  });

  it('searches each key within a value', () => {
    const within = matcher('DeviceProcessEvents', 'ProcessCommandLine|contains|in_list: bad_tools');
    expect(within({ ProcessCommandLine: 'c:\\x\\MimiKatz.exe -x' })).toBe(true);
    expect(within({ ProcessCommandLine: 'cmd' })).toBe(false);
    expect(
      matcher(
        'DeviceProcessEvents',
        'FolderPath|in_list|endswith: bad_tools',
      )({ FolderPath: 'c:\\psexec.exe' }),
    ).toBe(true);
  });

  it('takes each element of an array, and values so long that their cost is limited', () => {
    const matches = matcher('CloudAppEvents', 'IPTags|in_list: bad_tools');
    expect(matches({ IPTags: ['x', 'psexec.exe'] })).toBe(true);
    expect(matches({ IPTags: [...Array.from({ length: 9_000 }, () => 'x'), 'psexec.exe'] })).toBe(true);
    expect(matches({ IPTags: ['x'.repeat(1_000_000)] })).toBe(false);
  });

  it('works in Sigma rules on fields that a mapping renders', () => {
    const { evaluate, told } = compile({
      ...LISTS,
      'detections/r.yml': `
title: Bad
logsource: { category: process_creation, product: windows }
level: high
detection:
  hash: { Hashes|in_list: bad_hashes }
  image: { Image|endswith|in_list: bad_tools }
  condition: hash or image
`,
    });
    expect(told.filter((one) => one.includes(' error '))).toEqual([]);
    const alerts = (row: JsonObject) =>
      routesOf(evaluate('DeviceProcessEvents', row)).filter((one) => one.includes('Bad'));
    for (const row of [{ SHA1: 'A'.repeat(40) }, { SHA256: 'b'.repeat(64) }, { MD5: 'c'.repeat(32) }]) {
      expect(alerts(row)).toHaveLength(2);
    }
    expect(alerts({ FolderPath: 'C:\\t\\PsExec.exe', FileName: 'PsExec.exe' })).toHaveLength(2);
    expect(alerts({ SHA1: 'd'.repeat(40) })).toEqual([]);
  });
});

describe('mistakes with in_list', () => {
  it.each([
    ['FileName|in_list: bad_tool', 'unknown-list: no list is named "bad_tool" (did you mean "bad_tools"?)'],
    [
      'FileName|in_list: nothing_like_it',
      'unknown-list: no list is named "nothing_like_it" (one of: bad_domains, bad_hashes, bad_tools, c2, other)',
    ],
    ['FileName|in_list: 7', 'bad-value: "|in_list" takes the name of a list'],
    ['FileName|in_list: null', 'bad-value: null has no modifiers but "|neq"'],
    [
      'FileName|in_list: devices',
      'unknown-list: the list "devices" grows while the relay runs, and a rule must find the same whenever it reads a row (only the step "lookup" reads it)',
    ],
    ['FileName|in_list|cased: bad_tools', 'bad-modifier: "|cased" does not go with "|in_list"'],
    [
      'FileName|in_list|expand: bad_tools',
      'bad-modifier: "|expand" does not go with "|in_list" (write the name of the list)',
    ],
    ['FileName|in_list|re: bad_tools', 'bad-modifier: "|re" does not go with "|in_list" (write two fields)'],
    ['FileName|base64|in_list: bad_tools', 'bad-modifier: "|base64" does not go with "|in_list"'],
    [
      'FileName|contains|in_list: c2',
      'bad-modifier: "|contains" compares text, and the list "c2" is of type network (leave out "|contains")',
    ],
    [
      'Timestamp|in_list: bad_tools',
      'type-mismatch: "|in_list" compares strings, but the column "Timestamp" is a datetime',
    ],
    ['"|in_list": bad_tools', 'bad-modifier: "|in_list" needs a field before it'],
    [
      'FileName|inlist: bad_tools',
      'unsupported-modifier: unknown modifier "|inlist" (did you mean "in_list"?)',
    ],
  ])('%s', (field, told) => {
    const text = `table: DeviceProcessEvents\nfilter:\n  - title: t\n    detection: { s: { ${field} }, condition: s }\n`;
    const found = compile({ ...LISTS, 'DeviceProcessEvents.yaml': text }).told;
    expect(found).toEqual([expect.stringContaining(told)]);
  });

  it('say what to do where there are no lists', () => {
    const text =
      'table: DeviceEvents\nfilter:\n  - title: t\n    detection: { s: { FileName|in_list: a }, condition: s }\n';
    expect(compile({ 'DeviceEvents.yaml': text }).told).toEqual([
      expect.stringContaining('no list is named "a" (put a.csv or a.txt into lists/)'),
    ]);
  });
});
