/**
 * A signal that SIGINT (Ctrl-C) and SIGTERM abort: the command then comes to a clean end.
 *
 * A second one ends the process at once with exit code 130.
 */
export function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    if (process.stderr.isTTY) process.stderr.write('\nxdr-relay: stopping; Ctrl-C again stops at once\n');
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
