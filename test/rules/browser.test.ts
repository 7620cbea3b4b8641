/** Rules, shapes and the encoders of all destinations run in a browser: bundled without polyfills, in a context without Node. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { DESTINATIONS } from '../../src/destinations/list.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { RuleContext } from '../../src/rules/ruleset.ts';
import type { Row } from '../../src/shared/event.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What the bundle exports: a namespace for each file. */
const ENTRIES = [
  'src/rules/index.ts',
  'src/rules/compile.ts',
  'src/rules/explain.ts',
  'src/rules/coverage.ts',
  'src/rules/dry-run.ts',
  'src/rules/schema/portal-export.ts',
  'src/rules/schema/edit-own.ts',
  'src/rules/schema/learn.ts',
  'src/rules/testing/collect.ts',
  ...filesIn('src/rules/editor'),
  'src/rules/testing/run.ts',
  ...filesIn('src/diagnostics').filter((path) => path.endsWith('.ts')),
  ...filesIn('src/diagnostics/yaml'),
  'src/destinations/shapes.ts',
  'src/shared/byte-writer.ts',
  ...filesIn('src/destinations/alert-view'),
  ...filesIn('src/destinations')
    .map((folder) => `${folder}/encode.ts`)
    .filter((path) => isFile(path)),
];

function filesIn(folder: string): readonly string[] {
  return readdirSync(`${ROOT}${folder}`).map((name) => `${folder}/${name}`);
}

function isFile(path: string): boolean {
  const [folder = '', name = ''] = path.split(/\/(?=[^/]*$)/);
  return !folder.endsWith('.ts') && filesIn(folder).includes(`${folder}/${name}`);
}

/** What browsers, workerd and Node all have beside ECMAScript, as far as it may be used. */
const WEB = { TextEncoder, TextDecoder, URL, URLSearchParams, btoa, atob, structuredClone, AbortSignal };

const context: RuleContext = {
  destinations: ['siem', 'chat'],
  defaultDestinations: ['siem'],
  alerts: [{ levels: ['high'], to: ['chat'] }],
  variables: { HASH_KEY: 'k'.repeat(32) },
};

const RULES = [
  {
    path: 'DeviceProcessEvents.yaml',
    text: `table: DeviceProcessEvents
filter:
  - title: Updates
    detection: { selection: { FileName: update.exe }, condition: selection }
transform:
  - hash: { columns: [AccountName], key: $HASH_KEY }
  - hash: { columns: [DeviceName] }
`,
  },
  {
    path: 'detections/encoded.yml',
    text: `title: Encoded command
id: 11111111-1111-4111-8111-111111111111
name: encoded
level: high
logsource: { product: windows, category: process_creation }
detection:
  selection:
    User: MÜLLER
    Image|endswith: '\\POWERSHELL.EXE'
    CommandLine|base64offset|contains: 'Größe'
    CommandLine|wide|base64offset|contains: 'http://'
    CommandLine|re: '-[eE]nc(odedCommand)? [A-Za-z0-9+/=]+'
  condition: selection
`,
  },
  {
    path: 'detections/often.yml',
    text: `title: Encoded commands in a row
correlation:
  type: event_count
  rules: [encoded]
  group-by: [DeviceName]
  timespan: 5m
  condition: { gte: 2 }
  generate: true
`,
  },
];

const row: Row = {
  id: '0'.repeat(32),
  table: 'DeviceProcessEvents',
  properties: {
    Timestamp: '2026-11-26T08:00:00Z',
    FileName: 'powershell.exe',
    FolderPath: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    AccountName: 'müller',
    DeviceName: 'pc-1',
    ProcessCommandLine: `powershell.exe -enc ${Buffer.from('eine Größe').toString('base64')}${Buffer.from('  http://', 'utf16le').toString('base64')}`,
  },
  envelope: { category: 'AdvancedHunting-DeviceProcessEvents' },
  text: undefined,
  source: { blob: 'b', offset: 0 },
};

/** Runs code on what the bundle exports; only JSON goes in and out, so that no object of Node's is used within. */
type Run = (code: string, input: unknown) => unknown;

let run: Run;
let inputs: readonly string[];

beforeAll(async () => {
  const names = ENTRIES.map((path) => path.replace(/^src\/|\.ts$/g, ''));
  const { outputFiles, metafile, warnings } = await build({
    stdin: {
      contents: ENTRIES.map((path, at) => `export * as ${JSON.stringify(names[at])} from './${path}';`).join(
        '\n',
      ),
      resolveDir: ROOT,
    },
    absWorkingDir: ROOT,
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'relay',
    target: 'es2024',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  inputs = Object.keys(metafile.inputs);
  const sandbox = createContext({ ...WEB });
  runInContext(outputFiles[0]?.text ?? '', sandbox);
  run = (code, input) => {
    const source = `JSON.stringify(((input) => { ${code} })(JSON.parse(${JSON.stringify(JSON.stringify(input))})))`;
    return JSON.parse(String(runInContext(source, sandbox)));
  };
});

describe('the bundle for browsers', () => {
  it('has the encoder of every destination', () => {
    for (const { type } of DESTINATIONS) {
      expect(inputs).toContain(`src/destinations/${type.replaceAll('_', '-')}/encode.ts`);
    }
  });

  it('needs no module of Node and no file that sends', () => {
    expect(inputs.filter((path) => /(^|[/:])(node:|events|buffer|crypto)/.test(path))).toEqual([]);
    expect(inputs.filter((path) => /^src\/(hosts|relay|azure)\/|\/send\.ts$/.test(path))).toEqual([]);
  });

  it('runs where nothing of Node is', () => {
    expect(run('return [typeof process, typeof Buffer, typeof require, typeof setImmediate]', null)).toEqual(
      Array.from({ length: 4 }, () => 'undefined'),
    );
  });

  it('evaluates rules as Node does', () => {
    const here = compileRules(RULES, context);
    expect(here.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const verdict = here.rules?.evaluate(row);
    expect(verdict).toMatchObject({
      kind: 'forwarded',
      routes: [{ to: 'siem' }, { to: 'chat', severity: 'high', rule: { title: 'Encoded command' } }],
      correlated: [{ group: [{ column: 'DeviceName', value: 'pc-1' }] }],
    });
    const there = run(
      `const { rules, diagnostics } = relay['rules/index'].compileRules(input.files, input.context);
       return { version: rules?.version, diagnostics, verdict: rules?.evaluate(input.row) };`,
      { files: RULES, context, row },
    );
    expect(there).toEqual(
      JSON.parse(JSON.stringify({ version: here.rules?.version, diagnostics: here.diagnostics, verdict })),
    );
  });

  it('counts correlations', () => {
    const raised = run(
      `const { program } = relay['rules/compile'].compileProgram(input.files, input.context);
       const dry = new relay['rules/dry-run'].DryRun(program);
       return [0, 1].map((n) => dry.next({ ...input.row, id: String(n), source: { blob: 'b', offset: n } }, n).raised)
         .map((list) => list.map(({ title, id }) => ({ title, id })));`,
      { files: RULES, context, row },
    );
    expect(raised).toEqual([
      [{ title: 'Encoded command', id: '11111111-1111-4111-8111-111111111111' }],
      [
        { title: 'Encoded command', id: '11111111-1111-4111-8111-111111111111' },
        { title: 'Encoded commands in a row' },
      ],
    ]);
  });

  it('encodes for every destination', () => {
    const envelope = {
      v: 1,
      id: row.id,
      time: '2026-11-26T08:00:00Z',
      table: row.table,
      severity: 'high',
      rule: { title: 'Encoded command', matched: [{ column: 'FileName', value: 'powershell.exe' }] },
      alertId: 'a'.repeat(32),
      event: row.properties,
      source: row.source,
    };
    const texts = run(
      `const { event, ...head } = input;
       const delivery = { head, event, writeEvent: (writer) => writer.json(event), column: (name) => event[name] };
       const textOf = (encoding) => {
         const writer = new relay['shared/byte-writer'].ByteWriter();
         encoding.write(delivery, writer);
         return new TextDecoder().decode(writer.slice());
       };
       return [
         textOf(relay['destinations/splunk-hec/encode'].hecEvents({ sourcetype: 's' }, 'relay')),
         textOf(relay['destinations/webhook/encode'].webhookEvents({ format: 'cloudevents' }, 'relay')),
         textOf(relay['destinations/file/encode'].fileLines({}, 'relay')),
         relay['destinations/teams/encode'].messageCard(relay['destinations/alert-view/single'].messageOfOne(input)),
         JSON.stringify(relay['destinations/slack/encode'].groupMessage(
           relay['destinations/alert-view/message'].messageView(relay['destinations/alert-view/single'].messageOfOne(input)),
         )),
       ];`,
      envelope,
    );
    expect(texts).toHaveLength(5);
    for (const text of texts as readonly string[]) expect(text).toContain('Encoded command');
  });
});
