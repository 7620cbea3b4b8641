import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { audit } from '../../../src/relay/status/audit.ts';
import { runs } from '../../support/runs.ts';
import { MINUTE, relay, row } from '../harness.ts';
import { misbehave } from '../misbehave.ts';

const NAMES = ['splunk', 'hook'];

const step = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
  fc.record({ kind: fc.constant('notify' as const) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
  fc.record({
    kind: fc.constant('behave' as const),
    sink: fc.constantFrom(...NAMES),
    fault: fc.constantFrom('none', 'flaky', 'down', 'refuses 7', 'lost replies'),
  }),
  // Consumers whose checkpoint writes fail: what they sent is sent again, and must not be counted twice.
  fc.record({ kind: fc.constant('unsaved' as const), writes: fc.integer({ min: 1, max: 5 }) }),
);

/** Rows that are delivered, filtered, not readable, or blank. */
const kind = fc.constantFrom('row', 'row', 'row', 'row', 'dropped', 'bad', 'blank');

function textOf(kinds: readonly string[]): string {
  const texts = kinds.map((each, n) => {
    if (each === 'dropped') return row(n, { drop: true });
    if (each === 'bad') return 'not json\r\n';
    return each === 'blank' ? ' \r\n' : row(n);
  });
  return texts.join('');
}

describe('whatever happened', () => {
  it('the counts of the lanes are those of the bytes, once everything has settled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 20 }),
        fc.array(kind, { minLength: 10, maxLength: 25 }),
        async (steps, kinds) => {
          const r = relay(NAMES);
          const text = textOf(kinds);
          let written = 0;
          let unsaved = 0;
          const { save } = r.checkpoints;
          Object.assign(r.checkpoints, {
            async save(...args: Parameters<typeof save>) {
              if (unsaved > 0) {
                unsaved -= 1;
                throw new CheckpointError('storage_unavailable', '503');
              }
              return save(...args);
            },
          });
          r.append('');
          await r.notify();
          for (const each of steps) {
            if (each.kind === 'append') {
              r.append(text.slice(written, written + each.bytes));
              written = Math.min(text.length, written + each.bytes);
            } else if (each.kind === 'notify') await r.notify();
            else if (each.kind === 'pass') await r.pass(each.seconds * 1000, 30_000);
            else if (each.kind === 'unsaved') unsaved = each.writes;
            else misbehave(r.sink(each.sink), each.fault);
          }
          unsaved = 0;
          r.append(text.slice(written));
          for (const name of NAMES) misbehave(r.sink(name), 'none');
          await r.notify();
          await r.pass(150 * MINUTE, MINUTE);

          const report = await audit(r, {
            containerPrefix: 'insights-logs-',
            destinations: NAMES,
            day: Date.UTC(2026, 10, 23),
            latenessMs: 15 * MINUTE,
            signal: new AbortController().signal,
          });
          expect(report.problems).toEqual([]);
          const count = (wanted: string) => kinds.filter((each) => each === wanted).length;
          for (const line of report.lines) {
            expect(line.rows).toBe(kinds.length - count('blank'));
            expect(line.filtered).toBe(count('dropped'));
            expect(line.deadLettered).toBeGreaterThanOrEqual(count('bad'));
            expect(line.delivered + line.deadLettered).toBe(count('row') + count('bad'));
          }
        },
      ),
      { numRuns: runs(10) },
    );
  });
});
