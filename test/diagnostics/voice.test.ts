/** One mistake, one sentence: what each kind of file says to the mistakes that any of them can hold. */
import { describe, expect, it } from 'vitest';
import type { DiagnosticCode } from '../../src/diagnostics/codes.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { LEVELS } from '../../src/shared/event.ts';
import { expectTheVoice } from './expect-voice.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';

interface Slip {
  /** What the sentence is about. */
  readonly at: string;
  /** The piece of the file that is underlined. */
  readonly marked: string;
  readonly text: string;
}

interface Sentence {
  readonly mistake: string;
  readonly code: DiagnosticCode;
  readonly message: (at: string) => string;
  readonly hint: string | RegExp | undefined;
  readonly slips: Partial<Record<KindName, Slip>>;
}

/** A kind's good file with one piece replaced. */
function slip(kind: KindName, [piece, by]: readonly [string, string], at: string, marked: string): Slip {
  const { good } = KINDS[kind];
  if (good.split(piece).length < 2) throw new Error(`${kind}: no ${piece}`);
  return { at, marked, text: good.replace(piece, () => by) };
}

const LEVELS_TEXT = LEVELS.map((level) => `"${level}"`).join(', ');

const SENTENCES: readonly Sentence[] = [
  {
    mistake: 'a string for a mapping',
    code: 'wrong-type',
    message: (at) => `${at} is a string, but must be a mapping (key: value)`,
    hint: undefined,
    slips: {
      relay: slip('relay', ['log: { level: info }', 'log: here'], 'log', 'here'),
      table: slip(
        'table',
        ['{ selection: { FileName: a.exe }, condition: selection }', 'here'],
        'routes[0].detection',
        'here',
      ),
      test: slip('test', ['{ FileName: a.exe }', 'here'], 'tests[0].row', 'here'),
      mapping: slip('mapping', ['{ category: dns_query }', 'here'], 'mappings[0].logsource', 'here'),
      rule: slip(
        'rule',
        ['{ product: m365defender, category: device_process_events }', 'here'],
        'logsource',
        'here',
      ),
      correlation: slip(
        'correlation',
        ['timespan: 5m', 'timespan: 5m\n  aliases: here'],
        'correlation.aliases',
        'here',
      ),
    },
  },
  {
    mistake: 'a list for a string',
    code: 'wrong-type',
    message: (at) => `${at} is a list, but must be a string`,
    hint: undefined,
    slips: {
      relay: slip('relay', ['log: {', 'server: { host: [here] }\nlog: {'], 'server.host', '[here]'),
      table: slip('table', ['table: DeviceProcessEvents', 'table: [here]'], 'table', '[here]'),
      test: slip('test', ['title: a test', 'title: [here]'], 'tests[0].title', '[here]'),
      mapping: slip('mapping', ['dns_query', '[here]'], 'mappings[0].logsource.category', '[here]'),
      rule: slip('rule', ['title: A rule', 'title: [here]'], 'title', '[here]'),
      correlation: slip('correlation', ['title: A correlation', 'title: [here]'], 'title', '[here]'),
    },
  },
  {
    mistake: 'a mapping for a string or a list',
    code: 'wrong-type',
    message: (at) => `${at} is a mapping, but must be a string or a list`,
    hint: undefined,
    slips: {
      relay: slip('relay', ['log: {', 'variables: { A: { b: 1 } }\nlog: {'], 'variables.A', '{ b: 1 }'),
      table: slip(
        'table',
        ['routes:', 'transform: [{ remove: { b: 1 } }]\nroutes:'],
        'transform[0].remove',
        '{ b: 1 }',
      ),
      rule: slip('rule', ['level: low', 'tags: { b: 1 }'], 'tags', '{ b: 1 }'),
      correlation: slip('correlation', ['rules: a_rule', 'rules: { b: 1 }'], 'correlation.rules', '{ b: 1 }'),
    },
  },
  {
    mistake: 'nothing where a string must be',
    code: 'wrong-type',
    message: (at) => `${at} is empty, but must be a string`,
    hint: undefined,
    slips: {
      relay: slip('relay', ['log: {', 'server:\n  host:\nlog: {'], 'server.host', 'host'),
      table: slip('table', ['table: DeviceProcessEvents', 'table:'], 'table', 'table'),
      test: slip('test', ['title: a test', 'title:'], 'tests[0].title', 'title'),
      mapping: slip('mapping', ['DeviceNetworkEvents', ''], 'mappings[0].tables[0].table', 'table'),
      rule: slip('rule', ['title: A rule', 'title:'], 'title', 'title'),
      correlation: slip('correlation', ['title: A correlation', 'title:'], 'title', 'title'),
    },
  },
  {
    mistake: 'an unknown key that comes near a known one',
    code: 'unknown-key',
    message: (at) => `unknown key ${at}`,
    hint: /^did you mean "[\w-]+"\?$/,
    slips: {
      relay: slip('relay', ['log:', 'lgo: { level: info }\nlog:'], '"lgo"', 'lgo'),
      table: slip('table', ['severity', 'severty'], '"severty" in routes[0]', 'severty'),
      test: slip('test', ['alerts', 'alert'], '"alert" in tests[0].expect', 'alert'),
      mapping: slip('mapping', ['category', 'catgory'], '"catgory" in mappings[0].logsource', 'catgory'),
      rule: slip('rule', ['level: low', 'levle: high'], '"levle"', 'levle'),
      correlation: slip('correlation', ['group-by', 'groupby'], '"groupby" in correlation', 'groupby'),
    },
  },
  {
    mistake: 'a key twice',
    code: 'duplicate-key',
    message: (at) => `the key "${at}" is there twice`,
    hint: 'keep one of them',
    slips: {
      relay: slip('relay', ['log: {', 'log: { level: warn }\nlog: {'], 'log', 'log'),
      table: slip('table', ['routes:', 'table: DeviceProcessEvents\nroutes:'], 'table', 'table'),
      test: slip('test', ['tests:', 'table: DeviceProcessEvents\ntests:'], 'table', 'table'),
      mapping: slip('mapping', ['convert: hex', 'convert: hex, convert: hex'], 'convert', 'convert'),
      rule: slip(
        'rule',
        ['FileName: a.exe', '"FileName|re": a, "FileName|re": b'],
        'FileName|re',
        '"FileName|re"',
      ),
      correlation: slip(
        'correlation',
        ['timespan: 5m', 'timespan: 5m\n  timespan: 6m'],
        'timespan',
        'timespan',
      ),
    },
  },
  {
    mistake: 'a missing key',
    code: 'missing-key',
    message: (at) => at,
    hint: /^[\w-]+ must be a/,
    slips: {
      relay: slip(
        'relay',
        ["url: 'https://splunk.example:8088', ", ''],
        '"url" is missing in destinations.splunk',
        'splunk',
      ),
      table: slip('table', ['table: DeviceProcessEvents\n', ''], '"table" is missing', 'routes'),
      test: slip('test', ['    expect: { alerts: [] }\n', ''], '"expect" is missing in tests[0]', 'title'),
      mapping: slip(
        'mapping',
        ['logsource: { category: dns_query }\n    tables', 'tables'],
        '"logsource" is missing in mappings[0]',
        'tables',
      ),
      rule: slip('rule', ['title: A rule\n', ''], '"title" is missing', 'level'),
      correlation: slip(
        'correlation',
        ['  timespan: 5m\n', ''],
        '"timespan" is missing in correlation',
        'correlation',
      ),
    },
  },
  {
    mistake: 'a value that is none of those allowed',
    code: 'not-allowed',
    message: (at) => at,
    hint: /^did you mean "\w+"\?$/,
    slips: {
      relay: slip(
        'relay',
        ['info', 'infp'],
        'log.level must be one of "debug", "info", "warn", "error"',
        'infp',
      ),
      table: slip(
        'table',
        ['severity: low', 'severity: lwo'],
        `routes[0].severity must be one of ${LEVELS_TEXT}`,
        'lwo',
      ),
      mapping: slip(
        'mapping',
        ['convert: hex', 'convert: hec'],
        'mappings[0].tables[0].fields.QueryName.convert must be one of "hashes", "file-name", "registry-data", "hex"',
        'hec',
      ),
      rule: slip('rule', ['level: low', 'level: lwo'], `level must be one of ${LEVELS_TEXT}`, 'lwo'),
      correlation: slip(
        'correlation',
        ['type: event_count', 'type: event_coun'],
        'correlation.type must be one of "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile"',
        'event_coun',
      ),
    },
  },
  {
    mistake: 'a column that the table lacks',
    code: 'unknown-column',
    message: (at) => at,
    hint: /^did you mean "(?:FileName|RemoteUrl)"/,
    slips: {
      table: slip(
        'table',
        ['FileName', 'FielName'],
        'DeviceProcessEvents has no column "FielName"',
        'FielName',
      ),
      test: slip(
        'test',
        ['FileName', 'FielName'],
        'DeviceProcessEvents has no column "FielName"',
        'FielName',
      ),
      mapping: slip(
        'mapping',
        ['RemoteUrl', 'RemotUrl'],
        'DeviceNetworkEvents has no column "RemotUrl"',
        'RemotUrl',
      ),
      rule: slip(
        'rule',
        ['FileName', 'FielName'],
        'DeviceProcessEvents has no column "FielName"',
        'FielName',
      ),
    },
  },
  {
    mistake: 'a table that is not known',
    code: 'unknown-table',
    message: () => 'no table "DeviceNetworkEvent" is known',
    hint: 'did you mean "DeviceNetworkEvents"?',
    slips: {
      table: slip('table', ['DeviceProcessEvents', 'DeviceNetworkEvent'], '', 'DeviceNetworkEvent'),
      test: slip('test', ['DeviceProcessEvents', 'DeviceNetworkEvent'], '', 'DeviceNetworkEvent'),
      mapping: slip('mapping', ['DeviceNetworkEvents', 'DeviceNetworkEvent'], '', 'DeviceNetworkEvent'),
    },
  },
  {
    mistake: 'a destination that is not there',
    code: 'unknown-destination',
    message: (at) => `${at} names no destination`,
    hint: 'did you mean "splunk"?',
    slips: {
      relay: slip('relay', ['[splunk]', '[splnk]'], 'default_destinations[0]', 'splnk'),
      table: slip('table', ['to: splunk', 'to: splnk'], 'routes[0].to', 'splnk'),
      test: slip('test', ['alerts: []', 'forwarded: [splnk]'], 'tests[0].expect.forwarded[0]', 'splnk'),
    },
  },
];

interface WholeFile {
  readonly mistake: string;
  readonly code: DiagnosticCode;
  readonly text: (good: string) => string;
  readonly message: string | RegExp;
  readonly hint: string | RegExp | undefined;
  /** Legal in those. */
  readonly except?: readonly KindName[];
}

const WHOLE_FILES: readonly WholeFile[] = [
  {
    mistake: 'a list',
    code: 'wrong-type',
    text: () => '# a list\n- here\n',
    message: 'the document is a list, but must be a mapping (key: value)',
    hint: undefined,
  },
  {
    mistake: 'no YAML',
    code: 'yaml-syntax',
    text: (good) => `${good}more:\n\there: 1\n`,
    message: 'a tab in the indentation',
    hint: 'indent with spaces',
  },
  {
    mistake: 'nothing',
    code: 'empty-file',
    text: () => '# nothing yet\n',
    message: 'the file is empty',
    hint: /writes a commented one|begins with "\w+:"/,
  },
  {
    mistake: 'two documents',
    code: 'many-documents',
    text: (good) => `${good}---\nmore: 1\n`,
    message: 'the file has more than one document',
    hint: 'take out the "---" line',
    except: ['rule', 'correlation'],
  },
  {
    mistake: 'too long a text',
    code: 'too-large',
    text: (good) => `${good}# ${'x'.repeat(4_200_000)}\n`,
    message: /^the file is longer than \d,\d{3},\d{3} characters$/,
    hint: 'split it',
  },
  {
    mistake: 'lists too deep in one another',
    code: 'too-deep',
    text: (good) => `${good}more: ${'['.repeat(200)}\n`,
    message: 'lists and mappings lie in one another more than 50 deep',
    hint: undefined,
  },
];

const NAMES = Object.keys(KINDS) as KindName[];

describe.each(NAMES)('%s', (name) => {
  const kind: Kind = KINDS[name];

  it('has nothing to say of a good file', () => {
    expect(kind.find(kind.good)).toEqual([]);
  });

  const own = SENTENCES.flatMap(({ slips, ...sentence }) => {
    const found = slips[name];
    return found ? [{ ...sentence, ...found }] : [];
  });
  it.each(own)('says the same of $mistake', ({ at, marked, text, code, message, hint }) => {
    const diagnostics = kind.find(text);
    const found = diagnostics.find((one) => one.message === message(at));
    expect(found, JSON.stringify(diagnostics, undefined, 1)).toBeDefined();
    expect(found?.code).toBe(code);
    if (hint instanceof RegExp) expect(found?.hint).toMatch(hint);
    else expect(found?.hint).toBe(hint);
    expect(textAt(text, found)).toBe(marked);
    expectTheVoice(diagnostics);
  });

  it.each(WHOLE_FILES.filter(({ except }) => !except?.includes(name)))(
    'says the same of a file that holds $mistake',
    ({ text, code, message, hint }) => {
      const diagnostics = kind.find(text(kind.good));
      expect(diagnostics.map((one) => one.code)).toContain(code);
      const found = diagnostics.find((one) => one.code === code);
      if (message instanceof RegExp) expect(found?.message).toMatch(message);
      else expect(found?.message).toBe(message);
      if (hint instanceof RegExp) expect(found?.hint).toMatch(hint);
      else expect(found?.hint).toBe(hint);
      expectTheVoice(diagnostics);
    },
  );
});

function textAt(text: string, diagnostic: Diagnostic | undefined): string {
  if (!diagnostic) return '';
  const { line, column, length } = diagnostic.span;
  return (text.split('\n')[line - 1] ?? '').slice(column - 1, column - 1 + length);
}
