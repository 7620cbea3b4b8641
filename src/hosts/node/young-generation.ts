/** Keeps the part of V8's heap where objects begin small. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * The size up to which it may grow, bytes: two halves of 8 MiB. By itself it doubles up to 128 MiB. Rows live for some milliseconds, so a
 * larger one saves no work here, and takes ten times as much memory.
 */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Keeps the young generation of this process's heap from growing beyond {@link MOST_BYTES}, until the function that it returns is called.
 *
 * Its greatest size is an option of the command line that cannot be changed later. The factor by which it grows can: it is 1 while the
 * young generation is large enough. V8 makes it smaller where the process is idle, so after each collection it is looked at again.
 *
 * The factor holds for all threads of the process, and this looks at one: it is for a process with one thread of JavaScript.
 */
export function keepYoungGenerationSmall(): () => void {
  let factor = 2;
  const setFactor = (wanted: number) => {
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  const look = () => setFactor(youngBytes() < MOST_BYTES ? 2 : 1);
  const observer = new PerformanceObserver(look);
  observer.observe({ entryTypes: ['gc'] });
  look();
  return () => {
    observer.disconnect();
    setFactor(2);
  };
}

function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young?.space_size ?? 0;
}
