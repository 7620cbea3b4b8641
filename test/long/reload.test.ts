import { expect, it } from 'vitest';
import { checkReloading } from '../support/reloading.ts';

it.each([
  { threads: 1, kills: [] },
  { threads: 1, kills: [4, 9, 14] },
  { threads: 2, kills: [7] },
])(
  '20 reloads under load with $threads threads, killed at $kills',
  async ({ threads, kills }) => {
    const options = { seed: 20261126, reloads: 20, kills, removes: true, rows: 100_000, threads };
    const { changes } = await checkReloading(options);
    expect(changes.length).toBeGreaterThanOrEqual(20 - kills.length);
  },
  1_800_000,
);
