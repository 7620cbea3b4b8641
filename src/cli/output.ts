/** Where a command writes. Commands know no streams: tests give them an Output that keeps what it is given. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Canvas, createProgress, type Progress } from './progress.ts';

export interface Output {
  /** Writes a result to standard output: whole lines, without the last line end. */
  print(text: string): void;
  /** Writes results as they come, no faster than the reader takes them. Each piece has its line end. */
  printAll(pieces: AsyncIterable<string>): Promise<void>;
  /** Writes what is not the result to standard error: notes, warnings, errors. Whole lines, as {@link print}. */
  note(text: string): void;
  /** Whether to colour what is printed. */
  readonly color: boolean;
  /** Whether to colour what is noted. */
  readonly noteColor: boolean;
  /** Whether a person reads standard output. */
  readonly isTerminal: boolean;
  /** Columns of standard output. */
  readonly width: number;
  /** A progress bar on standard error, where a person watches it; otherwise one that shows nothing. `unit` names what is counted. */
  progress(unit: string, format?: (amount: number) => string): Progress;
  /** A picture on standard output that each call replaces; undefined where no person watches. */
  live(): Live | undefined;
}

/** A picture that is drawn again in its place. */
export interface Live {
  show(text: string): void;
  /** Leaves the last picture standing. */
  done(): void;
}

/** Columns where the terminal does not say, or says 0. */
const WIDTH = 80;

/** The process's own streams. Colours follow NO_COLOR, FORCE_COLOR and the terminal; progress is for a terminal outside CI. */
export async function processOutput(): Promise<Output> {
  const { stdout, stderr, env } = process;
  const watched = stderr.isTTY === true && !env.CI;
  const isTerminal = stdout.isTTY === true;
  // Only terminals need it, and it takes its time to load.
  const update = watched || isTerminal ? await import('log-update') : undefined;
  const bar = watched ? update?.createLogUpdate(stderr) : undefined;
  let isBarShown = false;
  const canvas: Canvas | undefined = bar && {
    draw(line) {
      isBarShown = true;
      bar(line);
    },
    clear() {
      if (!isBarShown) return;
      isBarShown = false;
      bar.clear();
      bar.done();
    },
    width: () => stderr.columns || WIDTH,
  };
  return {
    print(text) {
      canvas?.clear();
      stdout.write(`${text}\n`);
    },
    printAll: (pieces) => pipeline(Readable.from(pieces), stdout, { end: false }),
    note(text) {
      canvas?.clear();
      stderr.write(`${text}\n`);
    },
    color: useColor(stdout),
    noteColor: useColor(stderr),
    isTerminal,
    width: stdout.columns || WIDTH,
    progress: (unit, format) => createProgress(canvas, unit, format),
    live() {
      if (!isTerminal || !update) return undefined;
      const picture = update.createLogUpdate(stdout);
      return { show: (text) => picture(text), done: () => picture.done() };
    },
  };
}

/** Whether to write colours to a stream (no-color.org; FORCE_COLOR as Node reads it). */
export function useColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '' && force !== '0') return true;
  return stream.isTTY === true;
}
