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
/**
 * And by so much, in CPU milliseconds per second: with a few blobs, what is estimated of one moves by as much from look to look, and they
 * would go from process to process for ever. It is a third of a percent of a core.
 */
const LEAST_SURPLUS = 2 * EXPECTED_LOAD;

/** While its load per core is below this, a process takes any new blob, and distributes them later. CPU milliseconds per second. */
const LITTLE_LOAD = 100;

/** How a blob comes to a process. */
export type Arrival =
  /** Nobody followed it. */
  | 'new'
  /** Another process has given it away, or it is on the queue since others had enough. */
  | 'handed over'
  /** This process gave it away shortly before. */
  | 'returning';

/**
 * Whether a process takes another blob. A blob that others should take goes back to the queue, whose length drives scaling. What was handed
 * over is not for a process that would have to give a blob away for it.
 */
export function mayTake(me: Member, others: readonly Member[], arrival: Arrival): boolean {
  if (me.blobs >= me.capacity) return false;
  const open = others.filter(hasRoom);
  const part = partOf(me, open, EXPECTED_LOAD);
  if (open.length === 0 || me.load <= part) return true;
  if (arrival === 'returning') return false;
  if (arrival === 'handed over') return me.load + EXPECTED_LOAD <= mostOf(part);
  return me.load < LITTLE_LOAD * coresOf(me);
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
  if (me.load <= mostOf(part)) return [];
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

/** The load above which a process with this share gives blobs away. */
const mostOf = (part: number) => Math.max(part * TOLERANCE, part + LEAST_SURPLUS);
const coresOf = ({ cores }: Member) => Math.max(cores, 0.1);
const hasRoom = ({ capacity, blobs }: Member) => blobs < capacity;
