/** Keeps V8's heap small where V8 alone would let garbage pile up, since it knows of no limit to a relay's memory. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * The size from which the part of the heap where objects begin may not grow any more, bytes: it ends at two halves of 2 MiB, or of 4. By
 * itself it doubles up to two of 64 MiB, and loading the program's modules alone takes it to two of 16. Rows live for some milliseconds, so
 * a larger one saves little work, and takes that much more memory.
 */
const ENOUGH_YOUNG_BYTES = 3 * 1024 * 1024;
/** V8's own settings: by which factor the young generation grows, and that it decides itself how much the whole heap may. */
const V8S_OWN = { factor: 2, percent: 0 } as const;
/** From one half of 1 MiB, with which V8 begins, to one of 4. */
const FIRST_STEP = 4;
/**
 * How much what is left after a collection of the whole heap may grow until the next, per cent. By itself V8 lets a heap of 25 MB grow to
 * three or four times of it, with what waited in lanes for some hundred milliseconds.
 */
const GROWTH = 50;
/** How often some objects are made until the first step is done; it takes nine. */
const MOST_TRIES = 64;

/**
 * Gives the young generation its size before the program's modules are loaded: afterwards is too late, because it grows while they are, and
 * does not shrink again in a process that has work. {@link keepHeapSmall} goes on with it.
 *
 * The greatest size is an option of the command line that cannot be changed later, but the factor by which it grows can. V8 makes use of it
 * after a collection that left more alive than the space holds, so this makes as many objects. Takes 5 ms of processor time.
 */
export function beginWithSmallHeap(): void {
  setFactor(FIRST_STEP);
  const alive: unknown[] = [];
  for (let tries = 0; youngBytes() < ENOUGH_YOUNG_BYTES && tries < MOST_TRIES; tries++)
    alive.push(Array.from({ length: 2_000 }, (_, n) => ({ n, tries })));
  setFactor(1);
}

/**
 * Keeps the heap of this process small, until the function that it returns is called.
 *
 * V8 makes the young generation smaller where the process is idle, so after each collection it is looked at again: it may grow by a factor
 * of 2 while it is too small, and not at all afterwards.
 *
 * The flags hold for all threads of the process, and this looks at one: it is for a process with one thread of JavaScript.
 */
export function keepHeapSmall(): () => void {
  const look = () => {
    const wanted = youngBytes() < ENOUGH_YOUNG_BYTES ? 2 : 1;
    if (wanted !== inForce.factor) setFactor(wanted);
  };
  const observer = new PerformanceObserver(look);
  observer.observe({ entryTypes: ['gc'] });
  look();
  setPercent(GROWTH);
  return () => {
    observer.disconnect();
    setFactor(V8S_OWN.factor);
    setPercent(V8S_OWN.percent);
  };
}

/** Does some work without pauses with V8's own settings, and goes on with those of before. */
export function withOwnHeapSettings(work: () => void): void {
  const { factor, percent } = inForce;
  setFactor(V8S_OWN.factor);
  setPercent(V8S_OWN.percent);
  try {
    work();
  } finally {
    setFactor(factor);
    setPercent(percent);
  }
}

/** What this module has set last. */
const inForce: { factor: number; percent: number } = { ...V8S_OWN };

function setFactor(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  inForce.factor = factor;
}

function setPercent(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  inForce.percent = percent;
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young?.space_size ?? 0;
}
