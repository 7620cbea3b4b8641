import { expect, it } from 'vitest';
import { createRandom } from '../../../lab/generator/random.ts';
import { readManyBothWays } from './both-ways.ts';

const LINES = 2_500;

it('a scanned row means what the parser says, in everything that rules and destinations see of it', () => {
  const seed = Number(process.env.SEED ?? 1);
  const seen = readManyBothWays(createRandom(seed), LINES);
  expect(seen.bytes).toBeGreaterThan(LINES / 3);
  for (const count of [seen.bad, seen.slow]) expect(count).toBeGreaterThan(LINES / 50);
  for (const count of [seen.filtered, seen.alerts]) expect(count).toBeGreaterThan(5);
});
