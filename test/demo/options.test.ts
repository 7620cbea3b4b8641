import { describe, expect, it } from 'vitest';
import { type DemoRequest, demoOptions } from '../../demo/options.ts';
import { STAND_NAMES } from '../../demo/stands/names.ts';
import { DESTINATIONS } from '../../src/destinations/list.ts';
import { SHIPPED_PRESETS } from '../../src/destinations/preset-data.ts';

const NOTHING: DemoRequest = {
  to: [],
  rows: undefined,
  rate: undefined,
  seed: 1,
  host: 'node',
  transforms: undefined,
  plain: false,
  keep: false,
  open: false,
};

describe('the destinations of the demo', () => {
  it('are of every type and every preset that the relay has', () => {
    const names: readonly string[] = STAND_NAMES;
    // A file needs no receiver, and presets have names of their own.
    const types = DESTINATIONS.map(({ type }): string => type).filter(
      (type) => type !== 'file' && type !== 'http_preset',
    );
    const wanted = [
      ...types.map((type) => (type === 'splunk_hec' ? 'splunk' : type)),
      ...Object.keys(SHIPPED_PRESETS),
    ];
    expect(wanted.filter((type) => !names.includes(type))).toEqual([]);
  });
});

describe('the options of the demo', () => {
  it('runs without end on a terminal, and for 20,000 rows without one', () => {
    expect(demoOptions(NOTHING, true)).toMatchObject({ rows: undefined, rate: 300, plain: false });
    expect(demoOptions(NOTHING, true).to).toEqual(['splunk', 'slack', 'webhook']);
    expect(demoOptions(NOTHING, false)).toMatchObject({ rows: 20_000, rate: 2000, plain: true });
  });

  it('takes what it is told', () => {
    const request: DemoRequest = {
      to: ['elastic'],
      rows: 500,
      rate: 0,
      seed: 7,
      host: 'worker',
      transforms: '/rules',
      plain: true,
      keep: true,
      open: true,
    };
    expect(demoOptions(request, true)).toEqual(request);
  });
});
