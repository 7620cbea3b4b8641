/** Each metric is measured somewhere, and the documentation names only metrics that there are. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SAMPLE_RATE } from '../../src/rules/sampling.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/shared/metrics.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAMES = Object.keys({ ...COUNTERS, ...GAUGES, ...HISTOGRAMS });
/** The files that list all metrics: they measure none. */
const LISTS = ['src/shared/metrics.ts', 'src/hosts/node/metrics.ts'];

/** What has a name of the same form: a column of sampled rows, and labels of a preset. */
const FIELDS: ReadonlySet<string> = new Set([
  SAMPLE_RATE,
  'xdr_relay_event_id',
  'xdr_relay_kind',
  'xdr_relay_table',
]);

function textsOf(folder: string, ending: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ending) && !LISTS.includes(path))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'));
}

describe('metrics', () => {
  it('are all measured by the code', () => {
    const code = [...textsOf('src', '.ts'), ...textsOf('routes', '.ts')].join('\n');
    expect(NAMES.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });

  it('are what the documentation names', () => {
    const pages = [...textsOf('docs', '.md'), readFileSync(join(ROOT, 'README.md'), 'utf8')].join('\n');
    const named = new Set(pages.match(/\bxdr_relay_[a-z_]+[a-z]\b/g));
    expect([...named].filter((name) => !NAMES.includes(name) && !FIELDS.has(name))).toEqual([]);
  });
});
