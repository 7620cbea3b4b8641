/** The progress bar of long commands. */
import { systemClock } from '../shared/clock.ts';
import { formatAge } from '../shared/readable.ts';

/** Shows how far a long command has come. */
export interface Progress {
  /** Whether the bar is visible. If not, a command need not count its work in advance. */
  readonly isShown: boolean;
  start(total: number, done?: number): void;
  done(by: number): void;
  /** Sets the text after the bar. */
  note(text: string): void;
  /** Removes the bar. May be called more than once. */
  stop(): void;
}

/** Where the bar is drawn. */
export interface Canvas {
  /** Draws a line in place of the last one. */
  draw(line: string): void;
  clear(): void;
  width(): number;
}

/** The time between two drawings. Milliseconds. */
const REDRAW_MS = 100;
/** The bar shows no estimate before this time has passed, because early estimates jump. Milliseconds. */
const ESTIMATE_AFTER_MS = 2_000;
const BAR_WIDTH = 24;

/** Makes a bar on a canvas; without a canvas, the bar shows nothing. */
export function createProgress(
  canvas: Canvas | undefined,
  unit: string,
  format: (amount: number) => string = (amount) => amount.toLocaleString('en-US'),
): Progress {
  if (!canvas) return { isShown: false, start() {}, done() {}, note() {}, stop() {} };
  let state: BarState | undefined;
  let startedAt = 0;
  let cancelDraw: (() => void) | undefined;
  const draw = () => {
    cancelDraw = undefined;
    if (state)
      canvas.draw(barLine({ ...state, elapsedMs: systemClock.monotonic() - startedAt }, canvas.width()));
  };
  const changed = (change: Partial<BarState>) => {
    if (!state) return;
    state = { ...state, ...change };
    cancelDraw ??= systemClock.after(REDRAW_MS, draw);
  };
  return {
    isShown: true,
    start(total, done = 0) {
      startedAt = systemClock.monotonic();
      state = { total, done, began: done, unit, format, note: '', elapsedMs: 0 };
      draw();
    },
    done: (by) => changed({ done: (state?.done ?? 0) + by }),
    note: (note) => changed({ note }),
    stop() {
      cancelDraw?.();
      cancelDraw = undefined;
      if (state) canvas.clear();
      state = undefined;
    },
  };
}

export interface BarState {
  readonly total: number;
  readonly done: number;
  /** The work that was done before the bar began; it is left out of the estimate. */
  readonly began: number;
  readonly unit: string;
  readonly format: (amount: number) => string;
  readonly note: string;
  readonly elapsedMs: number;
}

/** Renders the bar, such as `██████░░░░ 60/100 blobs, 12s left  note`, cut to the width. */
export function barLine(state: BarState, width: number): string {
  const { total, done, began, unit, format, note, elapsedMs } = state;
  const share = total <= 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(share * BAR_WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  const isEstimable = elapsedMs >= ESTIMATE_AFTER_MS && done > began && done < total;
  const left = isEstimable ? `, ${formatAge((elapsedMs * (total - done)) / (done - began))} left` : '';
  const line = `${bar} ${format(Math.min(done, total))}/${format(total)} ${unit}${left}  ${note}`;
  return line.trimEnd().slice(0, Math.max(BAR_WIDTH, width - 1));
}
