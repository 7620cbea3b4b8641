/** The playground's engine on what strangers write: bounded answers, names that JavaScript's objects have, words behind escapes, and the tests in files. */
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../console/playground/defaults.ts';
import { Engine } from '../../console/playground/engine/engine.ts';
import { ALL_PARTS, neededParts, type Parts } from '../../console/playground/engine/late-parts.ts';
import { MOST_FINDINGS, type PlaygroundState } from '../../console/playground/engine/messages.ts';

const NOW = Date.parse('2026-11-27T08:00:00Z');
const [, detection = { path: '', text: '' }] = DEFAULTS.files;

async function ran(part: Partial<PlaygroundState>) {
  const engine = new Engine({ parts: ALL_PARTS });
  const state = { ...DEFAULTS, ...part };
  const checked = await engine.check({ state });
  const run = await engine.run({ state, now: NOW });
  return { engine, checked, run, account: await engine.row({ n: 0, now: NOW }) };
}

describe('the engine', () => {
  it('tells of a bounded number of findings, errors first, and how many there are', async () => {
    const documents = Array.from({ length: 1_000 }, (_, n) => `title: ${n}\nfoo: x\n`).join('---\n');
    const { checked } = await ran({ files: [{ path: 'detections/a.yml', text: documents }] });
    expect(checked.findings).toHaveLength(MOST_FINDINGS);
    expect(checked.total).toBeGreaterThan(1_000);
    expect(new Set(checked.findings.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  it('cuts a value that stands beside each of the values that it is compared with', async () => {
    const values = Array.from({ length: 400 }, (_, n) => `      - never-${n}`).join('\n');
    const text = detection.text.replace("contains: ' -enc'", `contains:\n${values}`);
    const row = { FolderPath: 'C:\\powershell.exe', ProcessCommandLine: 'A'.repeat(1_000_000) };
    const { account } = await ran({ files: [{ ...detection, text }], rows: JSON.stringify(row) });
    expect(JSON.stringify(account?.detections)).toContain('1,000,002 characters');
    expect(JSON.stringify(account?.detections).length).toBeLessThan(2_000_000);
  });

  it('takes names that objects of JavaScript have', async () => {
    const relay = `destinations:
  constructor: { type: splunk_hec, url: "https://splunk.example.com", token: "\${constructor}" }
  valueof: { type: webhook, url: "https://hook.example.com", secrets: ["\${__proto__}"] }
default_destinations: [constructor, valueof]
alerts:
  - { levels: [high], to: [constructor] }
variables: { constructor: a, toString: "\${hasOwnProperty}" }
`;
    const files = [
      { path: 'constructor.yaml', text: 'table: constructor\ntransform:\n  - lowercase: [toString]\n' },
      ...DEFAULTS.files,
    ];
    const rows = [
      '{"__proto__":{"a":1},"constructor":"x","toString":null}',
      '{"category":"AdvancedHunting-constructor","properties":{"toString":"X","__proto__":[]}}',
      '{"category":"AdvancedHunting-__proto__","properties":{"constructor":1}}',
    ];
    const { checked, run, account } = await ran({ relay, files, rows: rows.join('\n') });
    expect(checked.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(run.rows.map(({ kind, to }) => [kind, to])).toEqual(
      rows.map(() => ['forwarded', ['constructor', 'valueof']]),
    );
    expect(account?.wire.map(({ to, problem }) => [to, problem])).toEqual([
      ['constructor', undefined],
      ['valueof', undefined],
    ]);
    expect(account?.wire[0]?.requests[0]?.body).toContain('"__proto__":{"a":1}');
  });

  it.each([
    ['a destination without a prototype', 'destinations:\n  __proto__: { type: file, path: "-" }\n'],
    ['types that are none', 'destinations:\n  a: { type: constructor }\n  b: 1\n  c: [1]\n  d: null\n'],
    ['lists in place of mappings', '[1, 2]'],
    ['itself', 'destinations: &a\n  x: *a\n'],
    ['very deep flows', '{a: '.repeat(50_000)],
    ['aliases of aliases', laughs('destinations')],
  ])('says what is wrong with a relay.yaml of %s', async (_what, relay) => {
    const { checked, run } = await ran({ relay });
    expect(checked.version).toBeUndefined();
    expect(checked.findings[0]).toMatchObject({ file: 'relay.yaml', severity: 'error' });
    expect(run.problem).toMatch(/relay\.yaml/);
  });

  it('says what is wrong with rules of aliases of aliases', async () => {
    const { checked } = await ran({ files: [{ path: 'detections/a.yml', text: laughs('detection') }] });
    expect(checked.findings[0]).toMatchObject({ file: 'detections/a.yml', severity: 'error' });
  });

  it('runs the tests in the files, as `rules test` does', async () => {
    const test = (title: string, alerts: string) =>
      `  - title: ${title}\n    table: DeviceProcessEvents\n    row: { FolderPath: 'C:\\powershell.exe', ProcessCommandLine: ' -enc a' }\n    expect: { alerts: ${alerts} }\n`;
    const text = `tests:\n${test('holds', '[Encoded command of PowerShell]')}${test('fails', '[]')}`;
    const { run } = await ran({ files: [...DEFAULTS.files, { path: 'own.test.yaml', text }] });
    expect(run.tests).toEqual({
      total: 2,
      failed: 1,
      shown: [
        {
          title: 'fails',
          file: 'own.test.yaml',
          line: 6,
          mismatches: [{ what: 'alerts', expected: '[]', actual: '["Encoded command of PowerShell"]' }],
        },
      ],
    });
    expect((await ran({})).run).not.toHaveProperty('tests');
  });
});

describe('the late parts', () => {
  it.each([
    ['a modifier', 'CommandLine|re: a', ['patterns']],
    ['a modifier behind an escape', '"CommandLine|\\x72e": a', 'all'],
    ['a modifier over two lines', '"CommandLine|r\\\n  e": a', 'all'],
    ['nothing of them', 'CommandLine|contains: a\\b', []],
  ])('are loaded for %s', async (_what, text, wanted) => {
    const loaded: string[] = [];
    const names = ['mappings', 'patterns', 'techniques', 'tokens', 'userAgents'] as const;
    const parts = Object.fromEntries(
      names.map((name) => [name, async () => void loaded.push(name)]),
    ) as unknown as Parts;
    await neededParts(parts, [{ path: 'detections/a.yml', text }], undefined);
    expect(loaded.toSorted()).toEqual(
      wanted === 'all' ? ['mappings', 'patterns', 'techniques', 'userAgents'] : wanted,
    );
  });
});

/** Nine of nine of nine. */
function laughs(key: string): string {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const lists = names.map((name, at) => {
    const item = at === 0 ? 'x' : `*${names[at - 1]}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => item).join(', ')}]`;
  });
  return [...lists, `${key}: *f`, ''].join('\n');
}
