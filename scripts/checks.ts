/**
 * Runs the checks of `npm test` that are no tests, side by side: the linter, the type checker, and the Worker's bundle.
 *
 *   node scripts/checks.ts
 */
import { spawn } from 'node:child_process';
import { ROOT } from './root.ts';

/** Runs first: wrangler builds for it what it builds for `check:worker` too, into the same folder. */
const BEFORE = 'types:worker';
const CHECKS = ['typecheck', 'lint', 'check:worker'];

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a script of package.json. Its output is kept together, so that those of two do not mix. */
function check(name: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', name], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function told(name: string): Promise<number> {
  const { code, output } = await check(name);
  process.stdout.write(output);
  if (code !== 0) console.error(`npm run ${name} failed`);
  return code;
}

const codes = [await told(BEFORE), ...(await Promise.all(CHECKS.map(told)))];
process.exitCode = codes.find((code) => code !== 0) ?? 0;
