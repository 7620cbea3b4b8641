/** The language server as editors start it: its process, over its standard streams, with a client of the protocol. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  Hover,
  Location,
} from 'vscode-languageserver-protocol';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { COMMAND } from '../../../lab/serve.ts';
import { plainEnvironment, runProcess } from '../run.ts';
import { Client, marked } from './client.ts';

const FILES = {
  'relay.yaml': `storage: { connection_string: "\${STORAGE}" }
destinations:
  siem: { type: splunk_hec, url: "https://splunk.example:8088", token: "\${TOKEN}" }
  chat: { type: slack, webhook_url: "\${SLACK}" }
default_destinations: [siem]
alerts:
  - { levels: [high], to: [chat] }
`,
  'transforms/DeviceProcessEvents.yaml': `table: DeviceProcessEvents
filter:
  - title: The sensor
    detection: { sensor: { InitiatingProcessFileName: MsSense.exe }, condition: sensor }
tests:
  - title: the sensor is filtered
    row: { InitiatingProcessFileName: MsSense.exe }
    expect: { forwarded: [] }
`,
  'transforms/detections/whoami.yml': `title: Größe 😀 whoami
id: 11111111-1111-4111-8111-111111111111
status: test
level: high
tags: [attack.discovery, attack.t1033]
logsource: { category: process_creation, product: windows }
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
`,
  'transforms/detections/whoami.test.yaml': `table: DeviceProcessEvents
tests:
  - title: whoami is found
    row: { FileName: whoami.exe, FolderPath: 'C:\\Windows\\System32\\whoami.exe' }
    expect: { alerts: ['Größe 😀 whoami'] }
`,
  'transforms/exceptions/admins.yml': `exceptions:
  - title: Admins
    rules: [11111111-1111-4111-8111-111111111111]
    owner: soc
    detection: { admins: { AccountName|in_list: admins }, condition: admins }
`,
  'transforms/lists/admins.txt': 'ada\ngrace\n',
  'sigma/a.yml':
    'title: A\nlevel: low\nlogsource: { category: process_creation }\ndetection: { a: { Imagee: b }, condition: a }\n',
} as const;

const RULE = 'transforms/detections/whoami.yml';
const TESTS = 'transforms/detections/whoami.test.yaml';
const EXCEPTIONS = 'transforms/exceptions/admins.yml';

let folder: string;
/** One server for all tests: each leaves its documents without mistakes. */
let editor: Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-lsp-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  editor = new Client(folder);
  await editor.initialize();
  for (const path of [RULE, EXCEPTIONS, TESTS, 'relay.yaml'] as const) await editor.open(path, FILES[path]);
  await editor.diagnostics(RULE);
});
afterAll(async () => {
  editor.child.kill();
  await rm(folder, { recursive: true, force: true });
});

const codesOf = (list: readonly Diagnostic[]) => list.map(({ code }) => code);

describe('xdr-relay lsp', () => {
  it('shows the mistakes that rules check shows, while they are typed', async () => {
    const path = RULE;
    expect(await editor.diagnostics(path)).toEqual([]);

    const wrong = FILES[path]
      .replace('Image|endswith', 'Imagee|endswth')
      .replace('level: high', 'level: hgh');
    await editor.type(path, wrong);
    const found = await editor.diagnostics(path, (list) => list.length > 0);
    // What the command finds in the same text.
    await writeFile(join(folder, path), wrong);
    const { stdout } = await runProcess(['rules', 'check', '--format', 'json'], { cwd: folder });
    const checked: readonly {
      file: string;
      code: string;
      span: { line: number; column: number; length: number };
    }[] = JSON.parse(stdout);
    const own = checked.filter(({ file }) => file === path);
    expect(own.length).toBeGreaterThan(0);
    expect(
      found.map(({ code, range }) => ({
        code,
        line: range.start.line + 1,
        column: range.start.character + 1,
        length: range.end.character - range.start.character,
      })),
    ).toEqual(own.map(({ code, span }) => ({ code, ...span })));
    expect(found[0]?.codeDescription?.href).toMatch(/^file:.*docs\/errors\.md#/);

    await writeFile(join(folder, path), FILES[path]);
    await editor.type(path, FILES[path]);
    expect(await editor.diagnostics(path, (list) => list.length === 0)).toEqual([]);
  });

  it('shows mistakes in files that a change breaks, and in relay.yaml', async () => {
    await editor.type(RULE, FILES[RULE].replace('id: 1111', 'id: 2222'));
    expect(
      codesOf(await editor.diagnostics('transforms/exceptions/admins.yml', (list) => list.length > 0)),
    ).toEqual(['unknown-rule']);
    await editor.type(RULE, FILES[RULE]);
    await editor.diagnostics('transforms/exceptions/admins.yml', (list) => list.length === 0);

    // Variables that are not set here may be set where the relay runs.
    await editor.type('relay.yaml', FILES['relay.yaml'].replace('to: [chat]', 'to: [chta]'));
    const found = await editor.diagnostics('relay.yaml', (list) => list.length > 0);
    const shown = found.map(({ code, severity }) => [code, severity]);
    expect(shown).toContainEqual(['unknown-destination', 1]);
    expect(shown.filter(([code]) => code === 'missing-variable')).toEqual(
      Array.from({ length: 3 }, () => ['missing-variable', 3]),
    );
    await editor.type('relay.yaml', FILES['relay.yaml']);
  });

  it('completes, explains, and finds definitions', async () => {
    const path = RULE;
    const completed = async (file: string, source: string) => {
      const { text, position } = marked(source);
      await editor.type(file, text);
      await editor.diagnostics(file);
      const items = await editor.request<CompletionItem[]>('textDocument/completion', file, { position });
      return items.map(({ label }) => label);
    };
    const inSelection = (line: string) =>
      FILES[path].replace("    Image|endswith: '\\whoami.exe'", `    ${line}`);
    expect(await completed(path, inSelection('Com‸'))).toEqual(
      expect.arrayContaining(['CommandLine', 'ProcessCommandLine']),
    );
    expect(await completed(path, inSelection('CommandLine|‸'))).toEqual(
      expect.arrayContaining(['contains', 'in_list']),
    );
    expect(await completed(path, inSelection('User|in_list: ‸'))).toEqual(
      expect.arrayContaining(['admins', 'devices']),
    );
    expect(await completed(path, FILES[path].replace('level: high', 'level: ‸'))).toEqual(
      expect.arrayContaining(['critical', 'low']),
    );
    expect(await completed(path, FILES[path].replace('attack.t1033]', '‸]'))).toContain('attack.t1033');

    // Behind a character of two UTF-16 units.
    await editor.type(path, FILES[path]);
    await editor.diagnostics(path);
    const at = (needle: string) => {
      const offset = FILES[path].indexOf(needle) + 1;
      return TextDocument.create('', '', 0, FILES[path]).positionAt(offset);
    };
    const said = async (needle: string) =>
      JSON.stringify(
        await editor.request<Hover | null>('textDocument/hover', path, { position: at(needle) }),
      );
    expect(await said('Image|')).toContain('DeviceProcessEvents');
    expect(await said('endswith')).toContain('**|endswith**');
    expect(await said('attack.t1033')).toContain('System Owner/User Discovery');
    expect(await said('level:')).toContain('How grave');

    const definition = async (file: keyof typeof FILES, needle: string) => {
      const position = TextDocument.create('', '', 0, FILES[file]).positionAt(
        FILES[file].indexOf(needle) + 1,
      );
      return await editor.request<Location[]>('textDocument/definition', file, { position });
    };
    expect(await definition(EXCEPTIONS, '11111111')).toMatchObject([
      { uri: editor.uri(path), range: { start: { line: 0, character: 7 }, end: { line: 0, character: 22 } } },
    ]);
    expect(await definition(EXCEPTIONS, 'admins }, condition')).toMatchObject([
      { uri: editor.uri('transforms/lists/admins.txt') },
    ]);
    expect(await definition('relay.yaml', 'chat] }')).toMatchObject([
      { uri: editor.uri('relay.yaml'), range: { start: { line: 3, character: 2 } } },
    ]);
  });

  it('runs tests above rules, tables and tests, and shows which fail', async () => {
    const lenses = await editor.request<CodeLens[]>('textDocument/codeLens', RULE);
    expect(lenses.map(({ command, range }) => [command?.title, range.start.line])).toEqual([
      ['Run 1 test', 0],
    ]);
    const execute = async ([first]: readonly CodeLens[]) => {
      await editor.connection.sendRequest('workspace/executeCommand', {
        command: first?.command?.command,
        arguments: first?.command?.arguments,
      });
      return editor.messages.at(-1)?.message;
    };
    expect(await execute(lenses)).toBe('Tests: 1 passed');

    await editor.type(RULE, FILES[RULE].replace('whoami.exe', 'nobody.exe'));
    expect(await execute(lenses)).toBe('Tests: 0 passed, 1 failed: whoami is found');
    const [failed] = await editor.diagnostics(TESTS, (list) => list.length > 0);
    expect(failed).toMatchObject({ code: 'failed-test', severity: 1, range: { start: { line: 2 } } });
    await editor.type(RULE, FILES[RULE]);
    await editor.diagnostics(TESTS, (list) => list.length === 0);

    await editor.open('transforms/DeviceProcessEvents.yaml', FILES['transforms/DeviceProcessEvents.yaml']);
    await editor.diagnostics('transforms/DeviceProcessEvents.yaml');
    const table = await editor.request<CodeLens[]>(
      'textDocument/codeLens',
      'transforms/DeviceProcessEvents.yaml',
    );
    expect(table.map(({ command }) => command?.title)).toEqual(['Run 1 test', 'Run test']);
  });

  it('offers changes that leave a file without mistakes', async () => {
    const path = RULE;
    let text = FILES[path]
      .replace('Image|endswith', 'Image|endswth')
      .replace('level: high', 'level: hgh')
      .replace('attack.discovery', 'attack.Discovery');
    await editor.type(path, text);
    const apply = (action: CodeAction | undefined) => {
      const edits = action?.edit?.changes?.[editor.uri(path)] ?? [];
      expect(edits).not.toEqual([]);
      return TextDocument.applyEdits(TextDocument.create('', '', 0, text), edits);
    };
    let found = await editor.diagnostics(path, (list) => list.length > 0);
    while (found.length > 0) {
      const [first] = found;
      const actions = await editor.request<CodeAction[]>('textDocument/codeAction', path, {
        range: first?.range,
        context: { diagnostics: [first], only: ['quickfix'] },
      });
      text = apply(actions.find(({ isPreferred }) => isPreferred));
      await editor.type(path, text);
      found = await editor.diagnostics(path);
    }
    const all = await editor.request<CodeAction[]>('textDocument/codeAction', path, {
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      context: { diagnostics: [], only: ['source.fixAll'] },
    });
    text = apply(all[0]);
    expect(text).toBe(FILES[path]);
    await editor.type(path, text);
    await editor.diagnostics(path);
  });

  it('offers no change of a place that has moved since it was checked', async () => {
    const wrong = FILES[RULE].replace('level: high', 'level: hgh');
    await editor.type(RULE, wrong);
    await editor.diagnostics(RULE, (list) => list.length > 0);
    await editor.type(RULE, wrong.replace('id:', 'name: whoami\nid:'));
    const actions = await editor.request<CodeAction[]>('textDocument/codeAction', RULE, {
      range: { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } },
      context: { diagnostics: [], only: ['quickfix'] },
    });
    expect(actions).toEqual([]);
    await editor.type(RULE, FILES[RULE]);
    await editor.diagnostics(RULE);
  });

  it('leaves other files alone, and checks Sigma rules outside of a rule folder', async () => {
    await editor.open('docker-compose.yml', 'services: [\n');
    await editor.open('sigma/a.yml', FILES['sigma/a.yml']);
    expect(codesOf(await editor.diagnostics('sigma/a.yml', (list) => list.length > 0))).toContain(
      'unknown-column',
    );
    expect(await editor.diagnostics('docker-compose.yml')).toEqual([]);
  });

  it('survives hostile files', async () => {
    const path = RULE;
    const texts: readonly (readonly [string, string, string])[] = [
      ['5 MB', `title: ${'a'.repeat(5_000_000)}`, 'too-large'],
      ['broken', 'title: "a\nlevel: [', 'yaml-syntax'],
      ['deep', `a: ${'['.repeat(100_000)}`, 'too-deep'],
      [
        'anchors',
        `a: &a [x]\n${Array.from({ length: 300 }, (_, n) => `b${n}: *a`).join('\n')}`,
        'unsupported-alias',
      ],
    ];
    for (const [, text, code] of texts) {
      await editor.type(path, text);
      expect(codesOf(await editor.diagnostics(path, (list) => list.length > 0))).toContain(code);
      const position = { line: 0, character: 3 };
      await editor.request('textDocument/completion', path, { position });
      await editor.request('textDocument/hover', path, { position });
      await editor.request('textDocument/codeAction', path, {
        range: { start: position, end: position },
        context: { diagnostics: [] },
      });
    }
    await editor.type(path, FILES[path]);
    expect(await editor.diagnostics(path, (list) => list.length === 0)).toEqual([]);
  });

  it('ends when it is told to, without a word on its standard error', async () => {
    expect(await editor.end()).toBe(0);
    expect(editor.stderr).toBe('');
  });

  it('ends when its editor is gone', async () => {
    // An editor that starts the server and is killed: the streams close with it.
    const script = `
      const { spawn } = require('node:child_process');
      const server = spawn(process.execPath, [${JSON.stringify(COMMAND)}, 'lsp'], { stdio: ['pipe', 'pipe', 'ignore'] });
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { processId: process.pid, rootUri: null, capabilities: {} } });
      server.stdin.write('Content-Length: ' + body.length + '\\r\\n\\r\\n' + body);
      server.stdout.once('data', () => console.log(server.pid));
    `;
    const parent = spawn(process.execPath, ['-e', script], { env: plainEnvironment() });
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(String(line));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const isAlive = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(isAlive, { timeout: 20_000 }).toBe(false);
  });
});
