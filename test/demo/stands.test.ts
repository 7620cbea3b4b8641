import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sentinel } from '../../demo/stands/sentinel.ts';
import { TABLES } from '../../lab/generator/tables/index.ts';

const entrySchema = z.object({ rules: z.array(z.object({ tables: z.array(z.string()).default([]) })) });

describe('the Sentinel of the demo', () => {
  it('has a stream for every table of the demo, without which rows wait for ever', async () => {
    const ignored = () => {};
    const arrivals = {
      arrived: ignored,
      arrivedInAnyOrder: ignored,
      arrivedById: ignored,
      arrivedAt: ignored,
      message: ignored,
    };
    const stand = await sentinel.start(arrivals, { connectionString: '', account: '', host: 'node' });
    onTestFinished(() => stand.close());
    const taken = entrySchema.parse(stand.entry).rules.flatMap(({ tables }) => tables);
    expect(TABLES.map(({ name }) => name).filter((name) => !taken.includes(name))).toEqual([]);
    expect(new Set(taken).size).toBe(taken.length);
  });
});
