import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../soak/main.ts', import.meta.url));

/** A soak gives up by itself 12 minutes after its rows are written: this only ends one that hangs. */
const ENDS_BY_ITSELF_MS = 14 * 60_000;
/** Of its output, to show when it fails: CI keeps the end of a long log only. */
const LAST_LINES = 80;

describe('a short soak', () => {
  it('loses nothing', { timeout: ENDS_BY_ITSELF_MS }, async () => {
    const options = ['--seed', '1', '--minutes', '0.12', '--consumers', '2'];
    const child = spawn(process.execPath, [MAIN, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill());
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = await once(child, 'close');
    // What was lost comes last, and the folder with the logs, which is kept.
    const end = output.split('\n').slice(-LAST_LINES).join('\n');
    expect(code, `${end}\nAgain: node soak/main.ts ${options.join(' ')}`).toBe(0);
    expect(output).toMatch(/Nothing lost\. Seed 1: \d+ faults, [\d,]+ rows, 0 lost\./);
  });
});
