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
    // A column of sampled rows has a name of the same form.
    const named = new Set(pages.match(/\bxdr_relay_[a-z_]+[a-z]\b/g));
    expect([...named].filter((name) => !NAMES.includes(name) && name !== SAMPLE_RATE)).toEqual([]);
  });
});
