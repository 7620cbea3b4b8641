/** Shifts the wall clock of the child process that loads it. */
import { readFileSync } from 'node:fs';
import { shiftWallClock } from './wall-clock.ts';

// Loaded into children by NODE_OPTIONS, so that what is tested needs no hook for it.

const LOOK_EVERY_MS = 50;

/** Milliseconds to shift by, in a file that the parent writes. */
const file = process.env.SHIFTED_CLOCK_FILE;
const parent = process.ppid;
let offset = 0;

function look(): void {
  // A child whose parent was killed must not go on by itself.
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (file === undefined) return;
  try {
    const value = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (Number.isSafeInteger(value)) offset = value;
  } catch {
    // Just being written: it is read again in a moment.
  }
}

look();
setInterval(look, LOOK_EVERY_MS).unref();
shiftWallClock(() => offset);
