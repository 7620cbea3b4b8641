/** What Ctrl-C, SIGTERM and SIGHUP do to a command. */
import { EXIT } from './exit-codes.ts';

/**
 * A signal that SIGINT (Ctrl-C) and SIGTERM abort: the command then comes to a clean end.
 *
 * A second one ends the process at once with exit code 130. `onFirst` may tell a person so.
 */
export function abortOnSignals(onFirst: () => void = () => {}): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.stopped);
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

/** SIGINT and SIGTERM end the process at once, with exit code 130. The signal that it returns is never aborted. */
export function exitOnSignals(): AbortSignal {
  const stop = (): never => process.exit(EXIT.stopped);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return new AbortController().signal;
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
