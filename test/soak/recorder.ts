import type { Arrival, Injury, RequestTrouble, WrittenRow } from './log.ts';

/** Collects the log while the soak runs, and counts what was done. */
export class Recorder {
  readonly rows: WrittenRow[] = [];
  readonly arrivals: Arrival[] = [];
  readonly troubles: RequestTrouble[] = [];
  readonly injuries: Injury[] = [];
  readonly faults = new Map<string, number>();
  /** What happened, for a person who looks into a failed run. */
  readonly diary: string[] = [];
  readonly #start = performance.now();

  /** Milliseconds since the start. */
  now(): number {
    return performance.now() - this.#start;
  }

  fault(kind: string, times = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
  }

  note(text: string): void {
    this.diary.push(`${(this.now() / 1000).toFixed(3).padStart(9)}  ${text}`);
  }

  get faultCount(): number {
    return [...this.faults.values()].reduce((sum, times) => sum + times, 0);
  }
}
