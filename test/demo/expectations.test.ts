import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExpectations } from '../../demo/expectations.ts';
import { TRANSFORMS } from '../../demo/options.ts';
import { planOf } from '../../demo/soc.ts';
import { USUAL_STANDS } from '../../demo/stands/names.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { parseRow } from '../../src/blobs/rows/parse-row.ts';

const { routing: ROUTING } = planOf(USUAL_STANDS);
const BLOB = 'container/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';

describe('what the demo expects of its rules', () => {
  it('filters noise, lets every intrusion through and raises alerts of it, not of a quiet day', async () => {
    const { expect: expectationOf } = await loadExpectations(TRANSFORMS, 'hash-key', ROUTING);
    const generator = createGenerator({ seed: 1, now: () => Date.UTC(2026, 10, 23, 7), attackEvery: 1500 });
    let filtered = 0;
    let falseAlarms = 0;
    const alerts = new Set<string>();
    for (let i = 0; i < 6000; i++) {
      const row = generator.next();
      const { filter, expected } = expectationOf(row, BLOB, i);
      if (filter !== undefined) filtered++;
      if (row.attack) expect(filter).toBeUndefined();
      for (const { destination, rule } of expected) {
        if (destination !== 'soc-slack') continue;
        if (row.attack) alerts.add(rule ?? '');
        else falseAlarms++;
      }
    }
    expect(filtered).toBeGreaterThan(300);
    expect(alerts.size).toBeGreaterThanOrEqual(4);
    expect(falseAlarms).toBe(0);
  });

  it('shows what is wrong with rules that do not compile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-test-rules-'));
    await writeFile(join(folder, 'AlertInfo.yaml'), 'table: AlertInfo\ntransform:\n  - remove: [Tittle]\n');
    try {
      await expect(loadExpectations(folder, 'hash-key', ROUTING)).rejects.toThrow(
        /AlertInfo.yaml:3:14[\s\S]*Title/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('gives the rows the ids that the relay gives them', () => {
    const generator = createGenerator({ seed: 2, now: () => Date.UTC(2026, 10, 23, 7) });
    for (let i = 0; i < 500; i++) {
      const { line, id, table } = generator.next();
      const bytes = line.subarray(0, -2);
      const parsed = parseRow({ offset: 0, end: line.length, bytes, truncated: false }, BLOB, 4_194_304);
      expect(parsed).toMatchObject({ row: { id, table } });
    }
  });
});
