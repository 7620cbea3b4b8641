/** Tracks which segments one lane keeps in memory. */
import type { Segment } from './segment.ts';

/** Holds each segment as long as a delivery of it waits in the lane. */
export class Holdings {
  readonly #deliveries = new Map<Segment, number>();

  hold(segment: Segment): void {
    const count = this.#deliveries.get(segment) ?? 0;
    if (count === 0) segment.hold();
    this.#deliveries.set(segment, count + 1);
  }

  release(segment: Segment): void {
    const count = this.#deliveries.get(segment) ?? 0;
    if (count > 1) {
      this.#deliveries.set(segment, count - 1);
    } else if (count === 1) {
      this.#deliveries.delete(segment);
      segment.release();
    }
  }

  releaseAll(): void {
    for (const segment of this.#deliveries.keys()) segment.release();
    this.#deliveries.clear();
  }
}
