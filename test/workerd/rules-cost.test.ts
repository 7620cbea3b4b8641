import { describe, expect, it } from 'vitest';
import { EventLoopTurns } from '../../src/relay/rows/event-loop-turns.ts';
import { compileRules } from '../../src/rules/index.ts';
import { rowOf } from '../../src/rules/testing/run.ts';
import { systemClock } from '../../src/shared/clock.ts';

describe('in workerd', () => {
  it('a row that is made to be slow is cut, and the cut is told', () => {
    const text = `title: Slow
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { ProcessCommandLine|re: 'a.{900}X[0-9]' }, condition: selection }
`;
    const { rules } = compileRules([{ path: 'detections/slow.yml', text }], {
      destinations: undefined,
      defaultDestinations: [],
      alerts: [],
      variables: {},
    });
    let seed = 1;
    const value = Array.from({ length: 200_000 }, () => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return 'ab'[(seed >> 16) & 1];
    }).join('');
    const verdict = rules?.evaluate(rowOf('DeviceEvents', { ProcessCommandLine: `${value}X1` }));
    expect(verdict).toMatchObject({ kind: 'forwarded', cut: ['Slow'] });
  });

  it('other work gets a turn between rows, though no clock runs meanwhile', async () => {
    const turns = new EventLoopTurns(systemClock, new AbortController().signal);
    let others = 0;
    const timer = setInterval(() => others++, 0);
    for (let row = 0; row < 40; row++) if (turns.isDue(256 * 1024)) await turns.take();
    clearInterval(timer);
    expect(others).toBeGreaterThan(0);
  });

  it('an aborted visit ends at its next turn', async () => {
    const abort = new AbortController();
    const turns = new EventLoopTurns(systemClock, abort.signal);
    abort.abort(new Error('the claim is lost'));
    expect(turns.isDue(1 << 20)).toBe(true);
    await expect(turns.take()).rejects.toThrow('the claim is lost');
  });
});
