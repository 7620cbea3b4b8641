import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, isInSample } from '../../src/rules/sampling.ts';
import { rowOf } from '../../src/rules/testing/run.ts';
import { sha256Hex } from '../../src/shared/digest.ts';
import type { Row } from '../../src/shared/event.ts';
import { compile, context, routesOf } from './helpers.ts';

const rowOfDevice = (DeviceId: string): Row => rowOf('DeviceEvents', { DeviceId });
const withId = (n: number | string): Row => ({
  ...rowOf('DeviceEvents', {}),
  id: sha256Hex(String(n)).slice(0, 32),
});

/** Six standard deviations: a right implementation fails once in 500 million runs. */
function expectRate(hits: number, count: number, rate: number): void {
  const deviation = Math.sqrt(count * rate * (1 - rate));
  expect(Math.abs(hits - count * rate)).toBeLessThan(6 * deviation);
}

describe('a sample', () => {
  it.each([0.01, 0.1, 0.5, 0.9])('keeps its rate of %d within statistical bounds', (rate) => {
    const count = 20_000;
    const numbers = Array.from({ length: count }, (_, n) => n);
    const hits = (by: string | undefined, row: (n: number) => Row) =>
      numbers.filter((n) => isInSample({ rate, by }, row(n))).length;
    expectRate(hits(undefined, withId), count, rate);
    expectRate(
      hits('DeviceId', (n) => rowOfDevice(`device-${n}`)),
      count,
      rate,
    );
    expectRate(
      hits('DeviceId', (n) => rowOfDevice(sha256Hex(String(n)))),
      count,
      rate,
    );
    expectRate(
      hits('DeviceId', (n) => rowOfDevice(`WS-${n}.contoso.com`)),
      count,
      rate,
    );
  });

  it('keeps its choice: what was chosen once is chosen by every program, today and later (golden)', () => {
    expect(['', 'a', 'ws-1', 'größe', '😀'].map(hashOf)).toEqual([
      2872998923, 2448022055, 2222512685, 419985943, 2916093958,
    ]);
  });

  it('decides by the value alone, and nests: what a rate takes, each higher rate takes (property)', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (name, rate, more) => {
          const sample = { rate, by: 'DeviceId' };
          const chosen = isInSample(sample, rowOfDevice(`x${name}`));
          expect(
            isInSample(sample, {
              ...rowOf('DeviceEvents', { DeviceId: `x${name}`, FileName: 'other' }),
              id: 'f'.repeat(32),
            }),
          ).toBe(chosen);
          if (chosen)
            expect(
              isInSample({ rate: Math.min(1, rate + more), by: 'DeviceId' }, rowOfDevice(`x${name}`)),
            ).toBe(true);
        },
      ),
    );
  });

  it('rows without a value are chosen one by one', () => {
    for (const DeviceId of [null, '', undefined, [], {}]) {
      const sample = { rate: 0.5, by: 'DeviceId' };
      const chosen = Array.from({ length: 100 }, (_, n) =>
        isInSample(sample, {
          ...withId(n),
          properties: (DeviceId === undefined ? {} : { DeviceId }) as Row['properties'],
        }),
      );
      expect(new Set(chosen).size).toBe(2);
    }
  });
});

const RULE = `title: Locked
logsource: { product: m365defender, service: DeviceFileEvents }
detection: { x: { FileName|endswith: .locked }, condition: x }
level: medium
`;

describe('sample and limit in table files', () => {
  const table = (text: string) => ({ 'DeviceFileEvents.yaml': `table: DeviceFileEvents\n${text}` });
  const [IN, OUT] = ['device-3', 'device-0'];
  const routes = (found: ReturnType<typeof compile>, columns: object) =>
    routesOf(found.evaluate('DeviceFileEvents', columns as Row['properties']));

  it('of a table hold for its routes and for the default destinations', () => {
    const bare = compile(table('sample: { rate: 0.1, by: DeviceId }\n'));
    expect(bare.told).toEqual([]);
    expect(routes(bare, { DeviceId: IN })).toEqual(['splunk', 'archive']);
    expect(routes(bare, { DeviceId: OUT })).toEqual([]);
    const own = compile(
      table(
        'sample: { rate: 0.1, by: DeviceId }\nroutes:\n  - to: splunk\n  - { to: archive, sample: { rate: 1 } }\n',
      ),
    );
    expect(routes(own, { DeviceId: OUT })).toEqual(['archive']);
  });

  it('never concern alerts, of routes, detections and correlations', () => {
    const found = compile({
      ...table(`sample: { rate: 0.1, by: DeviceId }
routes:
  - to: splunk
  - { to: archive, severity: high, detection: { x: { FileName|endswith: .locked }, condition: x } }
`),
      'detections/locked.yml': RULE,
    });
    const columns = { DeviceId: OUT, FileName: 'a.locked' };
    expect(routes(found, columns).map((one) => one.split('!')[0])).toEqual(['archive', 'hook']);
    const verdict = found.evaluate('DeviceFileEvents', columns);
    if (verdict.kind !== 'forwarded') throw new Error('filtered');
    for (const route of verdict.routes) {
      expect(verdict.shaper?.columnsFor(route)?.event ?? verdict.event).not.toHaveProperty(
        'xdr_relay_sample_rate',
      );
    }
  });

  it('let the rate travel with the rows that are sampled, and with no others', () => {
    const found = compile(
      table('routes:\n  - to: archive\n  - { to: splunk, sample: { rate: 0.1, by: DeviceId } }\n'),
    );
    const verdict = found.evaluate('DeviceFileEvents', { DeviceId: IN });
    if (verdict.kind !== 'forwarded') throw new Error('filtered');
    expect(verdict.routes.map((route) => [route.to, verdict.shaper?.columnsFor(route)?.event])).toEqual([
      ['archive', undefined],
      ['splunk', { DeviceId: IN, xdr_relay_sample_rate: 0.1 }],
    ]);
  });

  it('mistakes are told', () => {
    const told = (text: string) => compile(table(text)).told.join();
    expect(told('sample: { rate: 0.1, by: DeviceIdd }\n')).toContain('error unknown-column');
    expect(told('sample: { rate: 0 }\n')).toContain('error out-of-range');
    expect(told('sample: { rate: 10 }\n')).toContain('error out-of-range');
    expect(told('limit: 0\n')).toContain('error out-of-range');
  });

  it('limits are told to the relay, the least of a destination', () => {
    const { rules } = compile(
      table('limit: 10\nroutes:\n  - to: splunk\n  - { to: archive, limit: 5 }\n'),
      context,
    );
    expect(rules?.rowLimits?.('devicefileevents')).toEqual(
      new Map([
        ['splunk', 10],
        ['archive', 5],
      ]),
    );
    expect(rules?.rowLimits?.('DeviceEvents')).toBeUndefined();
  });
});
