/** Runs the command line on this process: its streams, its signals, its exit code. */
import { processOutput } from './output.ts';
import { runProgram } from './program.ts';
import { abortOnSignals, exitOnSignals } from './signals.ts';

/** @param argv the arguments behind the command's own name. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endOnBrokenPipe);
  const out = await processOutput();
  const tell = (): void => {
    if (process.stderr.isTTY) out.note('\nxdr-relay: stopping; Ctrl-C again stops at once');
  };
  process.exitCode = await runProgram(argv, {
    out,
    stopSignal: (onStop) => (onStop === 'at once' ? exitOnSignals() : abortOnSignals(tell)),
  });
}

/** `xdr-relay config | head`: the reader has gone, which is no failure. */
function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}
