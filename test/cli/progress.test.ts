import { describe, expect, it, vi } from 'vitest';
import { type BarState, barLine, createProgress } from '../../src/cli/progress.ts';

const STATE: BarState = {
  total: 100,
  done: 50,
  began: 0,
  unit: 'blobs',
  format: String,
  note: '',
  elapsedMs: 0,
};

describe('the progress bar', () => {
  it('shows how much is done, and how long the rest takes once that can be told', () => {
    expect(barLine(STATE, 80)).toBe(`${'█'.repeat(12)}${'░'.repeat(12)} 50/100 blobs`);
    expect(barLine({ ...STATE, elapsedMs: 10_000, note: 'a note' }, 80)).toMatch(
      / 50\/100 blobs, 10s left {2}a note$/,
    );
    // A backfill that goes on: what was done before took none of the time.
    expect(barLine({ ...STATE, began: 40, elapsedMs: 10_000 }, 80)).toContain(', 50s left');
    expect(barLine({ ...STATE, done: 120 }, 80)).toContain(' 100/100 blobs');
    expect(barLine({ ...STATE, total: 0, done: 0 }, 80)).toContain(`${'█'.repeat(24)} 0/0`);
  });

  it('never wraps', () => {
    expect(barLine({ ...STATE, note: 'n'.repeat(200) }, 60)).toHaveLength(59);
  });

  it('is drawn ten times a second at most, and taken away once', () => {
    vi.useFakeTimers();
    const draw = vi.fn();
    const clear = vi.fn();
    const bar = createProgress({ draw, clear, width: () => 80 }, 'blobs');
    bar.done(1);
    expect(draw).not.toHaveBeenCalled();
    bar.start(1_000);
    for (let n = 0; n < 1_000; n++) bar.done(1);
    expect(draw).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(draw).toHaveBeenCalledTimes(2);
    expect(draw.mock.lastCall?.[0]).toContain('1,000/1,000 blobs');
    bar.stop();
    bar.stop();
    bar.note('late');
    vi.advanceTimersByTime(1_000);
    expect(draw).toHaveBeenCalledTimes(2);
    expect(clear).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it('shows nothing where nobody watches', () => {
    const bar = createProgress(undefined, 'blobs');
    bar.start(1);
    bar.done(1);
    bar.stop();
    expect(bar.isShown).toBe(false);
  });
});
