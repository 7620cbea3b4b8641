/** Tracks which segments one lane keeps in memory. */
import type { Segment } from './segment.ts';

interface Held {
  readonly segment: Segment;
  /** Deliveries of it that wait. */
  count: number;
}

/** Holds each segment as long as a delivery of it waits in the lane. */
export class Holdings {
  readonly #bySegment = new Map<Segment, Held>();
  /** Deliveries that follow each other lie in the same one. */
  #last: Held | undefined;

  hold(segment: Segment): void {
    const held = this.#last?.segment === segment ? this.#last : this.#bySegment.get(segment);
    this.#last = held ?? this.#begun(segment);
    this.#last.count += 1;
  }

  release(segment: Segment): void {
    const held = this.#last?.segment === segment ? this.#last : this.#bySegment.get(segment);
    if (!held) return;
    this.#last = held;
    held.count -= 1;
    if (held.count > 0) return;
    this.#last = undefined;
    this.#bySegment.delete(segment);
    segment.release();
  }

  releaseAll(): void {
    for (const segment of this.#bySegment.keys()) segment.release();
    this.#bySegment.clear();
    this.#last = undefined;
  }

  #begun(segment: Segment): Held {
    const held = { segment, count: 0 };
    this.#bySegment.set(segment, held);
    segment.hold();
    return held;
  }
}
