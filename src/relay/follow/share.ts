/** Distributes blobs among the following processes, by load and cores. Pure. */

/** What a decision uses about one process. */
export interface Member {
  readonly cores: number;
  /** How many blobs the process follows at most and, below, how many it follows. */
  readonly capacity: number;
  readonly blobs: number;
  /** The load in CPU milliseconds per second. */
  readonly load: number;
}

/** The expected load of a blob that was not followed yet: it grows, and is visited every four seconds. CPU milliseconds per second. */
export const EXPECTED_LOAD = 1.5;
/** A process gives blobs away if its load exceeds its share by this factor. With a smaller factor, blobs would move back and forth. */
const TOLERANCE = 1.2;

/** While its load per core is below this, a process takes any blob, and distributes them later. CPU milliseconds per second. */
const LITTLE_LOAD = 100;

/**
 * Whether a process takes another blob. A blob that others should take goes back to the queue, whose length drives scaling.
 *
 * @param isReturning whether the process gave the blob away shortly before.
 */
export function mayTake(me: Member, others: readonly Member[], isReturning: boolean): boolean {
  if (me.blobs >= me.capacity) return false;
  const open = others.filter(hasRoom);
  if (open.length === 0 || me.load <= partOf(me, open, EXPECTED_LOAD)) return true;
  return !isReturning && me.load < LITTLE_LOAD * coresOf(me);
}

/** A blob that could be given away. */
export interface Givable {
  readonly load: number;
}

/**
 * The blobs that a process gives away: none if its load does not exceed its share, or if no other process has room. The heaviest blobs that
 * fit into the surplus go first, so that few move. A blob that is heavier than the surplus stays, because its new process would give it back.
 */
export function surplusOf<T extends Givable>(
  me: Member,
  others: readonly Member[],
  blobs: readonly T[],
): readonly T[] {
  const open = others.filter(hasRoom);
  if (open.length === 0) return [];
  const part = partOf(me, open, 0);
  if (me.load <= part * TOLERANCE || me.load - part < EXPECTED_LOAD / 2) return [];
  const room = open.reduce((sum, { capacity, blobs: taken }) => sum + capacity - taken, 0);
  let surplus = me.load - part;
  const given: T[] = [];
  for (const blob of blobs.toSorted((a, b) => b.load - a.load)) {
    if (given.length === room) break;
    if (blob.load > surplus) continue;
    surplus -= blob.load;
    given.push(blob);
  }
  return given;
}

/** A process's share of the total load plus `more`, in proportion to its cores. */
function partOf(me: Member, others: readonly Member[], more: number): number {
  const all = [me, ...others];
  const load = all.reduce((sum, member) => sum + member.load, more);
  const cores = all.reduce((sum, member) => sum + coresOf(member), 0);
  return (load * coresOf(me)) / cores;
}

const coresOf = ({ cores }: Member) => Math.max(cores, 0.1);
const hasRoom = ({ capacity, blobs }: Member) => blobs < capacity;
