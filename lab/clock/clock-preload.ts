/** Shifts the wall clock of the child process that loads it. */
import { readFileSync } from 'node:fs';
import { shiftWallClock } from './wall-clock.ts';

// Children load this file by NODE_OPTIONS, so the tested program needs no hook for it.

const LOOK_EVERY_MS = 50;

/** The file to which the parent writes the milliseconds to shift by. */
const file = process.env.SHIFTED_CLOCK_FILE;
const parent = process.ppid;
let offset = 0;

function look(): void {
  // A child whose parent was killed must end too.
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  if (file === undefined) return;
  try {
    const value = Number.parseInt(readFileSync(file, 'utf8'), 10);
    if (Number.isSafeInteger(value)) offset = value;
  } catch {
    // The file is just being written; it is read again soon.
  }
}

look();
setInterval(look, LOOK_EVERY_MS).unref();
shiftWallClock(() => offset);
