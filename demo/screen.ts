/** Shows the demo's state on a terminal, or as lines where there is none. */
import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import { picture, plainLine, type View } from './picture.ts';

/** Where the demo shows how it goes. */
export interface Screen {
  /** Milliseconds between two looks. */
  readonly interval: number;
  show(view: View): void;
  /** Leaves the last picture standing and gives the cursor back. */
  done(): void;
}

const LIVE_MS = 250;
const PLAIN_MS = 2000;

export function liveScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream);
  return {
    interval: LIVE_MS,
    show: (view) => update(picture(view, picocolors, stream.columns || 80)),
    done: () => update.done(),
  };
}

export function plainScreen(stream: NodeJS.WritableStream): Screen {
  return {
    interval: PLAIN_MS,
    show: (view) => stream.write(`${plainLine(view)}\n`),
    done() {},
  };
}
