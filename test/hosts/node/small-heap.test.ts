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

it('the young generation grows to 8 MiB and one step more at most, until it is let grow', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROGRAM]);
  const { small, large } = JSON.parse(stdout);
  expect(small).toBeGreaterThanOrEqual(8);
  expect(small).toBeLessThanOrEqual(24);
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

/** Modules with a loop and different bytes, compiled before, while and after the heap is kept small. Prints whether V8 has optimised the second when it has both others. */
const LOOPS = `
import { setImmediate as turn } from 'node:timers/promises';
const { keepHeapSmall } = await import(${JSON.stringify(MODULE)});
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10];
const LOOP = [3, 0x40, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 13, 0, 11, 0x20, 0, 11];
function loop(...more) {
  const body = [0, ...more, ...LOOP];
  const bytes = Uint8Array.from([...HEAD, body.length + 2, 1, body.length, ...body]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f;
}
const before = loop();
const letGrow = keepHeapSmall();
const after = loop(1);
while (!%IsTurboFanFunction(before)) {
  before(1_000_000);
  after(1_000_000);
  await turn();
}
letGrow();
const last = loop(1, 1);
while (!%IsTurboFanFunction(last)) {
  last(1_000_000);
  await turn();
}
console.log(JSON.stringify({ isOptimised: %IsTurboFanFunction(after) }));
`;

it('modules of WebAssembly that are compiled from then on are not optimised, and those before are', async () => {
  const args = ['--allow-natives-syntax', '--input-type=module', '--eval', LOOPS];
  const { stdout } = await run(process.execPath, args);
  expect(JSON.parse(stdout)).toEqual({ isOptimised: false });
});
