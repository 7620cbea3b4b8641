/** The heap of a process of its own: the flags hold for the whole process. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const MODULE = new URL('../../../src/hosts/node/small-heap.ts', import.meta.url).href;

/** Makes garbage of which some lives for a while, and lets the process breathe between. Prints the most MiB that were taken. */
const PROGRAM = `
import { getHeapSpaceStatistics } from 'node:v8';
import { setImmediate as turn } from 'node:timers/promises';
const { keepHeapSmall } = await import(${JSON.stringify(MODULE)});
const size = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20;
async function churn() {
  let most = 0;
  for (let round = 0, kept = []; round < 400; round++) {
    for (let n = 0; n < 2_000; n++) kept.push({ n, text: 'x' + n, more: [n, n, n] });
    if (kept.length > 150_000) kept = [];
    await turn();
    most = Math.max(most, size());
  }
  return most;
}
const letGrow = keepHeapSmall();
const small = await churn();
letGrow();
console.log(JSON.stringify({ small, large: await churn() }));
`;

it('the young generation grows to 4 MiB and one step more at most, until it is let grow', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  const { small, large } = JSON.parse(stdout);
  expect(small).toBeGreaterThanOrEqual(4);
  expect(small).toBeLessThanOrEqual(16);
  expect(large).toBeGreaterThanOrEqual(32);
});

/** Makes what stays alive without a pause, as the evaluation of modules does. Prints the MiB that were taken before and after. */
const LOADING = `
import { getHeapSpaceStatistics } from 'node:v8';
const { beginWithSmallHeap } = await import(${JSON.stringify(MODULE)});
const size = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20;
if (process.env.SMALL === 'yes') beginWithSmallHeap();
const before = size();
const kept = Array.from({ length: 400_000 }, (_, n) => ({ n, text: 'x' + n, more: [n, n, n] }));
console.log(JSON.stringify({ before, after: size(), kept: kept.length }));
`;

it('begins with its final size, and does not grow while modules are loaded', async () => {
  const sizes = async (SMALL: 'yes' | 'no') => {
    const args = ['--input-type=module', '--eval', LOADING];
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, SMALL } });
    return JSON.parse(stdout);
  };
  expect(await sizes('yes')).toMatchObject({ before: 8, after: 8 });
  expect((await sizes('no')).after).toBeGreaterThanOrEqual(16);
});
