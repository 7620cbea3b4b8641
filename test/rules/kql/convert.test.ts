import { describe, expect, it } from 'vitest';
import { commentLine } from '../../../src/rules/kql/literals.ts';
import { converted, kusto } from './convert-one.ts';

const FILES = 'product: m365defender, service: DeviceFileEvents';
const NETWORK = 'product: m365defender, service: DeviceNetworkEvents';

/** The lines of the query of one selection. */
function linesOf(
  logsource: string,
  selection: string,
  files?: Readonly<Record<string, string>>,
): readonly string[] {
  const { bare, diagnostics } = converted(logsource, `sel:\n  ${selection}\ncondition: sel`, files);
  expect(bare, JSON.stringify(diagnostics)).not.toBe('');
  expect(kusto.problems(bare)).toEqual([]);
  return bare.split('\n').slice(1);
}

describe('the query of a selection', () => {
  it.each([
    ['FileName: Evil.exe', 'FileName =~ "Evil.exe"'],
    ['FileName: [a, b]', 'FileName in~ ("a", "b")'],
    ['FileName|cased: A', 'FileName == "A"'],
    ['FileName|contains|cased: [A, B]', 'FileName contains_cs "A" or FileName contains_cs "B"'],
    ['FileName|contains|all: [A, B]', 'FileName contains "A"\n| where FileName contains "B"'],
    [String.raw`FolderPath|startswith: C:\Users`, String.raw`FolderPath startswith @"C:\Users"`],
    [`FileName|endswith: '"; drop'`, String.raw`FileName endswith "\"; drop"`],
    [String.raw`FileName|contains: "a\nb\t\0"`, String.raw`FileName contains "a\nb\t\u0000"`],
    [String.raw`FileName: 'a\"b'`, String.raw`FileName =~ @"a\""b"`],
    ['FileName: a*b?c', String.raw`FileName matches regex @"(?is)^a.*b.c\z"`],
    ['FileName: É', String.raw`FileName matches regex @"(?is)^É\z"`],
    ['FileName: 中', 'FileName =~ "中"'],
    [String.raw`FileName|re: '^\d+\.exe$'`, String.raw`FileName matches regex @"^[0-9]+\.exe\n?\z"`],
    ['FileName|re|i: a[b-d]', 'FileName matches regex "(?i)a[b-d]"'],
    ['FileSize|gte: 5', 'FileSize >= 5'],
    ['FileSize: [1, 2]', 'FileSize in (1, 2)'],
    [`FileSize|endswith: '00'`, 'tostring(FileSize) endswith "00"'],
    ['FileName: null', 'isempty(FileName)'],
    ['FileSize: null', 'isnull(FileSize)'],
    ['Timestamp|hour: 3', 'datetime_part("hour", Timestamp) == 3'],
    [
      'FileName|fieldref: PreviousFileName',
      'isnotempty(PreviousFileName)\n| where FileName =~ PreviousFileName',
    ],
  ])('%s', (selection, condition) => {
    expect(linesOf(FILES, selection).join('\n')).toBe(`| where ${condition}`);
  });

  it('compares addresses in the spellings of Kusto', () => {
    expect(linesOf(NETWORK, 'RemoteIP|cidr: 10.0.0.0/8')).toEqual([
      '| extend RemoteIP_usual = iff(RemoteIP startswith "::ffff:" and RemoteIP contains ".", substring(RemoteIP, 7), RemoteIP)',
      '| where ipv4_is_in_range(RemoteIP_usual, "10.0.0.0/8")',
    ]);
    expect(linesOf(NETWORK, 'RemoteIP|cidr: fe80::/10')).toEqual([
      '| where ipv6_is_match(RemoteIP, "fe80::/10")',
    ]);
    expect(linesOf(NETWORK, 'RemoteIP|cidr: "::/0"')).toEqual([
      '| where ipv6_is_match(RemoteIP, "::/0")',
      '| where not(coalesce(ipv6_is_match(RemoteIP, "::ffff:0:0/96"), false))',
    ]);
  });

  it('makes a long list of parts one regular expression, since Kusto refuses deep queries', () => {
    const many = Array.from({ length: 400 }, (_, at) => `part${at}.`);
    const [line] = linesOf(FILES, `FileName|contains: ${JSON.stringify(many)}`);
    expect(line).toMatch(/^\| where FileName matches regex @"\(\?is\)\(\?:part0\\\.\|part1\\\./);
  });

  it('holds the keys of a list', () => {
    const lists = {
      'lists/bad.txt': 'evil.exe\nworse.exe\n',
      'lists/nets.csv': 'network\n10.0.0.0/8\nfe80::1\n',
    };
    const files = { ...lists, 'lists/lists.yaml': 'lists:\n  nets: { type: network }\n' };
    expect(linesOf(FILES, 'FileName|in_list: bad', files)).toEqual([
      '| where FileName in~ ("evil.exe", "worse.exe")',
    ]);
  });

  it('reads members of JSON once, and JSON within JSON', () => {
    const detection =
      'sel: { AdditionalFields.A.B: [x, y] }\nother: { AdditionalFields.A.B|contains: z }\ncondition: sel or other';
    const { bare, codes } = converted(FILES, detection);
    expect(bare.split('\n').slice(1)).toEqual([
      '| extend AdditionalFields_A_B = tostring(parse_json(tostring(parse_json(AdditionalFields).A)).B)',
      '| where AdditionalFields_A_B in~ ("x", "y") or AdditionalFields_A_B contains "z"',
    ]);
    expect(codes).toEqual(['kql-dynamic']);
  });

  it('is a union if the log source has several tables', () => {
    const { query = '', tables } = converted(
      'category: dns_query',
      'sel: { QueryName|endswith: .onion }\ncondition: sel',
    );
    expect(tables).toEqual(['DeviceEvents', 'DeviceNetworkEvents']);
    expect(query).toContain('union isfuzzy=true\n(DeviceEvents');
    expect(kusto.problems(query)).toEqual([]);
  });

  it('takes away what exceptions and filters take away, and leaves out expired ones', () => {
    const files = {
      'exceptions/e.yaml': `exceptions:
  - title: E
    rules: [4c0c33e5-1b3f-4b0c-8a4e-0c3f2d1b7a11]
    detection: { sel: { FileName: ok.exe }, condition: sel }
    owner: me
    expires: 1969-12-31
  - title: F
    rules: [4c0c33e5-1b3f-4b0c-8a4e-0c3f2d1b7a11]
    detection: { sel: { FileName: fine.exe, FileSize|gt: 5 }, condition: sel }
    owner: me
    expires: 2099-12-31
`,
    };
    expect(linesOf(FILES, 'FolderPath|contains: x', files).join('\n')).toBe(`| where FolderPath contains "x"
| where not(FileName =~ "fine.exe" and isnotnull(FileSize) and FileSize > 5)`);
  });
});

describe('what a query cannot do', () => {
  it.each([
    ['Timestamp|contains: 2026', /"Timestamp" is a datetime in Kusto/],
    [String.raw`FileName: "\uD800x"`, /half of a surrogate pair/],
    ['FileSize|gt: 99999999999999999999', /does not fit into a long/],
  ])('%s is refused with its line', (selection, message) => {
    const { query, diagnostics } = converted(FILES, `sel:\n  ${selection}\ncondition: sel`);
    expect(query).toBeUndefined();
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    expect(first?.code).toBe('kql-unsupported');
    expect(first?.message).toMatch(message);
    expect(first?.span.line).toBe(6);
  });

  it.each([
    ['FileName: null', ['kql-null']],
    ['FileName: ""', ['kql-null']],
    ['FileName|exists: true', ['kql-null', 'kql-null']],
    ['AdditionalFields.A: x', ['kql-dynamic']],
    ['FileName|fieldref: FolderPath', ['kql-letter-case']],
    [String.raw`FileName|re: '\bcmd'`, ['kql-regex']],
    ['InitiatingProcessRemoteSessionIP|contains: "fe8"', ['kql-address']],
    ['FileName: x', []],
  ])('%s is said', (selection, codes) => {
    expect(converted(FILES, `sel:\n  ${selection}\ncondition: sel`).codes).toEqual(codes);
  });

  it('is said of keywords', () => {
    const { bare, codes } = converted(FILES, 'keywords: [evil, worse]\ncondition: keywords');
    expect(bare.split('\n').slice(1)).toEqual(['| where * contains "evil" or * contains "worse"']);
    expect(codes).toEqual(['kql-keyword']);
    expect(kusto.problems(bare)).toEqual([]);
  });

  it('is the Kelvin sign, which Kusto takes for no k', () => {
    const { matches, finds, codes } = converted(FILES, 'sel: { FileName: ok }\ncondition: sel');
    const row = { FileName: 'o\u212a' };
    expect([matches('DeviceFileEvents', row), finds('DeviceFileEvents', row), codes]).toEqual([
      true,
      false,
      [],
    ]);
  });
});

describe('a comment', () => {
  it('cannot be ended by what a title holds', () => {
    expect(commentLine('a\r\n| where true\u2028b\u0085c\u202ed')).toBe('// a | where true b c d');
  });
});
