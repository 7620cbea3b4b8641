/** What the playground is given by the page around it: what it starts with, and rows of the stream. */
import type { PlaygroundState } from './engine/messages.ts';

/** What stands in the place of the examples. */
export interface Start {
  readonly state?: Partial<PlaygroundState>;
  /** A sentence about it. */
  readonly note: string;
}

/** The next rows of a table in the stream, as lines of JSON. Rejects with a sentence. */
export type CaptureRows = (table: string, signal: AbortSignal) => Promise<string>;

export interface PlaygroundProps {
  readonly start?: Start;
  /** Where the relay offers rows of the stream. */
  readonly capture?: CaptureRows | undefined;
}
