/** What editors say and propose: completions, explanations, definitions, lenses and fixes over a folder. */
import { describe, expect, it } from 'vitest';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { checkFolder } from '../../../src/rules/check-folder.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { folderModel } from '../../../src/rules/editor/build-model.ts';
import { columnGuide } from '../../../src/rules/editor/column-guide.ts';
import { completionsAt } from '../../../src/rules/editor/completion.ts';
import { definitionsAt } from '../../../src/rules/editor/definition.ts';
import type { EditedFile } from '../../../src/rules/editor/document.ts';
import { fileKindOf } from '../../../src/rules/editor/file-kinds.ts';
import { fixesFor } from '../../../src/rules/editor/fixes.ts';
import { hoverAt } from '../../../src/rules/editor/hover.ts';
import { testLenses } from '../../../src/rules/editor/lenses.ts';
import { lintFixed } from '../../../src/rules/editor/lint-fixes.ts';
import { applyEdits } from '../../../src/rules/lint/edits.ts';
import { findTable } from '../../../src/rules/schema/index.ts';

const RELAY = 'destinations: { siem: { type: splunk_hec }, chat: { type: slack } }\n';
const RULE = `title: Whoami
id: 11111111-1111-4111-8111-111111111111
level: high
logsource: { category: process_creation, product: windows }
detection: { a: { Image: x }, condition: a }
`;
const FILES = [
  { path: 'detections/whoami.yml', text: RULE },
  {
    path: 'detections/a.test.yaml',
    text: 'tests:\n  - title: found\n    table: DeviceProcessEvents\n    row: { FolderPath: x }\n    expect: { alerts: [Whoami] }\n',
  },
  { path: 'lists/vips.csv', text: 'upn,owner\nada@contoso.com,soc\n' },
  { path: 'schema.yaml', text: 'tables: { OwnTable_CL: { Color: string, IsOn: bool } }\n' },
];

function modelOf(files: readonly { readonly path: string; readonly text: string }[]) {
  const context = { ...assumedContext(files), destinations: ['siem', 'chat'] };
  const compiled = compileProgram(files, context);
  const checked = checkFolder(files, context, compiled, Date.parse('2026-11-27'));
  return { model: folderModel({ compiled, checked, context, relay: RELAY }), checked };
}

const { model } = modelOf(FILES);

function edited(path: string, source: string): { readonly file: EditedFile; readonly offset: number } {
  const kind = fileKindOf(path);
  if (!kind) throw new Error(`${path} is no rule file`);
  return { file: { kind, path, text: source.replace('‸', '') }, offset: source.indexOf('‸') };
}

function completed(path: string, source: string): readonly string[] {
  const { file, offset } = edited(path, source);
  return completionsAt(file, offset, model).map(({ label }) => label);
}

describe('completion', () => {
  const table = (rest: string) => `table: DeviceProcessEvents\n${rest}`;
  it.each([
    [
      'keys of a table file',
      'DeviceProcessEvents.yaml',
      table('‸'),
      ['filter', 'transform', 'routes', 'tests'],
    ],
    ['tables', 'X.yaml', 'table: ‸', ['DeviceProcessEvents', 'OwnTable_CL']],
    [
      'columns of a table',
      'X.yaml',
      table('filter:\n  - title: a\n    detection:\n      s:\n        ‸'),
      ['FileName'],
    ],
    [
      'columns of an own table',
      'X.yaml',
      'table: OwnTable_CL\nfilter: [{ title: a, detection: { s: { ‸ } } }]',
      ['Color'],
    ],
    [
      'truth',
      'X.yaml',
      'table: OwnTable_CL\nfilter: [{ title: a, detection: { s: { IsOn: ‸ } } }]',
      ['true', 'false'],
    ],
    ['steps', 'X.yaml', table('transform:\n  - ‸'), ['keep', 'lookup', 'if', 'hash']],
    ['keys of a step', 'X.yaml', table('transform:\n  - lookup: { ‸ }'), ['list', 'key', 'set']],
    ['lists', 'X.yaml', table('transform:\n  - lookup: { list: ‸ }'), ['vips', 'devices']],
    ['columns of a step', 'X.yaml', table('transform:\n  - remove: [FileName, ‸]'), ['FolderPath']],
    ['destinations', 'X.yaml', table('routes:\n  - to: ‸'), ['siem', 'chat']],
    ['keys of a route', 'X.yaml', table('routes:\n  - to: siem\n    ‸'), ['index', 'detection', 'transform']],
    [
      'types of actions',
      'X.yaml',
      table('filter: [{ title: a, detection: { s: { ActionType: ‸ } } }]'),
      ['ProcessCreated'],
    ],
    ['columns of a test', 'X.yaml', table('tests:\n  - title: a\n    row: { ‸ }'), ['FileName']],
    ['keys of a rule', 'detections/a.yml', 'title: a\n‸', ['logsource', 'detection', 'correlation', 'level']],
    ['categories', 'detections/a.yml', 'logsource:\n  category: ‸', ['process_creation', 'file_event']],
    [
      'searches',
      'detections/a.yml',
      'detection:\n  sel: { Image: a }\n  condition: ‸',
      ['sel', '1 of them', 'not'],
    ],
    ['the condition', 'detections/a.yml', 'detection:\n  ‸', ['selection', 'condition']],
    [
      'modifiers',
      'detections/a.yml',
      `${RULE.replace('Image: x', 'Image|‸')}`,
      ['contains', 're', 'in_list'],
    ],
    ['tags', 'detections/a.yml', 'tags:\n  - attack.‸', ['attack.execution', 'attack.t1059.001']],
    ['types of correlations', 'detections/a.yml', 'correlation:\n  type: ‸', ['event_count', 'temporal']],
    [
      'rules of a correlation',
      'detections/a.yml',
      'correlation:\n  rules: [‸]',
      ['11111111-1111-4111-8111-111111111111'],
    ],
    ['rules of an exception', 'exceptions/a.yml', 'exceptions:\n  - title: a\n    rules: [‸]', ['Whoami']],
    [
      'fields of the rules of an exception',
      'exceptions/a.yml',
      'exceptions:\n  - title: a\n    rules: Whoami\n    detection: { s: { ‸ } }',
      ['Image', 'FileName'],
    ],
    ['keys of an override', 'overrides.yml', 'overrides:\n  - ‸', ['rules', 'level', 'enabled']],
    ['destinations of an override', 'overrides.yml', 'overrides:\n  - destinations: [‸]', ['chat']],
    ['levels of an override', 'overrides.yml', 'overrides:\n  - level: ‸', ['critical']],
    ['types of lists', 'lists/lists.yaml', 'lists:\n  vips: { type: ‸ }', ['text', 'network']],
    [
      'keys of a test',
      'a.test.yaml',
      'tests:\n  - title: a\n    expect: { ‸ }',
      ['alerts', 'messages', 'event'],
    ],
    ['rules of a test', 'a.test.yaml', 'tests:\n  - expect: { alerts: [‸] }', ['Whoami']],
  ])('proposes %s', (_, path, source, expected) => {
    expect(completed(path, source)).toEqual(expect.arrayContaining(expected));
  });

  it('proposes the columns that a step has: not those that steps before took away, and those that they made', () => {
    const before =
      '{ remove: [ProcessId, "*MD5"] }, { rename: { FileName: name } }, { lookup: { list: vips, key: AccountUpn, set: { vip: true } } }';
    const at = (rest: string) => completed('X.yaml', table(rest));
    for (const found of [
      at(`transform: [${before}, { truncate: { columns: [‸] } }]`),
      at(`transform: [${before}]\nroutes: [{ to: siem, transform: [{ remove: [‸] }] }]`),
      at(`routes: [{ to: siem, transform: [${before}, { remove: [‸] }] }]`),
      at(`transform: [${before}, { remove: [FolderPath], if: { a: { ‸ } } }]`),
    ]) {
      expect(found).toEqual(expect.arrayContaining(['name', 'vip', 'FolderPath']));
      expect(
        found.filter((name) => ['ProcessId', 'MD5', 'InitiatingProcessMD5', 'FileName'].includes(name)),
      ).toEqual([]);
    }
    const first = at(`transform: [{ remove: [‸] }, ${before}]`);
    expect(first).toContain('FileName');
    expect(first).not.toContain('vip');
    expect(at('transform: [{ remove: 5 }, { rename: [a] }, nothing, { remove: [‸] }]')).toContain('FileName');
  });

  it('leaves out keys and modifiers that are there', () => {
    expect(completed('X.yaml', 'table: X\n‸')).not.toContain('table');
    expect(completed('detections/a.yml', RULE.replace('Image: x', 'Image|contains|‸'))).not.toContain(
      'contains',
    );
  });

  it('replaces what was typed, and no more', () => {
    const { file, offset } = edited('detections/a.yml', RULE.replace('Image: x', 'Ima‸ge|contains: x'));
    const one = completionsAt(file, offset, model).find(({ label }) => label === 'Image');
    expect(file.text.slice(one?.from, one?.to)).toBe('Image');
  });

  it('says nothing in comments and texts of several lines', () => {
    expect(completed('detections/a.yml', 'title: a # ‸')).toEqual([]);
    expect(completed('detections/a.yml', 'description: |\n  lev‸')).toEqual([]);
  });
});

describe('explanations', () => {
  const said = (path: string, source: string) => {
    const { file, offset } = edited(path, source);
    return hoverAt(file, offset, model)?.about;
  };
  it.each([
    ['a field', 'detections/a.yml', RULE.replace('Image', 'Im‸age'), 'FolderPath'],
    ['a modifier', 'detections/a.yml', RULE.replace('Image', 'Image|cont‸ains'), 'anywhere'],
    [
      'a column',
      'X.yaml',
      'table: DeviceProcessEvents\nfilter: [{ title: a, detection: { s: { File‸Name: x } } }]',
      'string, in DeviceProcessEvents',
    ],
    ['a key', 'X.yaml', 'table: X\nded‸upe: true', 'equal rows only once'],
    ['a step', 'X.yaml', 'table: X\ntransform:\n  - look‸up: {}', 'Where the list does not have the value'],
    ['a list', 'X.yaml', 'table: X\ntransform:\n  - lookup: { list: vi‸ps }', '1 entry'],
    ['a technique', 'detections/a.yml', 'tags: [attack.t10‸59.001]', 'PowerShell'],
    [
      'a rule',
      'exceptions/a.yml',
      'exceptions:\n  - rules: [11111111-1111-4111-‸8111-111111111111]',
      'Whoami',
    ],
    ['a destination', 'X.yaml', 'table: X\nroutes: [{ to: si‸em }]', 'splunk_hec'],
  ])('are given of %s', (_, path, source, expected) => {
    expect(said(path, source)).toContain(expected);
  });

  it('cannot be broken by the names in a file', () => {
    const { model: hostile } = modelOf([
      { path: 'detections/a.yml', text: RULE.replace('Whoami', '"[x](command:evil) `<b>`"') },
    ]);
    const { file, offset } = edited(
      'exceptions/a.yml',
      'exceptions:\n  - rules: [11111111-‸1111-4111-8111-111111111111]',
    );
    const about = hoverAt(file, offset, hostile)?.about ?? '';
    expect(about).toContain('\\[x\\]\\(command:evil\\) \\`\\<b\\>\\`');
  });

  it('tell of every column of the tables that rules read most', () => {
    const tables = [
      'DeviceProcessEvents',
      'DeviceNetworkEvents',
      'DeviceFileEvents',
      'DeviceRegistryEvents',
      'DeviceLogonEvents',
      'AlertInfo',
    ];
    const untold = tables.flatMap((table) =>
      [...(findTable(table)?.columns.keys() ?? [])].filter((name) => !columnGuide(name)),
    );
    expect([...new Set(untold)].length).toBeLessThan(40);
    expect(columnGuide('InitiatingProcessCommandLine')?.about).toBe(
      'Of the process that did it: the command line.',
    );
  });
});

it('finds where rules, lists and destinations are defined', () => {
  const found = (path: string, source: string) => {
    const { file, offset } = edited(path, source);
    return definitionsAt(file, offset, model).map((one) => [one.file, one.span.line]);
  };
  expect(found('exceptions/a.yml', 'exceptions:\n  - rules: [Who‸ami]')).toEqual([
    ['detections/whoami.yml', 1],
  ]);
  expect(found('X.yaml', 'table: X\ntransform: [{ lookup: { list: vi‸ps } }]')).toEqual([
    ['lists/vips.csv', 1],
  ]);
  expect(found('X.yaml', 'table: X\nroutes: [{ to: ch‸at }]')).toEqual([[undefined, 1]]);
  expect(found('X.yaml', 'table: X\nroutes: [{ to: oth‸er }]')).toEqual([]);
});

it('shows the tests of a rule above it', () => {
  expect(testLenses({ kind: 'detections', path: 'detections/whoami.yml' }, model)).toMatchObject([
    { title: 'Run 1 test', span: { line: 1 }, tests: [{ file: 'detections/a.test.yaml', line: 2 }] },
  ]);
});

describe('fixes', () => {
  it.each([
    [
      'a modifier',
      'detections/a.yml',
      RULE.replace('Image', 'Image|contans'),
      RULE.replace('Image', 'Image|contains'),
    ],
    ['a level', 'detections/a.yml', RULE.replace('high', 'hihg'), RULE],
    ['a key', 'X.yaml', 'table: AlertInfo\nfiltr: []\n', 'table: AlertInfo\nfilter: []\n'],
    [
      'a column',
      'X.yaml',
      'table: AlertInfo\ntransform: [{ remove: [Severty] }]\n',
      'table: AlertInfo\ntransform: [{ remove: [Severity] }]\n',
    ],
    [
      'a quoted column',
      'X.yaml',
      "table: AlertInfo\ntransform: [{ remove: ['Severty'] }]\n",
      "table: AlertInfo\ntransform: [{ remove: ['Severity'] }]\n",
    ],
    [
      'a destination',
      'X.yaml',
      'table: AlertInfo\nroutes: [{ to: siemm }]\n',
      'table: AlertInfo\nroutes: [{ to: siem }]\n',
    ],
    [
      'no level',
      'detections/a.yml',
      RULE.replace('level: high\n', ''),
      RULE.replace('level: high\n', '').replace('Whoami\n', 'Whoami\nlevel: medium\n'),
    ],
  ])('mend %s', (_, path, text, expected) => {
    const { checked } = modelOf([{ path, text }]);
    const fixes = checked.diagnostics
      .filter(({ file }) => file === path)
      .flatMap((one) => fixesFor(one, text));
    expect(fixes.map(({ edits }) => applyEdits(text, edits))).toContain(expected);
  });

  it.each([
    ['"Adas"', `"Ada's"`],
    ["'Adas'", "'Ada''s'"],
    ['Adas', "'Ada''s'"],
    ['"Adas"', '"Ada\\"s"', 'Ada"s'],
  ])('write a name as %s needs it', (written, expected, name = "Ada's") => {
    const text = `rules: [${written}]`;
    const fixes = fixesFor(
      {
        code: 'unknown-rule',
        message: 'there is no rule "Adas"',
        hint: `did you mean ${JSON.stringify(name)}?`,
        span: { line: 1, column: 9, length: written.length },
      },
      text,
    );
    expect(fixes.map(({ edits }) => applyEdits(text, edits))).toEqual([`rules: [${expected}]`]);
  });

  it('are those of rules lint too', () => {
    const { file } = edited('detections/a.yml', `${RULE}tags: [attack.T1059]\n‸`);
    expect(lintFixed(file, false)).toContain('tags: [attack.t1059]');
    expect(lintFixed(edited('detections/a.yml', `${RULE}‸`).file, false)).toBeUndefined();
  });
});
