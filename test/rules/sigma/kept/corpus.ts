/** Sigma rules of all kinds: each modifier, each way to read a field, mistakes, and what narrows and changes rules. */
import { generateRules } from '../../../../bench/rules/generate-rules.ts';
import type { RuleFile } from '../../../../src/rules/rule-file.ts';
import { MODIFIER_GUIDE } from '../../../../src/rules/sigma/index.ts';

function file(name: string, text: string): RuleFile {
  return { path: `detections/${name}.yml`, text };
}

function rule(name: string, logsource: string, detection: string): RuleFile {
  return file(
    name,
    `title: ${name}\nid: ${name}\nlevel: high\nlogsource: { ${logsource} }\ndetection:\n${detection.replace(/^/gm, '  ')}\n`,
  );
}

/** One rule for each example of a modifier, on DeviceProcessEvents or its own table. */
const guided = Object.entries(MODIFIER_GUIDE).map(([modifier, { example }]) =>
  rule(
    `modifier-${modifier}`,
    `product: m365defender, service: ${example.table ?? 'DeviceProcessEvents'}`,
    `selection: ${JSON.stringify({ [example.key]: example.value })}\ncondition: selection`,
  ),
);

const guidedFiles = Object.values(MODIFIER_GUIDE).flatMap(({ example }) => example.files ?? []);

/** The variables that {@link CORPUS} needs. */
export const VARIABLES: Readonly<Record<string, string | readonly string[]>> = Object.assign(
  {},
  ...Object.values(MODIFIER_GUIDE).map(({ example }) => example.variables ?? {}),
);

/** Files that a load without errors is made of. */
export const CORPUS: readonly RuleFile[] = [
  ...guided,
  ...guidedFiles,
  ...generateRules(40, 7),
  rule(
    'registry',
    'category: registry_set, product: windows',
    String.raw`selection:
  EventType: SetValue
  TargetObject|contains:
    - \SOFTWARE\Microsoft\Windows\CurrentVersion\Run
    - \Control\Lsa
  Details|startswith: 'DWORD (0x0000'
  Image|endswith: [\reg.exe, \Ä*.exe]
filter_main_system:
  User: ['NT AUTHORITY\SYSTEM', root]
condition: selection and not 1 of filter_main_*`,
  ),
  rule(
    'network',
    'category: network_connection, product: windows',
    `local:
  DestinationIp|cidr: [10.0.0.0/8, 'fe80::/10']
one:
  DestinationIp: ['203.0.113.9', '2001:db8::1']
  DestinationPort: [443, 8443]
  Initiated: 'true'
condition: one or (local and not local) or local`,
  ),
  rule(
    'logon',
    'product: windows, service: security',
    `selection:
  EventID: [4624, 4625]
  LogonType: [3, 10]
  IpAddress: '-'
  TargetUserName|endswith: '$'
condition: selection`,
  ),
  rule(
    'keywords-and-sharing',
    'category: process_creation, product: windows',
    `words: [mimikatz, 'a"b', "\\u2028 tab\\t"]
words_all:
  '|all': [one, two]
again:
  CommandLine|contains: [x*y, '?z', '*']
lists:
  - Image: a.exe
    CommandLine: null
  - ParentImage|endswith: \\b.exe
    Hashes|contains: ['SHA256=ab', 'MD5=cd']
    IntegrityLevel: [System, S-1-16-8192]
condition:
  - (again or again) and (again or not lists)
  - 1 of words*`,
  ),
  rule(
    'linux',
    'category: process_creation, product: linux',
    `selection:
  Image|endswith: /curl
  CommandLine|re|i: '(?:http|ftp)s?://[^/]+/.*\\.sh$'
  CommandLine|fieldref|contains: User
condition: selection`,
  ),
  file(
    'two',
    `title: Öne\nid: two-1\nstatus: odd\nlevel: low\ntags: [attack.t1059]\nlogsource: { category: file_event, product: windows }
detection: { s: { TargetFilename|contains: 'ü' }, unused: { Image: x }, condition: s }
xdr_relay: { title: '{DeviceName}: here', group_by: [DeviceName], window: 2h }
---
title: Two\nid: two-2\nlogsource: { category: dns_query, product: windows }
detection: { s: { QueryName|endswith: .example }, condition: s }
`,
  ),
  rule(
    'lost-parts',
    'category: process_creation, product: windows',
    `selection: { Image|endswith: \\a.exe, NoSuchFieldAtAll: 1 }
other: { CommandLine: b }
condition: selection or other`,
  ),
  file(
    'filter',
    `title: Not there\nlogsource: { category: process_creation, product: windows }
filter: { rules: [linux, lost-parts], s: { User: admin }, condition: not s }
`,
  ),
  file(
    'correlation',
    `title: Often\nid: often\nlevel: high\ncorrelation: { type: event_count, rules: [logon], group-by: [DeviceName], timespan: 5m, condition: { gte: 3 } }
`,
  ),
  {
    path: 'exceptions/own.yml',
    text: `exceptions:
  - title: Known
    rules: [registry, network]
    owner: soc
    expires: 2027-02-01
    detection: { s: { DeviceName: known }, condition: s }
`,
  },
  {
    path: 'overrides.yml',
    text: `overrides:
  - title: Lower
    rules: [linux]
    level: low
  - title: Off
    rules: [modifier-gt]
    enabled: false
`,
  },
];

/** A file that cannot be compiled. */
export const BROKEN: readonly RuleFile[] = [
  rule(
    'broken',
    'category: process_creation, product: windows',
    'selection: { CommandLine|re: "(" }\ncondition: selection',
  ),
  rule('nowhere', 'category: no_such_category', 'selection: { A: 1 }\ncondition: selection'),
  rule(
    'vain',
    'category: process_creation, product: windows',
    'selection: { NoSuchField: 1 }\ncondition: selection',
  ),
  file('not-yaml', 'title: [\n'),
];
