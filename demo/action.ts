/** What `xdr-relay demo` does: runs the demo until it ends or is stopped. */

import type { ExitCode } from '../src/cli/exit-codes.ts';
import type { Output } from '../src/cli/output.ts';
import { followHangups } from '../src/cli/signals.ts';
import type { DemoRequest } from './main.ts';

export async function demoCommand(request: DemoRequest, out: Output, signal: AbortSignal): Promise<ExitCode> {
  // A terminal that is closed must not leave the temporary folder and the processes behind.
  const hangup = new AbortController();
  followHangups()(() => hangup.abort());
  const { runDemo } = await import('./main.ts');
  return await runDemo(request, out.isTerminal, AbortSignal.any([signal, hangup.signal]));
}
