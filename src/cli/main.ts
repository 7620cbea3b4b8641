/** Runs the command line in this process, with its streams, signals and exit code. */
import { useEnvironmentProxy } from '../hosts/node/environment-proxy.ts';
import type { CliCommand } from './command.ts';
import { processOutput } from './output.ts';
import { runProgram } from './program.ts';
import { abortOnSignals, exitOnSignals, pipeBroken } from './signals.ts';

/**
 * @param argv the arguments after the name `xdr-relay`.
 * @param more commands besides the product's own.
 */
export async function main(argv: readonly string[], more: readonly CliCommand[] = []): Promise<void> {
  process.stdout.on('error', onOutputError);
  const warning = useEnvironmentProxy(process.env);
  const out = await processOutput();
  if (warning !== undefined) out.note(`xdr-relay: ${warning}`);
  const tell = (): void => {
    if (process.stderr.isTTY) out.note('\nxdr-relay: stopping; Ctrl-C again stops at once');
  };
  process.exitCode = await runProgram(argv, {
    out,
    more,
    stopSignal: (onStop) => (onStop === 'at once' ? exitOnSignals() : abortOnSignals(tell)),
  });
}

/** The reader of the output has gone, as in `xdr-relay config | head`. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  pipeBroken();
}
