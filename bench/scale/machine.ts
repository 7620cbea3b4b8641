/** Simulated time and processors: single-threaded processes share the cores of their machine equally, as an operating system shares them. */

/** Runs callbacks at simulated times, in order. Seconds. */
export class Timeline {
  readonly #heap: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  #now = 0;

  /** Seconds since the simulation began. */
  get now(): number {
    return this.#now;
  }

  /** Calls `run` at a time, which is not in the past. */
  at(at: number, run: () => void): void {
    this.#push({ at: Math.max(at, this.#now), order: this.#order++, run });
  }

  after(seconds: number, run: () => void): void {
    this.at(this.#now + seconds, run);
  }

  /** Runs until nothing is left, or the time is over. */
  runUntil(end: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > end) break;
      this.#pop();
      this.#now = next.at;
      next.run();
    }
    if (Number.isFinite(end)) this.#now = end;
  }

  #push(entry: { readonly at: number; readonly order: number; readonly run: () => void }): void {
    const heap = this.#heap;
    heap.push(entry);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (heap.length === 0 || !last) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = at * 2 + 1;
      const right = left + 1;
      const least = right < heap.length && isBefore(heap[right], heap[left]) ? right : left;
      if (least >= heap.length || !isBefore(heap[least], heap[at])) break;
      swap(heap, at, least);
      at = least;
    }
  }
}

interface Ordered {
  readonly at: number;
  readonly order: number;
}

function isBefore(a: Ordered | undefined, b: Ordered | undefined): boolean {
  if (!a || !b) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function swap<T>(list: T[], a: number, b: number): void {
  const one = list[a];
  const other = list[b];
  if (one === undefined || other === undefined) return;
  list[a] = other;
  list[b] = one;
}

/** A machine of some cores. */
export class Machine {
  readonly #timeline: Timeline;
  readonly #cores: number;
  readonly #running = new Set<Worker>();
  #changedAt = 0;
  #version = 0;

  constructor(timeline: Timeline, cores: number) {
    this.#timeline = timeline;
    this.#cores = cores;
  }

  /** A process of one thread on this machine. */
  process(): Worker {
    return new Worker(this);
  }

  /** For workers: one begins to run. */
  start(worker: Worker): void {
    this.#advance();
    this.#running.add(worker);
    this.#plan();
  }

  #advance(): void {
    const { now } = this.#timeline;
    const done = (now - this.#changedAt) * this.#speed;
    for (const worker of this.#running) worker.work(done);
    this.#changedAt = now;
  }

  /** The part of a core that each running process has. */
  get #speed(): number {
    return Math.min(1, this.#cores / Math.max(1, this.#running.size));
  }

  #plan(): void {
    const version = ++this.#version;
    let least = Number.POSITIVE_INFINITY;
    for (const { left } of this.#running) least = Math.min(least, left);
    if (!Number.isFinite(least)) return;
    this.#timeline.after(Math.max(0, least) / this.#speed, () => {
      if (version !== this.#version) return;
      this.#advance();
      const finished = [...this.#running].filter(({ left }) => left <= SMALL);
      for (const worker of finished) this.#running.delete(worker);
      for (const worker of finished) worker.finish();
      this.#plan();
    });
  }
}

/** Processor time below this is none: sums of floating point numbers. Seconds. */
const SMALL = 1e-9;

/** A process of one thread: does its jobs one after the other. */
export class Worker {
  readonly #machine: Machine;
  readonly #jobs: { readonly seconds: number; readonly then: () => void }[] = [];
  #current: (() => void) | undefined;
  #left = 0;
  #used = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Processor time that its current job still needs. Seconds. */
  get left(): number {
    return this.#left;
  }

  /** Processor time that it used so far. Seconds. */
  get used(): number {
    return this.#used;
  }

  /** Does a piece of work when those before it are done. @param seconds of processor time. */
  do(seconds: number, then: () => void): void {
    this.#jobs.push({ seconds, then });
    if (this.#current === undefined) this.#next();
  }

  /** For the machine: the process ran for so long. */
  work(seconds: number): void {
    this.#left -= seconds;
    this.#used += seconds;
  }

  /** For the machine: the current job is done. */
  finish(): void {
    const done = this.#current;
    this.#current = undefined;
    this.#next();
    done?.();
  }

  #next(): void {
    const job = this.#jobs.shift();
    if (!job) return;
    this.#current = job.then;
    this.#left = job.seconds;
    this.#machine.start(this);
  }
}
