/** The progress bar of long commands. */
import { systemClock } from '../shared/clock.ts';
import { formatAge } from '../shared/readable.ts';

/** How far a long command is. */
export interface Progress {
  /** Whether the progress is visible: only then is counting the work in advance worthwhile. */
  readonly isShown: boolean;
  start(total: number, done?: number): void;
  done(by: number): void;
  /** What stands behind the bar. */
  note(text: string): void;
  /** Takes the bar away. May be called more than once. */
  stop(): void;
}

/** Where the bar is drawn. */
export interface Canvas {
  /** Draws a line in place of the last one. */
  draw(line: string): void;
  clear(): void;
  width(): number;
}

/** Between two drawings. Milliseconds. */
const REDRAW_MS = 100;
/** An estimate from less time than this would jump about. Milliseconds. */
const ESTIMATE_AFTER_MS = 2_000;
const BAR_WIDTH = 24;

/** A bar on a canvas; without one it shows nothing. */
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
  /** What was done before the bar began: it took none of the time. */
  readonly began: number;
  readonly unit: string;
  readonly format: (amount: number) => string;
  readonly note: string;
  readonly elapsedMs: number;
}

/** `██████░░░░ 60/100 blobs, 12s left  note`, cut to the width. */
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
