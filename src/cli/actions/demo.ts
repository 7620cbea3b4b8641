/** Runs the demo. */
import type { DemoRequest } from '../../../demo/main.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { followHangups } from '../signals.ts';

export async function demoCommand(request: DemoRequest, out: Output, signal: AbortSignal): Promise<ExitCode> {
  // A terminal that is closed must not leave the temporary folder and the processes behind.
  const hangup = new AbortController();
  followHangups()(() => hangup.abort());
  const { runDemo } = await import('../../../demo/main.ts');
  return await runDemo(request, out.isTerminal, AbortSignal.any([signal, hangup.signal]));
}
