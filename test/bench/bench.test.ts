import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRows } from '../../bench/input/row-file.ts';
import { mixedRows, sizedRows, workRows } from '../../bench/input/rows.ts';
import { fillIn } from '../../bench/markdown.ts';
import { type Cost, median, meetsGoal, percentile, rate, timesOf } from '../../bench/measure.ts';
import { parseOptions } from '../../bench/options.ts';
import { PARTS } from '../../bench/parts/index.ts';
import { benchEnvironment, benchYaml } from '../../bench/relay-yaml.ts';
import { lineText } from '../../bench/table.ts';
import { UsageError } from '../../lab/command-line.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { compileRules } from '../../src/rules/index.ts';

const MAIN = new URL('../../bench/main.ts', import.meta.url).pathname;
const NAMES = PARTS.map(({ name }) => name);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-bench-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the bench', () => {
  it('measures its smallest part, prints ratios, writes JSON, and leaves no folder behind', async () => {
    const json = join(folder, 'measures.json');
    const args = [MAIN, '--quick', '--rows', '1000', '--only', 'baselines', '--json', json];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, TMPDIR: folder },
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/newline split +[\d,]+ rows\/CPU-s +0\.\d+ x JSON\.parse/);
    const { outcomes } = JSON.parse(await readFile(json, 'utf8'));
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0].measures).toHaveLength(3);
    expect(await readdir(folder)).toEqual(['measures.json']);
    // Some processes, each a fraction of a second where the machine is idle.
  }, 300_000);

  it.each([
    [['--only', 'nothing'], /There is no part "nothing"/],
    [['--rounds', '0'], /--rounds must be a whole number from 1 to 99/],
    [['--rows', '1e9'], /--rows/],
    [['--fast'], /--fast/],
  ])('says what is wrong with %j', (argv, message) => {
    expect(() => parseOptions(argv, NAMES, {})).toThrow(UsageError);
    expect(() => parseOptions(argv, NAMES, {})).toThrow(message);
  });

  it('takes the folder of Sigma rules from the command line, then from the environment', () => {
    const env = { BENCH_SIGMA: '/b' };
    expect(parseOptions(['--sigma', '/a'], NAMES, env)).toMatchObject({ sigma: '/a' });
    expect(parseOptions([], NAMES, env)).toMatchObject({ sigma: '/b', only: [], quick: false });
    expect(parseOptions(['--help'], NAMES, env)).toBe('help');
  });

  it('runs relays whose relay.yaml and rules have no mistakes', async () => {
    const yaml = benchYaml({
      transforms: 'transforms',
      receiver: 'http://127.0.0.1:9',
      destinations: ['splunk', 'splunk_index', 'webhook'],
    });
    const connection =
      'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a;';
    const { config, diagnostics } = parseConfig(yaml, 'relay.yaml', benchEnvironment(connection));
    expect(diagnostics).toEqual([]);
    if (!config) throw new Error('no config');
    const files = await loadRuleFiles(new URL('../../bench/work', import.meta.url).pathname);
    expect(compileRules(files, ruleContext(config)).diagnostics).toEqual([]);
  });
});

describe('the page', () => {
  it('gets the tables of the parts that ran, and keeps the others', () => {
    const page =
      'A\n<!-- bench:work -->\nold\n<!-- /bench:work -->\n<!-- bench:live -->\nkept\n<!-- /bench:live -->\nB\n';
    const measures = [
      {
        name: 'W',
        value: 50_000,
        unit: 'rows/CPU-s',
        ratio: { times: 3, of: 'JSON.parse' },
        goal: { value: 60_000, is: 'at least' },
      },
    ] as const;
    const filled = fillIn(page, [{ part: 'work', measures, skipped: 'no rules' }], { when: 'today' });
    expect(filled).toContain('| W | 50,000 rows/CPU-s | 3.00 x JSON.parse | at least 60,000 (missed) |');
    expect(filled).toContain('Measured today.\n\nNot measured: no rules.');
    expect(filled).not.toContain('old');
    expect(filled).toContain('<!-- bench:live -->\nkept\n<!-- /bench:live -->\nB\n');
    expect(fillIn(filled, [{ part: 'work', measures: [] }], { when: 'later' })).not.toContain('50,000');
  });

  it('has marks for every part', async () => {
    const page = await readFile(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    expect(
      NAMES.filter((name) => !new RegExp(`<!-- bench:${name} -->[^]*<!-- /bench:${name} -->`).test(page)),
    ).toEqual([]);
  });
});

describe('the rows', () => {
  it('are always the same', async () => {
    const names = ['a', 'b'].map((name) => join(folder, name));
    for (const name of names) await writeRows(name, workRows(), 50);
    const [first, second] = await Promise.all(names.map((name) => readFile(name)));
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
    await Promise.all(names.map((name) => rm(name)));
  });

  it.each([
    ['W', workRows(), 1_676],
    ['rows of 100 bytes', sizedRows(100), 100],
    ['rows of 100 KB', sizedRows(102_400), 102_400],
    ['the mix', mixedRows(), undefined],
  ])('are JSON, and of the right size: %s', (_, rows, bytes) => {
    let left = 40;
    const seen = new Set<string>();
    for (const { line, table } of rows) {
      const { category, properties } = JSON.parse(line.toString());
      expect(category).toBe(`AdvancedHunting-${table}`);
      expect(properties).toBeTypeOf('object');
      if (bytes !== undefined) expect(line.length).toBe(bytes);
      seen.add(line.toString());
      if (--left === 0) break;
    }
    expect(seen.size).toBe(40);
  });
});

describe('measures', () => {
  const costs = (...seconds: number[]): Cost[] =>
    seconds.map((cpuSeconds) => ({ rows: 100, cpuSeconds, wallSeconds: 1 }));

  it('compare rounds with the rounds beside them', () => {
    // The machine was twice as slow in the second round.
    expect(timesOf(costs(3, 6, 3), costs(1, 2, 1))).toBe(3);
    expect(rate('x', costs(1, 2, 4)).value).toBe(50);
    expect(median([])).toBeNaN();
    expect(median([4, 1])).toBe(2.5);
    expect(percentile([5, 1, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 3], 0.99)).toBe(5);
  });

  it('say whether they miss their goal', () => {
    const most = { name: 'memory', value: 161, unit: 'MB', goal: { value: 160, is: 'at most' } } as const;
    expect(meetsGoal(most)).toBe(false);
    expect(lineText(most)).toMatch(/161\.0 MB +at most 160\.0, missed$/);
    const least = {
      name: 'W',
      value: 60_000,
      unit: 'rows/CPU-s',
      goal: { value: 60_000, is: 'at least' },
    } as const;
    expect(meetsGoal(least)).toBe(true);
    expect(lineText(least)).toMatch(/60,000 rows\/CPU-s +at least 60,000$/);
  });
});
