/** Keeps V8's memory small where V8 alone would let garbage pile up, since it knows of no limit to a relay's memory. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * The size from which the part of the heap where objects begin may not grow any more, bytes: it ends at two halves of 4 MiB. By itself it
 * doubles up to two of 64 MiB, and loading the program's modules alone takes it to two of 16. Rows live for some milliseconds, so a larger
 * one saves little work, and takes that much more memory. In two of 2 MiB more of the rows that wait for their batch live until they are moved
 * to the old part of the heap, which is looked through more often then: the collector takes a fourth more processor time.
 */
const ENOUGH_YOUNG_BYTES = 6 * 1024 * 1024;
/**
 * V8's own settings: by which factor the young generation grows, that it decides itself how much the whole heap may, and how much a function
 * of WebAssembly runs, in bytes of code or so, until the optimising compiler is worth its while.
 */
const V8S_OWN = { factor: 2, percent: 0, budget: 13_000_000 } as const;
/** From one half of 1 MiB, with which V8 begins, to one of 4. */
const FIRST_STEP = 4;
/**
 * How much what is left after a collection of the whole heap may grow until the next, per cent. By itself V8 lets a heap of 25 MB grow to
 * three or four times of it, with what waited in lanes for some hundred milliseconds.
 */
const GROWTH = 50;
/** More than any function of a module that is compiled from then on runs. */
const NO_OPTIMISING = 2_000_000_000;
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
 * Modules of WebAssembly that are compiled from now on are not optimised. There is one: undici's, which reads the heads of responses. It runs for
 * microseconds a request, and V8 takes 18 MB to optimise its largest function; malloc keeps them. The page scanner is compiled before.
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
  setBudget(NO_OPTIMISING);
  return () => {
    observer.disconnect();
    set(V8S_OWN);
  };
}

/** Does some work without pauses with V8's own settings, and goes on with those of before. */
export function withOwnHeapSettings(work: () => void): void {
  const before = { ...inForce };
  set(V8S_OWN);
  try {
    work();
  } finally {
    set(before);
  }
}

interface Settings {
  readonly factor: number;
  readonly percent: number;
  readonly budget: number;
}

/** What this module has set last. */
const inForce: { -readonly [Name in keyof Settings]: number } = { ...V8S_OWN };

function set({ factor, percent, budget }: Settings): void {
  setFactor(factor);
  setPercent(percent);
  setBudget(budget);
}

function setFactor(factor: number): void {
  setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  inForce.factor = factor;
}

function setPercent(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  inForce.percent = percent;
}

function setBudget(budget: number): void {
  setFlagsFromString(`--wasm-tiering-budget=${budget}`);
  inForce.budget = budget;
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young?.space_size ?? 0;
}
