import { expect, it } from 'vitest';
import { createRandom } from '../../lab/generator/random.ts';
import { readManyBothWays } from '../relay/rows/both-ways.ts';

const LINES = Number(process.env.LINES ?? 1_000_000);

it('a million hostile lines mean the same, scanned and parsed', { timeout: 3_600_000 }, () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  console.log(`SEED=${seed}`);
  const seen = readManyBothWays(createRandom(seed), LINES);
  console.log(seen);
  expect(seen.bytes).toBeGreaterThan(LINES / 3);
});
