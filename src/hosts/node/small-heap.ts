/** Keeps V8's heap small where V8 alone would let garbage pile up, since it knows of no limit to a relay's memory. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * The size up to which the part of the heap where objects begin may grow, bytes: two halves of 8 MiB. By itself it doubles up to 128 MiB.
 * Rows live for some milliseconds, so a larger one saves no work here, and takes ten times as much memory.
 */
const MOST_YOUNG_BYTES = 16 * 1024 * 1024;
/**
 * How much what is left after a collection of the whole heap may grow until the next, per cent. By itself V8 lets a heap of 25 MB grow to
 * three or four times of it, with what waited in lanes for some hundred milliseconds.
 */
const GROWTH = 100;

/**
 * Keeps the heap of this process small, until the function that it returns is called.
 *
 * The greatest size of the young generation is an option of the command line that cannot be changed later. The factor by which it grows
 * can: it is 1 while the young generation is large enough. V8 makes it smaller where the process is idle, so after each collection it is
 * looked at again.
 *
 * The flags hold for all threads of the process, and this looks at one: it is for a process with one thread of JavaScript.
 */
export function keepHeapSmall(): () => void {
  let factor = 2;
  const setFactor = (wanted: number) => {
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  const look = () => setFactor(youngBytes() < MOST_YOUNG_BYTES ? 2 : 1);
  const observer = new PerformanceObserver(look);
  observer.observe({ entryTypes: ['gc'] });
  look();
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  return () => {
    observer.disconnect();
    setFactor(2);
    // 0: as V8 thinks best.
    setFlagsFromString('--heap-growing-percent=0');
  };
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young?.space_size ?? 0;
}
