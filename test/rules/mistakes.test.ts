import { describe, expect, it } from 'vitest';
import { expectTheVoice } from '../diagnostics/expect-voice.ts';
import { compile } from './helpers.ts';

const table = (body: string) => ({ 'DeviceProcessEvents.yaml': `table: DeviceProcessEvents\n${body}` });
const route = (detection: string) =>
  table(`routes:\n  - to: splunk\n    detection:\n${detection.replace(/^/gm, '      ')}\n`);

/** What is wrong, and where and how it must be told. */
const mistakes: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
  'not YAML': [table('routes: [}'), /:2:\d+\+\d+ error yaml-syntax/],
  'an empty file': [{ 'DeviceEvents.yaml': '' }, /^DeviceEvents\.yaml:1:1\+0 error empty-file/],
  'a list in place of a mapping': [{ 'DeviceEvents.yaml': '- table: x' }, /error wrong-type/],
  'a key twice': [table('routes: []\nroutes: []'), /:3:1\+6 error duplicate-key/],
  'a header of its own that the relay sets': [
    table('routes:\n  - { to: hook, headers: { Webhook-Id: x } }'),
    /error bad-format: .*a header of your own: host, content-\*, ce-\* and webhook-\* are set by xdr-relay/,
  ],
  'an unknown key': [
    table('rotes: []'),
    /:2:1\+5 error unknown-key: unknown key "rotes" \(did you mean "routes"\?\)/,
  ],
  'no table': [
    { 'DeviceEvents.yaml': 'routes: []' },
    /:1:1\+6 error missing-key: "table" is missing \(table must be a/,
  ],
  'a table twice': [
    { 'DeviceInfo.yaml': 'table: DeviceInfo', 'deviceinfo.yml': 'table: deviceinfo' },
    /error duplicate-table: "DeviceInfo" has a file already: DeviceInfo\.yaml/,
  ],
  'an unknown table': [
    { 'DeviceProcesEvents.yaml': 'table: DeviceProcesEvents' },
    /:1:8\+18 warning unknown-table.*did you mean "DeviceProcessEvents"/,
  ],
  'a file named after another table': [
    { 'DeviceInfo.yaml': 'table: DeviceEvents' },
    /warning file-name.*rename the file to DeviceEvents\.yaml/,
  ],
  'a file where nothing reads it': [{ 'other/x.yaml': 'a: 1' }, /warning ignored-file/],
  'a Sigma rule among table files': [
    {
      'a.yml':
        'title: A\nlogsource: { category: process_creation }\ndetection: { a: { User: x }, condition: a }',
    },
    /^a\.yml:1:1\+\d+ error misplaced-file: this is a Sigma rule.*\(put it into detections\/\)$/,
  ],
  'a table file among Sigma rules': [
    { 'detections/DeviceEvents.yaml': 'table: DeviceEvents\nroutes: []' },
    /^detections\/DeviceEvents\.yaml:1:1\+5 error misplaced-file: this is a table file.*beside detections\/\)$/,
  ],
  'a filter without a title': [
    table('filter:\n  - detection: { a: { FileName: x }, condition: a }'),
    /:3:5\+9 error missing-key: "title" is missing in filter\[0\] \(title must be a/,
  ],
  'a filter without a detection': [table('filter:\n  - title: x'), /"detection" is missing in filter\[0\]/],
  'a filter that is no list': [
    table('filter: { title: x }'),
    /error wrong-type: filter is a mapping, but must be a list/,
  ],
  'an unknown destination': [
    table('routes:\n  - to: splnk'),
    /:3:9\+5 error unknown-destination.*did you mean "splunk"\?/,
  ],
  'a route without a destination': [table('routes:\n  - severity: high'), /"to" is missing in routes\[0\]/],
  'an unknown severity': [
    table('routes:\n  - { to: splunk, severity: hihg }'),
    /error not-allowed: routes\[0\]\.severity must be one of "informational".*did you mean "high"/,
  ],
  'a title without an alert': [table('routes:\n  - { to: splunk, title: x }'), /warning title-without-alert/],
  'an unknown column': [
    route('a: { FielName: x }\ncondition: a'),
    /:5:\d+\+8 error unknown-column.*FileName/,
  ],
  'a text column compared by size': [
    route('a: { FileName|gt: 5 }\ncondition: a'),
    /:5:\d+\+\d+ error .*FileName/,
  ],
  'an unknown modifier': [
    route('a: { FileName|contians: x }\ncondition: a'),
    /:5:\d+\+\d+ error unsupported-modifier.*contains/,
  ],
  'a broken regular expression': [
    route('a: { FileName|re: "a(" }\ncondition: a'),
    /:5:\d+\+\d+ error .*regex/,
  ],
  'no condition': [
    route('a: { FileName: x }'),
    /error missing-key: "condition" is missing in routes\[0\]\.detection/,
  ],
  'a broken condition': [route('a: { FileName: x }\ncondition: a and'), /:6:\d+\+\d+ error /],
  'a condition on a search that is not there': [
    route('sel: { FileName: x }\ncondition: slc'),
    /:6:\d+\+\d+ error .*/,
  ],
  'an unknown step': [
    table('transform:\n  - renam: { FileName: x }'),
    /:3:5\+5 error unknown-step: no step is named "renam" \(did you mean "rename"\?\)/,
  ],
  'two verbs in one step': [table('transform:\n  - remove: MD5\n    keep: SHA1'), /:4:5\+4 error bad-step/],
  'a step without a verb': [table('transform:\n  - {}'), /error bad-step/],
  'a step that is text': [
    table('transform:\n  - remove'),
    /error wrong-type: transform\[0\] is a string, but must be a mapping/,
  ],
  'a column after it was removed': [
    table('transform:\n  - remove: MD5\n  - lowercase: MD5'),
    /:4:16\+3 error unknown-column: "MD5" is gone/,
  ],
  'a missing variable': [
    table('transform:\n  - set: { a: $SITES }'),
    /error unknown-variable.*did you mean "SITE"/,
  ],
  'a secret in the file': [
    table('transform:\n  - hash: { columns: AccountUpn, key: 0123456789abcdef }'),
    /error secret-in-file/,
  ],
  'a test without a row': [table('tests:\n  - title: x\n    expect: {}'), /"row" is missing in tests\[0\]/],
  'a test that expects the unheard-of': [
    table('tests:\n  - { title: x, row: {}, expect: { alert: [] } }'),
    /unknown key "alert" in tests\[0\]\.expect \(did you mean "alerts"\?\)/,
  ],
  'a column type that does not exist': [table('columns: { New: strnig }'), /did you mean "string"/],
  'a mapping to an unknown column': [
    {
      'mappings/m.yaml':
        'mappings:\n  - logsource: { category: x }\n    tables:\n      - table: DeviceEvents\n        fields: { Image: FoldrPath }',
    },
    /mappings\/m\.yaml:5:26\+9 error unknown-column.*"FolderPath"/,
  ],
  'a mapping without a logsource': [
    { 'mappings/m.yaml': 'mappings:\n  - logsource: {}\n    tables: [{ table: DeviceEvents }]' },
    /error bad-format: mappings\[0\]\.logsource must be a mapping with a category/,
  ],
  'a Sigma rule without a title': [
    {
      'detections/a.yml':
        'logsource: { category: DeviceEvents, product: m365defender }\ndetection: { a: { ActionType: x }, condition: a }',
    },
    /^detections\/a\.yml:.*error .*title/,
  ],
  'a Sigma rule for a source nobody streams': [
    {
      'detections/a.yml':
        'title: A\nlevel: low\nlogsource: { product: cisco, service: aaa }\ndetection: { a: { x: y }, condition: a }',
    },
    /^detections\/a\.yml:3:.*error .*logsource/,
  ],
  'two Sigma rules with one id': [
    {
      'detections/a.yml':
        'title: A\nid: 2f9d7f3e-0000-4000-8000-000000000001\nlogsource: { category: DeviceEvents, product: m365defender }\ndetection: { a: { ActionType: x }, condition: a }',
      'detections/b.yml':
        'title: B\nid: 2f9d7f3e-0000-4000-8000-000000000001\nlogsource: { category: DeviceEvents, product: m365defender }\ndetection: { a: { ActionType: x }, condition: a }',
    },
    /error duplicate-id: "B" has the id of "A"/,
  ],
};

describe('a mistake', () => {
  it.each(Object.entries(mistakes).map(([name, [files, told]]) => ({ name, files, told })))(
    '$name',
    ({ files, told: wanted }) => {
      const { rules, told, diagnostics } = compile(files);
      expect(told.join('\n')).toMatch(wanted);
      expectTheVoice(diagnostics);
      expect(rules === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'));
    },
  );

  it('does not hide the others: all of all files in one run', () => {
    const { told } = compile({
      ...table('rotes: []\nfilter: [{}]'),
      'DeviceInfo.yaml':
        'table: DeviceInfo\ntransform:\n  - remove: Nope\n  - renam: {}\n  - lowercase: OSBuild\n',
      'detections/x.yml': 'title: [',
    });
    expect(told.length).toBeGreaterThanOrEqual(6);
  });
});

describe('what is no mistake', () => {
  it('a column that the file declares', () => {
    const { told, evaluate } = compile({
      'DeviceEvents.yaml':
        'table: DeviceEvents\ncolumns: { Brand: string }\nfilter:\n  - title: x\n    detection: { a: { Brand: new }, condition: a }\n',
      'mappings/m.yaml':
        'mappings: [{ logsource: { product: m365defender }, tables: [{ table: DeviceEvents }] }]',
      'detections/x.yml':
        'title: Brand\nlogsource: { category: DeviceEvents, product: m365defender }\ndetection: { a: { Brand|contains: other }, condition: a }\nlevel: high\n',
    });
    expect(told).toEqual([]);
    expect(evaluate('DeviceEvents', { Brand: 'new' }).kind).toBe('filtered');
  });

  it('any destination where relay.yaml is not at hand', () => {
    const { told } = compile(table('routes: [{ to: anything }]'), {
      destinations: undefined,
      defaultDestinations: [],
      alerts: [],
      variables: {},
    });
    expect(told).toEqual([]);
  });

  it('files that are not YAML', () => {
    expect(compile({ 'README.md': '# hello', 'detections/LICENSE': 'x' }).told).toEqual([]);
  });
});
