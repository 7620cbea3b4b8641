/** Buffers for the bodies that a sender puts together. They are used again once nobody reads them. It uses no Node modules. */
import { type Buffers, ByteWriter } from '../shared/byte-writer.ts';

/** Smaller buffers cost the garbage collector little. Bytes. */
const LEAST_KEPT = 32 * 1024;
/** Bodies vary in length, so buffers are made longer than asked for, in steps of so many bytes. */
const STEP = 128 * 1024;
/** What one sender keeps at most, for a few requests at once. Bytes. */
const MOST_KEPT = 4 * 1024 * 1024;

/** A body that is being sent. */
export interface OpenBody {
  /** What the body is written into; it is read with `peek`. */
  readonly writer: ByteWriter;
  /**
   * Says that a request is given the buffer's bytes, and returns its `onBodySent`: until that is called, the buffer is not used again. A
   * compressed body is another buffer, so requests with it are not announced.
   */
  announced(): () => void;
}

/**
 * Does `work` with a body, whose buffer is used again once `work` and all requests that it announced are done. Where a request does not say
 * when it is done, as one that failed, the garbage collector frees the buffer.
 *
 * @param room the length of the body, or a little more, in bytes.
 */
export type WithBody = <T>(room: number, work: (body: OpenBody) => Promise<T>) => Promise<T>;

/** Makes the buffers of one sender: its bodies never share memory with those of another destination. */
export function createBodyBuffers(buffers: Buffers = keptBuffers()): WithBody {
  return async (room, work) => {
    const writer = new ByteWriter(room, buffers);
    let readers = 1;
    const done = () => {
      readers -= 1;
      if (readers === 0) writer.release();
    };
    const announced = () => {
      readers += 1;
      let isDone = false;
      return () => {
        if (isDone) return;
        isDone = true;
        done();
      };
    };
    try {
      return await work({ writer, announced });
    } finally {
      done();
    }
  };
}

function keptBuffers(): Buffers {
  let kept: readonly Uint8Array<ArrayBuffer>[] = [];
  return {
    take(bytes) {
      const fitting = kept.find(({ length }) => length >= bytes);
      if (!fitting) return new Uint8Array(bytes < LEAST_KEPT ? bytes : Math.ceil(bytes / STEP) * STEP);
      kept = kept.filter((one) => one !== fitting);
      return fitting;
    },
    give(buffer) {
      if (buffer.length < LEAST_KEPT || buffer.length > MOST_KEPT) return;
      kept = [...kept, buffer];
      // The oldest go first: bodies may have become longer.
      while (kept.reduce((sum, { length }) => sum + length, 0) > MOST_KEPT) kept = kept.slice(1);
    },
  };
}
