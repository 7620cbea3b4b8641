import { expect, it } from 'vitest';
import { runNode } from '../long/run-node.ts';

const HANGS = ['-e', 'setInterval(() => {}, 1_000)'];

it('ends a program that does not come to its end', async () => {
  const { signal } = new AbortController();
  expect(await runNode(HANGS, { withinMs: 300, signal })).toBe(1);
});

it('ends a program when it is told to, and starts no other', async () => {
  const stop = new AbortController();
  const running = runNode(HANGS, { signal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(running).rejects.toThrow('stopped');
  await expect(runNode(HANGS, { signal: stop.signal })).rejects.toThrow('stopped');
});

it('has the exit code of a program that ends', async () => {
  const { signal } = new AbortController();
  expect(await runNode(['-e', 'process.exitCode = 3'], { withinMs: 60_000, signal })).toBe(3);
});
