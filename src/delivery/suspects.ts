/** The rows of a lane that failed alone. They wait until the destination accepts another row, which proves that it is not to blame. */
import { RowsRefusedError } from '../destinations/errors.ts';
import type { Mark } from './evidence.ts';
import type { Answer, SendError } from './failure.ts';
import type { Encoded } from './segment.ts';

/** A delivery that failed alone, with the responses of the destination. */
export interface FailedItem {
  readonly item: Encoded;
  readonly error: SendError;
  /** How often it was sent alone in this visit. */
  readonly tries: number;
  /** The distinct responses; never empty. */
  readonly answers: readonly Answer[];
}

export interface Suspect extends FailedItem {
  /** The mark taken when the item first failed alone. */
  readonly mark: Mark;
}

/** Makes the suspect of a row that failed alone in an earlier visit. The responses from then are not stored. */
export function presumed(item: Encoded, mark: Mark): Suspect {
  const error = new RowsRefusedError('failed_alone', 'It failed alone in an earlier visit');
  return { item, error, tries: 0, answers: [{ code: error.code, message: error.message }], mark };
}

/** The suspects of a visit, in the order of their rows. */
export class Suspects {
  readonly #all: Suspect[] = [];
  #bytes = 0;

  get count(): number {
    return this.#all.length;
  }

  /** The bytes of memory that their rows take. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): Suspect | undefined {
    return this.#all[0];
  }

  get last(): Suspect | undefined {
    return this.#all.at(-1);
  }

  /** The number of suspects found in this visit, without suspects of earlier visits. */
  get found(): number {
    return this.#all.filter(({ tries }) => tries > 0).length;
  }

  add(suspect: Suspect): void {
    this.#all.push(suspect);
    this.#bytes += suspect.item.memory;
  }

  /** The suspects before the first that is not proven. */
  proven(isProven: (suspect: Suspect) => boolean): readonly Suspect[] {
    const first = this.#all.findIndex((suspect) => !isProven(suspect));
    return this.next(first < 0 ? this.count : first);
  }

  /** The first `count` of them. */
  next(count: number): readonly Suspect[] {
    return this.#all.slice(0, count);
  }

  /** Forgets the first `count` of them. */
  drop(count: number): void {
    for (const { item } of this.#all.splice(0, count)) this.#bytes -= item.memory;
  }
}
