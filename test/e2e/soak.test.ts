import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../soak/main.ts', import.meta.url));

/** A soak gives up by itself 12 minutes after its rows are written: this only ends one that hangs. */
const ENDS_BY_ITSELF_MS = 14 * 60_000;

describe('a short soak', () => {
  it('loses nothing', { timeout: ENDS_BY_ITSELF_MS }, async () => {
    const child = spawn(process.execPath, [MAIN, '--seed', '1', '--minutes', '0.12', '--consumers', '2'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill());
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = await once(child, 'exit');
    expect(code, output).toBe(0);
    expect(output).toMatch(/Nothing lost\. Seed 1: \d+ faults, [\d,]+ rows, 0 lost\./);
  });
});
