/** Lists are kept from one load of the rules to the next where their files are the same. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../src/rules/compile.ts';
import type { DatabaseFile } from '../../../src/rules/lists/database.ts';
import { KnownLists } from '../../../src/rules/lists/known-lists.ts';
import type { RuleFile } from '../../../src/rules/rule-file.ts';
import { context } from '../helpers.ts';

const TOOLS = { path: 'lists/tools.txt', text: 'mimikatz.exe\npsexec.exe\npsexec.exe\n' };
const HOSTS = { path: 'lists/hosts.csv', text: 'host,owner\nws-1,Ann\n' };

/** Loads of rules, one after the other. Each returns the lists, and what was reported. */
function loads() {
  const settings = { ...context, knownLists: new KnownLists() };
  return (...files: readonly RuleFile[]) => {
    const { lists, diagnostics } = compileProgram(files, settings);
    return { tools: lists.get('tools'), hosts: lists.get('hosts'), geo: lists.get('geo'), diagnostics };
  };
}

const declared = (text: string) => ({ path: 'lists/lists.yaml', text: `lists: { ${text} }` });

describe('A list', () => {
  it('is the same after a load in which its file is equal, and another where it is not', () => {
    const load = loads();
    const first = load(TOOLS, HOSTS);
    const second = load({ ...TOOLS }, { ...HOSTS, text: `${HOSTS.text}ws-2,Bob\n` });
    expect(second.tools).toBe(first.tools);
    expect(second.hosts).not.toBe(first.hosts);
    expect(second.hosts?.size).toBe(2);
    expect(second.diagnostics).toEqual(first.diagnostics);
    expect(first.diagnostics).toMatchObject([{ code: 'duplicate-entry', file: 'lists/tools.txt' }]);
  });

  it('is another where it is declared in another way, or has another name', () => {
    const load = loads();
    const first = load(HOSTS);
    expect(load(HOSTS, declared('hosts: { key: owner }')).hosts?.find('Ann')).toBe(0);
    expect(load(HOSTS).hosts).not.toBe(first.hosts);
    const { lists } = compileProgram([{ ...HOSTS, path: 'lists/other.csv' }], context);
    expect([...lists.keys()]).toEqual(['other']);
  });

  it('is reported at its place each time where what is declared about it is wrong', () => {
    const load = loads();
    const wrong = declared('hosts: { key: name }');
    const first = load(HOSTS, wrong);
    const moved = load(HOSTS, { ...wrong, text: `# moved\n${wrong.text}` });
    expect(first.diagnostics).toMatchObject([{ file: 'lists/lists.yaml', span: { line: 1 } }]);
    expect(moved.diagnostics).toMatchObject([{ file: 'lists/lists.yaml', span: { line: 2 } }]);
  });

  it('with errors has them each time', () => {
    const load = loads();
    const network = declared('tools: { type: network }');
    const first = load(TOOLS, network).diagnostics;
    expect(first.filter(({ severity }) => severity === 'error')).toHaveLength(3);
    expect(load(TOOLS, network).diagnostics).toEqual(first);
    expect(load({ ...TOOLS, text: '192.0.2.1\n' }, network).tools?.size).toBe(1);
  });

  it('is forgotten once a load has no file of it', () => {
    const load = loads();
    const first = load(TOOLS);
    load(HOSTS);
    expect(load(TOOLS).tools).not.toBe(first.tools);
  });

  it('that is a database is opened once while its bytes are the same', () => {
    const load = loads();
    let opened = 0;
    const file = (content: string): RuleFile => {
      const bytes = new TextEncoder().encode(content);
      const database: DatabaseFile = {
        bytes,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        open() {
          opened += 1;
          return { type: content, built: 0, networks: 1, paths: [], find: () => undefined };
        },
      };
      return { path: 'lists/geo.mmdb', text: '', database };
    };
    const first = load(file('one'));
    expect(load(file('one')).geo).toBe(first.geo);
    expect(opened).toBe(1);
    expect(load(file('two')).geo).not.toBe(first.geo);
    expect(opened).toBe(2);
  });
});
