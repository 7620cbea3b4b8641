/** Handles Ctrl-C, SIGTERM and SIGHUP, and the end of whatever reads the output. */
import { EXIT } from './exit-codes.ts';

/**
 * Returns an abort signal that SIGINT (Ctrl-C) and SIGTERM abort, so that the command can end cleanly.
 *
 * A second SIGINT or SIGTERM ends the process at once with exit code 130.
 *
 * @param onFirst called at the first one, for example to say what a second would do.
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

/** Makes SIGINT and SIGTERM end the process at once, with exit code 130. The returned abort signal is never aborted. */
export function exitOnSignals(): AbortSignal {
  const stop = (): never => process.exit(EXIT.stopped);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return new AbortController().signal;
}

/**
 * Keeps SIGHUP from ending the process. Returns a function that sets the listener; SIGHUP calls the listener that was set last, or
 * does nothing if none was set.
 */
export function followHangups(): (listener: () => void) => void {
  let current: (() => void) | undefined;
  process.on('SIGHUP', () => current?.());
  return (listener) => {
    current = listener;
  };
}

let onBrokenPipe = (): void => process.exit();

/** Called when the reader of standard output has gone: ends the process, unless {@link followBrokenPipe} has set something else. */
export function pipeBroken(): void {
  onBrokenPipe();
}

/** Sets what happens when the reader of standard output has gone. */
export function followBrokenPipe(listener: () => void): void {
  onBrokenPipe = listener;
}
