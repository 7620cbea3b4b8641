/** Several threads as one: what becomes of the others when one fails. The threads are scripts that do what the test needs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { relayConfigSchema } from '../../../src/config/schema.ts';
import { startThreads } from '../../../src/hosts/node/threads/threads.ts';

const CONFIG = relayConfigSchema.parse({ storage: { account: 'contoso' }, destinations: {} });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-threads-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two threads: the first fails at once, and the second does what the script says. */
async function startTwo(name: string, second: string) {
  const file = join(folder, `${name}.mjs`);
  await writeFile(
    file,
    `import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
if (workerData.index === 0) throw new Error('broken');
${second}`,
  );
  const clock = new FakeClock();
  const after = vi.spyOn(clock, 'after');
  const never = new AbortController().signal;
  const threads = startThreads({
    file,
    loaded: { config: CONFIG, directory: folder, secrets: [] },
    threads: 2,
    strictRules: false,
    stopping: { stop: never, abort: never },
    clock,
  });
  const end = { error: undefined as unknown };
  threads.ended.catch((error: unknown) => {
    end.error = error;
  });
  return { clock, end, after };
}

it('ends the process within 25 seconds of a failure, also where another thread hangs', async () => {
  const sign = join(folder, 'end');
  // It never comes back to its event loop, so it does not hear that it is to stop.
  const { clock, end, after } = await startTwo(
    'hangs',
    `const memory = new Int32Array(new SharedArrayBuffer(4));
while (!existsSync(${JSON.stringify(sign)})) Atomics.wait(memory, 0, 0, 20);`,
  );
  try {
    await vi.waitFor(() => expect(after).toHaveBeenCalled(), 30_000);
    clock.advance(24_900);
    await turn();
    expect(end.error).toBeUndefined();
    clock.advance(100);
    await vi.waitFor(() => expect(end.error).toMatchObject({ code: 'thread_failed' }), 30_000);
  } finally {
    await writeFile(sign, '');
  }
});

it('waits for the others no longer than they take to stop', async () => {
  const { end } = await startTwo(
    'stops',
    "parentPort.on('message', ({ kind }) => { if (kind === 'stop') parentPort.close(); });",
  );
  await vi.waitFor(
    () => expect(end.error).toMatchObject({ message: expect.stringContaining('broken') }),
    30_000,
  );
});
