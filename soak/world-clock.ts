/** The wall clock of a soak's storage and producers, which jumps ahead when the relay is switched off for an hour. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class WorldClock {
  /** The file from which child processes read how far to shift their clocks. */
  readonly file: string;
  #offset = 0;

  constructor(folder: string) {
    this.file = join(folder, 'world.clock');
  }

  /** How far the clock is ahead of the machine's. Milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  async set(offset: number): Promise<void> {
    this.#offset = offset;
    await writeFile(this.file, String(offset));
  }

  /** Makes this process use the machine's clock again. */
  reset(): void {
    this.#offset = 0;
  }
}
