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

/**
 * From now on SIGHUP no longer ends the process: it calls the listener that was given last, or does nothing before there
 * is one.
 */
export function followHangups(): (listener: () => void) => void {
  let current: (() => void) | undefined;
  process.on('SIGHUP', () => current?.());
  return (listener) => {
    current = listener;
  };
}
