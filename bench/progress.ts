/** Shows on a terminal what the bench is doing, on one line; nothing elsewhere. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  say(text: string): void;
  /** Takes the line away, so that something can be printed. */
  clear(): void;
}

/** Where the terminal does not say how wide it is. */
const USUAL_COLUMNS = 80;
const CLEAR = '\r\u001b[2K';

export function createProgress(terminal: Pick<WriteStream, 'isTTY' | 'write' | 'columns'>): Progress {
  if (!terminal.isTTY) return { say: () => {}, clear: () => {} };
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const show = (text: string, since: number) => {
    const now = performance.now();
    const seconds = (from: number) => `${Math.round((now - from) / 1000)} s`;
    const line = `[${seconds(began)}] ${text} (${seconds(since)})`;
    terminal.write(CLEAR + line.slice(0, (terminal.columns || USUAL_COLUMNS) - 1));
  };
  const clear = () => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    terminal.write(CLEAR);
  };
  return {
    say(text) {
      clear();
      const since = performance.now();
      show(text, since);
      timer = setInterval(() => show(text, since), 1_000);
      timer.unref();
    },
    clear,
  };
}
