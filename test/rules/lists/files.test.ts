import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import type { CompiledList } from '../../../src/rules/lists/compiled-list.ts';
import { expectTheVoice } from '../../diagnostics/expect-voice.ts';
import { compile, context, filesOf } from '../helpers.ts';

function listsOf(texts: Readonly<Record<string, string>>): ReadonlyMap<string, CompiledList> {
  const { program, diagnostics } = compileProgram(filesOf(texts), context);
  if (!program) throw new Error(JSON.stringify(diagnostics));
  return program.lists;
}

function listOf(path: string, text: string, declaration = ''): CompiledList {
  const files = { [path]: text, ...(declaration && { 'lists/lists.yaml': `lists: { x: ${declaration} }` }) };
  const list = listsOf(files).get('x');
  if (!list) throw new Error('no list');
  return list;
}

const valuesOf = (list: CompiledList, key: string) =>
  Object.fromEntries(list.columns.map((column) => [column, list.valueAt(list.find(key), column)]));

describe('a list in each format', () => {
  it('one value a line, with comments', () => {
    const list = listOf('lists/x.txt', '# tools\n\n mimikatz.exe \r\n#x\npsexec.exe # no comment\r\n');
    expect(list).toMatchObject({ name: 'x', type: 'text', size: 2, columns: [], file: 'lists/x.txt' });
    expect(['MIMIKATZ.exe', 'psexec.exe # no comment', 'psexec.exe'].map(list.find)).toEqual([0, 1, -1]);
  });

  it('addresses one a line, as feeds comment on them', () => {
    const list = listOf(
      'lists/x.txt',
      '; drop list\n192.0.2.0/24 ; SBL1\n198.51.100.7\t# c2\n',
      '{ type: network }',
    );
    expect(['192.0.2.9', '198.51.100.7', '198.51.100.8'].map(list.find)).toEqual([0, 1, -1]);
  });

  it('CSV with columns beside the key, quotes and CR LF', () => {
    const text =
      '\ufeffowner,upn,note\r\nAnn,a@x.example,"one, ""two""\r\nthree"\r\n# comment\r\n\r\n=cmd|x!A0,B@x.example,\r\n';
    const list = listOf('lists/x.csv', text, '{ key: upn }');
    expect(list).toMatchObject({ size: 2, columns: ['owner', 'note'] });
    expect(valuesOf(list, 'A@X.example')).toEqual({ owner: 'Ann', note: 'one, "two"\r\nthree' });
    expect(valuesOf(list, 'b@x.example')).toEqual({ owner: '=cmd|x!A0', note: undefined });
  });

  it('CSV with another separator, and the first column as key', () => {
    const list = listOf(
      'lists/below/x.csv',
      'ip;risk\n203.0.113.0/24;9\n',
      '{ type: network, separator: ";" }',
    );
    expect(valuesOf(list, '203.0.113.77')).toEqual({ risk: '9' });
  });

  it('YAML, which declares itself', () => {
    const list = listOf(
      'lists/x.yaml',
      'type: domain\nentries:\n  - evil.com\n  - { name: bad.example, risk: 7 }\n',
    );
    expect(list).toMatchObject({ type: 'domain', size: 2, columns: ['risk'] });
    expect(list.find('a.evil.com')).toBe(0);
    expect(valuesOf(list, 'bad.example')).toEqual({ risk: 7 });
  });

  it('JSON, alone or in a mapping, with keys that objects inherit', () => {
    expect(listOf('lists/x.json', '["a", 7, true]').size).toBe(3);
    const list = listOf(
      'lists/x.json',
      '{"key":"k","entries":[{"k":"a","__proto__":{"x":1},"constructor":2},{"k":"b"}]}',
    );
    expect(list.columns).toEqual(['__proto__', 'constructor']);
    expect(list.valueAt(0, 'constructor')).toBe(2);
    expect(list.valueAt(1, 'constructor')).toBeUndefined();
    expect(list.valueAt(1, '__proto__')).toBeUndefined();
  });
});

/** The files, and what is said of them. */
const mistakes: [what: string, files: Record<string, string>, told: readonly string[]][] = [
  [
    'an entry that is not of the type, at its line and column',
    {
      'lists/lists.yaml': 'lists: { x: { type: network, key: ip } }',
      'lists/x.csv': 'id,ip\n1,10.0.0.0/8\n2,"10.0.0.999"\n',
    },
    [
      'lists/x.csv:3:4+10 error bad-entry: "10.0.0.999" is not an address or a network (such as 203.0.113.9, 10.0.0.0/8 or fe80::/10)',
    ],
  ],
  [
    'an entry of a text file',
    {
      'lists/lists.yaml': 'lists: { x: { type: domain } }',
      'lists/x.txt': 'a.example\n  https://evil.com/x\n',
    },
    [
      'lists/x.txt:2:3+18 error bad-entry: "https://evil.com/x" is not a domain (write the name alone, without scheme, port and path)',
    ],
  ],
  [
    'an entry of a YAML file',
    { 'lists/x.yml': 'type: hash\nentries:\n  - { sha1: abc }\n' },
    [
      'lists/x.yml:3:13+3 error bad-entry: "abc" is not a hash (MD5, SHA-1, SHA-256 or longer in hexadecimal, without a prefix)',
    ],
  ],
  [
    'an entry of a JSON file',
    { 'lists/x.json': '{"type":"network",\n "entries":[["x"],\n  {"ip":"1.2.3"}, null]}' },
    [
      'lists/x.json:2:13+5 error bad-entry: an entry is a string, a number, or a mapping with the key and other columns',
      'lists/x.json:3:19+4 error bad-entry: an entry is a string, a number, or a mapping with the key and other columns',
    ],
  ],
  [
    'JSON that is none',
    { 'lists/x.json': '["a",\n "b"' },
    ['lists/x.json:2:5+0 error json-syntax: the file is not JSON: the text ends inside a list: ] is missing'],
  ],
  [
    'JSON with a mistake in its first line',
    { 'lists/x.json': '["a", b,\n "c"]' },
    ['lists/x.json:1:7+1 error json-syntax: the file is not JSON: no value of JSON begins here'],
  ],
  [
    'a key that the file does not have',
    { 'lists/lists.yaml': 'lists:\n  x:\n    key: upm\n', 'lists/x.csv': 'owner,upn\na,b\n' },
    ['lists/lists.yaml:3:10+3 error unknown-column: the list has no column "upm" (did you mean "upn"?)'],
  ],
  [
    'lines of other lengths',
    { 'lists/x.csv': 'a,b\n1,2,3\n1\n' },
    [
      'lists/x.csv:2:1+5 error bad-entry: the line has 3 cells, and the first line names 2 columns (a cell with a separator in it stands in double quotes)',
      'lists/x.csv:3:1+1 error bad-entry: the line has 1 cells, and the first line names 2 columns (a cell with a separator in it stands in double quotes)',
    ],
  ],
  [
    'a quotation mark that is never closed',
    { 'lists/x.csv': 'a,b\n1,"2\n3,4\n' },
    ['lists/x.csv:2:1+0 error bad-entry: a quotation mark is opened and never closed'],
  ],
  [
    'no line that names the columns',
    { 'lists/lists.yaml': 'lists: { x: { type: network } }', 'lists/x.csv': '10.0.0.1,a\n10.0.0.2,b\n' },
    [
      'lists/x.csv:1:1+0 error bad-entry: the first line names the columns, and "10.0.0.1" is an entry (write a first line with the names of the columns)',
    ],
  ],
  [
    'two columns of one name',
    { 'lists/x.csv': 'a,b,a\n' },
    ['lists/x.csv:1:1+5 error bad-entry: two columns have the name "a"'],
  ],
  [
    'an empty CSV file',
    { 'lists/x.csv': '# nothing\n' },
    [
      'lists/x.csv:2:1+0 error empty-file: the file holds no line (the first line of a CSV file names its columns)',
    ],
  ],
  [
    'an entry without key',
    { 'lists/x.csv': 'a,b\n ,2\n' },
    ['lists/x.csv:2:1+3 error bad-entry: the entry has no key'],
  ],
  [
    'another encoding',
    { 'lists/x.txt': 'a\nb\ufffdc\n', 'lists/y.txt': 'a\0b\0' },
    [
      'lists/x.txt:2:2+1 error bad-encoding: the file is not UTF-8 here (save it as UTF-8; Excel calls it "CSV UTF-8")',
      'lists/y.txt:1:2+1 error bad-encoding: the file is not UTF-8 here (save it as UTF-8; Excel calls it "CSV UTF-8")',
    ],
  ],
  [
    'keys twice',
    { 'lists/x.csv': 'k,v\na,1\nA,2\nb,3\na,4\n' },
    [
      'lists/x.csv:3:1+1 warning duplicate-entry: "A" stands in the list twice, first on line 2, as does 1 other key (the first of them counts)',
    ],
  ],
  [
    'addresses compared as text',
    { 'lists/x.txt': '10.0.0.1\n10.0.0.0/8\n' },
    [
      'lists/x.txt:1:1+0 warning list-type: the values are addresses or networks, and are compared as text (declare "type: network", or "type: text" if that is meant)',
    ],
  ],
  [
    'addresses that are meant as text',
    { 'lists/lists.yaml': 'lists: { x: { type: text } }', 'lists/x.txt': '10.0.0.1\n' },
    [],
  ],
  [
    'names that are taken or impossible',
    { 'lists/a/x.txt': 'a', 'lists/b/x.csv': 'a', 'lists/devices.txt': 'a', 'lists/a b.txt': 'a' },
    [
      'lists/a b.txt:1:1+0 error bad-list-name: a list cannot be named "a b" (use letters, digits, "_", "-" and ".")',
      'lists/b/x.csv:1:1+0 error duplicate-list: the list "x" has a file already: lists/a/x.txt (rename one of them)',
      'lists/devices.txt:1:1+0 error bad-list-name: no file may have the name "devices": the relay fills that list itself (rename the file)',
    ],
  ],
  [
    'a list that is declared and not there yet',
    { 'lists/lists.yaml': 'lists: { c2: { type: network } }' },
    [
      'lists/lists.yaml:1:10+2 warning missing-list: the list "c2" is declared and has no file yet: it is empty (put c2.csv, c2.txt or c2.mmdb beside this file; "xdr-relay lists pull" writes those of list_feeds)',
    ],
  ],
  [
    'a list that is declared twice',
    { 'lists/lists.yaml': 'lists: { x: { type: text } }', 'lists/x.yaml': 'type: domain\nentries: [a]\n' },
    [
      'lists/lists.yaml:1:10+1 error conflict: lists/x.yaml declares itself what the list is (keep one of the two)',
    ],
  ],
  [
    'declarations that are wrong',
    { 'lists/lists.yaml': 'lists: { x: { typ: text, max_age: soon } }', 'lists/x.txt': 'a' },
    [
      expect.stringContaining('error unknown-key') as unknown as string,
      expect.stringContaining('error bad-format: lists.x.max_age must be a duration') as unknown as string,
    ],
  ],
  [
    'entries that are no list',
    { 'lists/x.yaml': 'type: text\nentries: { a: 1 }\n' },
    [
      'lists/x.yaml:2:10+8 error wrong-type: entries is a mapping, but must be a list of entries, or a mapping with "entries"',
    ],
  ],
  ['a file that nothing reads', { 'lists/x.csv': 'a\nb\n', 'lists/x.test.yaml': 'tests: []' }, []],
];

describe('mistakes in lists', () => {
  it.each(mistakes)('%s', (_, files, told) => {
    const found = compile(files);
    expect(found.told.toSorted()).toEqual([...told].toSorted((a, b) => (String(a) < String(b) ? -1 : 1)));
    expectTheVoice(found.diagnostics);
  });

  it('are counted where there are many, whatever a feed sends', () => {
    const text = 'x\n'.repeat(100_000);
    const { told } = compile({ 'lists/lists.yaml': 'lists: { x: { type: network } }', 'lists/x.txt': text });
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe(
      'lists/x.txt:1:1+0 error bad-entry: 99,980 more mistakes in this list are not shown',
    );
  });

  it.each([
    [
      'a line without end',
      'lists/x.csv',
      `a,b\n${'x'.repeat(70_000)}`,
      'lists/x.csv:2:1+0 error too-large: the line is longer than 65,536 characters',
    ],
    ['a key without end', 'lists/x.txt', 'x'.repeat(5_000), 'the key is longer than 4,096 characters'],
    [
      'too many columns',
      'lists/x.csv',
      Array.from({ length: 65 }, (_, n) => `c${n}`).join(),
      'more than 64 columns',
    ],
    [
      'YAML that is too long',
      'lists/x.yaml',
      `entries: [${'a, '.repeat(400_000)}]`,
      'longer than 1,048,576 characters (write it as CSV)',
    ],
    [
      'a quote around half the file',
      'lists/x.csv',
      `a,b\n1,"${'x,\n'.repeat(40_000)}"\n`,
      'opened and never closed',
    ],
  ])('%s', (_, path, text, told) => {
    expect(compile({ [path]: text }).told.join('\n')).toContain(told);
  });

  it('in one list do not make rules that name it wrong, too', () => {
    const { told } = compile({
      'lists/x.csv': 'a,a\n',
      'DeviceEvents.yaml':
        'table: DeviceEvents\nfilter:\n  - title: t\n    detection: { s: { FileName|in_list: x }, condition: s }\n',
    });
    expect(told).toEqual([expect.stringContaining('two columns')]);
  });
});

describe('the version of a set', () => {
  it('depends on its lists', () => {
    const version = (text: string) => compile({ 'lists/x.txt': text }).rules?.version;
    expect(version('a')).not.toBe(version('b'));
    expect(version('a')).toBe(version('a'));
  });
});
