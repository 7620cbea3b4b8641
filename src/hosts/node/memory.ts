/** How much memory rows that wait may take in this process. */
import { getHeapStatistics } from 'node:v8';

const MEBIBYTE = 1024 * 1024;
const LEAST = 64 * MEBIBYTE;
const MOST = 1024 * MEBIBYTE;

/**
 * The default of `limits.memory`: a quarter of what the process may have, from the container's limit (cgroup) or the heap's,
 * whichever is lower. 64 MiB to 1 GiB.
 */
export function defaultMemoryBytes(): number {
  const { heap_size_limit: heap } = getHeapStatistics();
  // 0 or a huge number where there is no limit (Node.js documentation, process.constrainedMemory).
  const constrained = process.constrainedMemory();
  const limit = constrained > 0 ? Math.min(constrained, heap) : heap;
  return Math.min(MOST, Math.max(LEAST, Math.floor(limit / 4)));
}
