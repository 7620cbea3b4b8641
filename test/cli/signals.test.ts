import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';

const SIGNALS = new URL('../../src/cli/signals.ts', import.meta.url).href;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that runs until its signal is aborted; a stubborn one goes on after that. */
async function start(stubborn: boolean): Promise<ChildProcess> {
  const script = `
    import { abortOnSignals } from ${JSON.stringify(SIGNALS)};
    const signal = abortOnSignals();
    const timer = setInterval(() => {}, 1000);
    signal.addEventListener('abort', () => { console.log('aborted'); ${stubborn ? '' : 'clearInterval(timer);'} });
    console.log('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await heard(child, 'ready');
  return child;
}

async function heard(child: ChildProcess, word: string): Promise<void> {
  for (let text = ''; !text.includes(word); ) text += String((await once(child.stdout ?? child, 'data'))[0]);
}

it('SIGTERM and SIGINT let the command end by itself', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const child = await start(false);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
});

it('a second one ends it at once with 130', async () => {
  const child = await start(true);
  child.kill('SIGINT');
  await heard(child, 'aborted');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});
