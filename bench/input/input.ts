/** The rows and rule files that the parts share, written once a run. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { tableNames } from '../../src/rules/schema/index.ts';
import type { BenchOptions } from '../options.ts';
import { SkippedError } from '../skipped.ts';
import { type RowFile, writeRows } from './row-file.ts';
import { mixedRows, sizedRows, workRows } from './rows.ts';
import { evenly, loadableRules } from './sigma-rules.ts';

/** Rule files of this folder make the work W. */
const WORK_RULES = fileURLToPath(new URL('../work/', import.meta.url));
const SHIPPED_RULES = fileURLToPath(new URL('../../transforms/', import.meta.url));

/** What the parts read. Each is made at the first call, and the same afterwards. */
export interface BenchInput {
  /** The rule files of the work W. */
  readonly workRules: string;
  /** A folder of rule files with one step that reads every column, for each known table. */
  readingAll(): Promise<string>;
  /** A folder with the shipped rule files and so many Sigma rules. Throws SkippedError where there are none to take. */
  rules(sigmaRules: number): Promise<string>;
  /** How many Sigma rules load. Throws SkippedError where there are none. */
  sigmaRules(): Promise<number>;
  /** W: rows of 1,676 bytes, of two tables in turn. @param share of the rows; all of them where left out. */
  work(share?: number): Promise<RowFile>;
  /** Rows of all tables of the generator, in a plausible mix. @param share of the rows; a fifth of them where left out. */
  mix(share?: number): Promise<RowFile>;
  /** Rows of two tables in turn, all of one size. */
  sized(bytes: number): Promise<RowFile>;
}

export function createInput(
  folder: string,
  options: Pick<BenchOptions, 'rows' | 'quick' | 'sigma'>,
): BenchInput {
  const made = new Map<string, Promise<unknown>>();
  function once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = made.get(name) as Promise<T> | undefined;
    const value = known ?? make();
    made.set(name, value);
    return value;
  }
  const file = (name: string) => join(folder, name);
  const loadable = () => once('Sigma', () => readSigma(options.sigma));
  return {
    workRules: WORK_RULES,
    sigmaRules: async () => (await loadable()).length,
    rules(count) {
      return once(`rules ${count}`, async () =>
        writeRules(file(`rules-${count}`), count === 0 ? [] : evenly(await loadable(), count)),
      );
    },
    readingAll: () =>
      once('reading all', async () => {
        const folder = file('reading-all');
        await mkdir(folder, { recursive: true });
        const texts = tableNames.map((table) => [
          table,
          `table: ${table}\ntransform: [{ remove_empty: true }]\n`,
        ]);
        await Promise.all(texts.map(([table, text = '']) => writeFile(join(folder, `${table}.yaml`), text)));
        return folder;
      }),
    work(share = 1) {
      const rows = Math.ceil(options.rows * share);
      return once(`work ${rows}`, () => writeRows(file(`work-${rows}.jsonl`), workRows(), rows));
    },
    mix(share = 1 / 5) {
      const rows = Math.ceil(options.rows * share);
      return once(`mix ${rows}`, () => writeRows(file(`mix-${rows}.jsonl`), mixedRows(), rows));
    },
    sized(bytes) {
      // 200 MB of them, or as many as there are of W where they are small.
      const most = options.quick ? 16_000_000 : 200_000_000;
      const rows = Math.min(options.rows, Math.ceil(most / bytes));
      return once(`sized ${bytes}`, () => writeRows(file(`rows-${bytes}.jsonl`), sizedRows(bytes), rows));
    },
  };
}

async function readSigma(folder: string | undefined): Promise<readonly RuleFile[]> {
  if (folder === undefined)
    throw new SkippedError(
      'there are no Sigma rules: name a folder of them with --sigma (a checkout of SigmaHQ\'s "rules"), or in BENCH_SIGMA',
    );
  return loadableRules(await loadRuleFiles(folder));
}

async function writeRules(folder: string, sigma: readonly RuleFile[]): Promise<string> {
  await cp(SHIPPED_RULES, folder, { recursive: true });
  const into = join(folder, 'detections/sigma');
  await mkdir(into, { recursive: true });
  await Promise.all(sigma.map(({ text }, n) => writeFile(join(into, `${n}.yml`), text)));
  return folder;
}
