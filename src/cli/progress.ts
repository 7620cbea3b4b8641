import { Presets, SingleBar } from 'cli-progress';

/** How far a long command is; shown on a terminal only. */
export interface Progress {
  start(total: number, done: number): void;
  done(by: number): void;
  /** What stands behind the bar. */
  note(text: string): void;
  stop(): void;
}

/** A progress bar on stderr, where that is a terminal. `unit` names what is counted: `days`, `letters`. */
export function progressBar(unit: string): Progress {
  if (!process.stderr.isTTY) return { start() {}, done() {}, note() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: `{bar} {value}/{total} ${unit}  {note}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let running = false;
  return {
    start(total, done) {
      bar.start(total, done, { note: '' });
      running = true;
    },
    done(by) {
      if (running) bar.increment(by);
    },
    note(text) {
      if (running) bar.update({ note: text });
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}
