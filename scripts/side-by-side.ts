/** Runs commands side by side. */
import { spawn } from 'node:child_process';
import { ROOT } from './root.ts';

interface Ended {
  readonly code: number;
  readonly output: string;
}

/**
 * Runs the commands at once, each in the repository's root, and prints what each wrote when it has ended, so that lines of two do not mix.
 *
 * @param commands the program of each, and its arguments. Resolves with 0, or with the exit code of the first of them that failed.
 * Rejects where a program cannot be started.
 */
export async function sideBySide(commands: readonly (readonly [string, ...string[]])[]): Promise<number> {
  const codes = await Promise.all(
    commands.map(async (command) => {
      const { code, output } = await run(command);
      process.stdout.write(output);
      if (code !== 0) console.error(`${command.join(' ')} failed`);
      return code;
    }),
  );
  return codes.find((code) => code !== 0) ?? 0;
}

function run([program, ...args]: readonly [string, ...string[]]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
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
