/** The interface that commands write to. Commands do not use streams, so tests can give them an Output that records what they write. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Canvas, createProgress, type Progress } from './progress.ts';

export interface Output {
  /** Writes a result to standard output: whole lines, without the last line end. */
  print(text: string): void;
  /** Writes pieces of a result as they come, and waits for a slow reader. Each piece has its line end. */
  printAll(pieces: AsyncIterable<string>): Promise<void>;
  /** Writes notes, warnings and errors to standard error: whole lines, as {@link print}. */
  note(text: string): void;
  /** Whether to colour what {@link print} writes. */
  readonly color: boolean;
  /** Whether to colour what {@link note} writes. */
  readonly noteColor: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** The width of standard output in columns. */
  readonly width: number;
  /** Asks on standard error and resolves with the line that is typed. Absent unless a person sits at a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
  /** A progress bar on standard error if that is a terminal; otherwise a bar that shows nothing. @param unit what is counted. */
  progress(unit: string, format?: (amount: number) => string): Progress;
  /** A screen on standard output that each call redraws; undefined if standard output is not a terminal, or one that cannot redraw. */
  live(): Live | undefined;
}

/** Text on a terminal that is redrawn in its place. */
export interface Live {
  show(text: string): void;
  /** Ends the redrawing and leaves the last text on the terminal. */
  done(): void;
}

/** The width to assume if the terminal reports none, or 0. Columns. */
const WIDTH = 80;

/** The Output of this process's streams. Colours depend on NO_COLOR, FORCE_COLOR and the terminal; progress is shown on a terminal outside CI that can redraw a line. */
export async function processOutput(): Promise<Output> {
  const { stdout, stderr, env } = process;
  const isAsked = process.stdin.isTTY === true && stderr.isTTY === true && !env.CI;
  const watched = canRedraw(stderr) && !env.CI;
  const isTerminal = stdout.isTTY === true;
  // `log-update` loads slowly, so it is imported only for terminals.
  const update = watched || canRedraw(stdout) ? await import('log-update') : undefined;
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
    ask: isAsked ? askOnTerminal : undefined,
    progress: (unit, format) => createProgress(canvas, unit, format),
    live() {
      if (!canRedraw(stdout) || !update) return undefined;
      const picture = update.createLogUpdate(stdout);
      return { show: (text) => picture(text), done: () => picture.done() };
    },
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

/** Whether to write colours to a stream (no-color.org; FORCE_COLOR as Node interprets it; none on a terminal that is `dumb`). */
export function useColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '' && force !== '0') return true;
  return canRedraw(stream);
}

/** Whether a stream is a terminal that understands escape codes, as that of a text editor may not. */
function canRedraw(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}
