/** Runs an action again whenever a file changes. */

import { watch } from 'chokidar';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf } from '../../../shared/errors.ts';
import { whenAborted } from '../../../shared/when-aborted.ts';
import type { Output } from '../../output.ts';

/** Changes within this time count as one, because editors write files in several steps. Milliseconds. */
const SETTLE = 100;

/** Runs `action` now and after each change below `paths`, until the signal is aborted. Errors of the action are shown, not thrown. */
export async function runOnChange(
  paths: readonly string[],
  action: () => Promise<unknown>,
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  let cancel: () => void = () => {};
  let running = Promise.resolve();
  const run = () => {
    running = running.then(action).then(
      () => out.note('\nwatching for changes; Ctrl-C ends it'),
      (error: unknown) => out.note(messageOf(error)),
    );
  };
  const watcher = watch([...paths], { ignoreInitial: true });
  watcher.on('all', () => {
    cancel();
    cancel = systemClock.after(SETTLE, run);
  });
  run();
  await new Promise<void>((resolve) => {
    whenAborted(signal, resolve);
  });
  cancel();
  await watcher.close();
  await running;
}
