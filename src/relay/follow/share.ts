/** How the blobs are shared out between the processes that follow: by load and by cores. Pure. */

/** What a decision needs to know of one process. */
export interface Member {
  readonly cores: number;
  /** Blobs that it follows at most, and that it follows. */
  readonly capacity: number;
  readonly blobs: number;
  /** CPU-milliseconds a second. */
  readonly load: number;
}

/** What a blob that nobody has followed yet is expected to cost: it grows, and is visited every four seconds. CPU-milliseconds a second. */
export const EXPECTED_LOAD = 1.5;
/** A process that has so much more than its part gives blobs away. Less would move blobs to and fro. */
const TOLERANCE = 1.2;

/** While a core has no more to do than this, a process takes what comes, and shares it out later. CPU-milliseconds a second. */
const LITTLE_LOAD = 100;

/**
 * Whether a process takes another blob. One that others are to take goes back to the queue, where scaling sees it.
 *
 * @param isReturning the process gave it away shortly before.
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
 * The blobs that a process gives away: nothing while it has no more than its part, or nobody has room. The heaviest of those that fit into the
 * surplus go first, so that few move; one that is heavier than the surplus stays, since its new process would only give it back.
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

/** The load of all, and `more`, in proportion to the cores. */
function partOf(me: Member, others: readonly Member[], more: number): number {
  const all = [me, ...others];
  const load = all.reduce((sum, member) => sum + member.load, more);
  const cores = all.reduce((sum, member) => sum + coresOf(member), 0);
  return (load * coresOf(me)) / cores;
}

const coresOf = ({ cores }: Member) => Math.max(cores, 0.1);
const hasRoom = ({ capacity, blobs }: Member) => blobs < capacity;
