/** Reads files of some megabytes into memory that goes back to the system as soon as it is not needed. */
import { readSync } from 'node:fs';

/** The bytes of a file, for a while. */
export interface PassingBytes {
  readonly bytes: Buffer<ArrayBuffer>;
  /** Gives the memory back. `bytes` is empty from now on. */
  free(): void;
}

/**
 * Reads so many bytes of a file; fewer where it ends before.
 *
 * The memory does not come from `malloc`, as that of a Buffer does: once a large block was freed, glibc keeps freed blocks up to that size, and up
 * to twice as much in all, for later (mallopt(3), M_MMAP_THRESHOLD). A start that had read 7 MB at once left a process that held up to 15 MB which nothing
 * used. An ArrayBuffer that can change its size has pages of its own.
 *
 * @param file its descriptor; it is read from where that stands.
 * Throws what Node throws.
 */
export function readPassing(file: number, size: number): PassingBytes {
  const memory = new ArrayBuffer(size, { maxByteLength: size });
  const all = Buffer.from(memory);
  let length = 0;
  while (length < size) {
    const read = readSync(file, all, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return { bytes: all.subarray(0, length), free: () => memory.resize(0) };
}
