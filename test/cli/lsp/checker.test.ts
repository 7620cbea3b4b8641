/** The thread of the language server, with threads that hang, end, or are slow: nobody waits for ever, and no test runs on an old text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Checker } from '../../../src/cli/actions/lsp/checker.ts';

/** Its answers: to a check none after the text `hang`, its end after `end`; to a test the last text. */
const THREAD = `
  import { parentPort } from 'node:worker_threads';
  let text = '';
  parentPort.on('message', ({ kind, id, changes }) => {
    text = changes?.opened.at(-1)?.text ?? text;
    if (text === 'hang') for (;;);
    if (text === 'end') throw new Error('out of memory');
    const answer = () =>
      parentPort.postMessage(
        kind === 'test'
          ? { kind: 'tested', id, run: { problem: text, passed: 0, failures: [] } }
          : { kind: 'analysis', id, projects: [] },
      );
    setTimeout(answer, text === 'slow' ? 300 : 0);
  });
`;

const POLL = { timeout: 30_000 };

let folder: string;
let checker: Checker;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-checker-'));
  await writeFile(join(folder, 'thread.mjs'), THREAD);
});
afterEach(() => checker.stop());
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(answerMs: number) {
  const failures: string[] = [];
  const checks: boolean[] = [];
  checker = new Checker({
    thread: join(folder, 'thread.mjs'),
    setup: { roots: [], config: undefined, transforms: [] },
    answerMs,
    onChecked: (_, isCurrent) => checks.push(isCurrent('/a')),
    onFailure: (message) => failures.push(message),
  });
  return { failures, checks };
}

it('a thread that does not answer is replaced', async () => {
  const { failures } = start(1_000);
  checker.change('/a', 'hang');
  await expect.poll(() => failures, POLL).toEqual(['the check took too long']);
  checker.change('/a', 'good');
  expect(await checker.test([])).toMatchObject({ problem: 'good' });
});

it('a thread that always ends is given up, and everything is answered still', async () => {
  const { failures } = start(30_000);
  for (let times = 1; times <= 7; times += 1) {
    checker.change('/a', 'end');
    await expect.poll(() => failures.length, POLL).toBe(times);
  }
  expect(failures.at(-1)).toBe('the thread that checks them has ended');
  expect((await checker.test([])).problem).toBe('the thread that checks them has ended');
});

it('a test runs on the newest text, also while an older one is checked', async () => {
  const { checks } = start(30_000);
  checker.change('/a', 'good');
  await expect.poll(() => checks, POLL).toEqual([true]);
  checker.change('/a', 'slow');
  await new Promise((resolve) => setTimeout(resolve, 250));
  checker.change('/a', 'newest');
  expect(await checker.test([])).toMatchObject({ problem: 'newest' });
});
