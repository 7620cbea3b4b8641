import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../support/runs.ts';
import { MINUTE, numbers, relay, rows } from '../harness.ts';
import { misbehave } from '../misbehave.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({ kind: fc.constant('notify' as const) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  fc.record({ kind: fc.constant('step' as const), seconds: fc.integer({ min: -600, max: 600 }) }),
  fc.record({
    kind: fc.constant('behave' as const),
    sink: fc.constantFrom('splunk', 'hook'),
    fault: fc.constantFrom('none', 'flaky', 'down', 'refuses 7', 'lost replies'),
  }),
);

/** The first time each row came. */
const firsts = (values: readonly unknown[]) => [...new Set(values)];

/** Each row reached each destination, or its dead letters, in order apart from repeats; and nothing is left to do. */
async function expectAll(r: ReturnType<typeof relay>, total: number): Promise<void> {
  const letters = await r.letters();
  for (const name of ['splunk', 'hook']) {
    const buried = letters.some((letter) => letter.destination === name) ? [7] : [];
    const arrived = firsts(r.sink(name).rows);
    const all = [...arrived, ...buried.filter((n) => !arrived.includes(n))];
    expect(all.sort((a, b) => Number(a) - Number(b))).toEqual(numbers(0, total));
    expect(arrived).toEqual([...arrived].sort((a, b) => Number(a) - Number(b)));
  }
  expect(await r.queue.depth()).toEqual({ ready: 0, poison: 0 });
  expect((await r.checkpoint())?.closed).toBe(true);
}

describe('whatever happens', () => {
  it('each row reaches each destination or its dead letters, in order apart from repeats', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const r = relay();
        const total = 30;
        const text = rows(0, total);
        let written = 0;
        r.append('');
        await r.notify();
        for (const each of steps) {
          if (each.kind === 'append') {
            r.append(text.slice(written, written + each.bytes));
            written = Math.min(text.length, written + each.bytes);
          } else if (each.kind === 'notify') await r.notify();
          else if (each.kind === 'pass') await r.pass(each.seconds * 1000, 30_000);
          else if (each.kind === 'step') r.clock.step(each.seconds * 1000);
          else misbehave(r.sink(each.sink), each.fault);
        }
        r.append(text.slice(written));
        for (const name of ['splunk', 'hook']) misbehave(r.sink(name), 'none');
        await r.notify();
        await r.pass(150 * MINUTE, MINUTE);

        await expectAll(r, total);
      }),
      { numRuns: runs(15) },
    );
  });
});
