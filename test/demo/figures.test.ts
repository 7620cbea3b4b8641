import { describe, expect, it } from 'vitest';
import { parseFigures } from '../../demo/figures.ts';
import { createMeter } from '../../demo/meter.ts';
import { prometheusMetrics, renderMetrics } from '../../src/hosts/node/metrics.ts';

describe('the figures of /metrics', () => {
  it('are those that the relay counted', async () => {
    const metrics = prometheusMetrics();
    metrics.count('xdr_relay_rows_total', { table: 'DeviceEvents' }, 5);
    metrics.count('xdr_relay_rows_total', { table: 'Odd "name"\\\n' }, 2);
    metrics.gauge('xdr_relay_lag_bytes', 1.5e9, { table: 'DeviceEvents', destination: 'hook' });
    const figures = parseFigures(await renderMetrics(await metrics.asJson()));
    expect(figures.sum('xdr_relay_rows_total')).toBe(7);
    expect(figures.sum('xdr_relay_rows_total', { table: 'DeviceEvents' })).toBe(5);
    expect(figures.sum('xdr_relay_lag_bytes', { destination: 'hook' })).toBe(1.5e9);
    expect(figures.sum('xdr_relay_lag_bytes', { destination: 'splunk' })).toBe(0);
    expect(figures.values('xdr_relay_rows_total', 'table')).toEqual(['DeviceEvents', 'odd "name"\\\n']);
  });
});

describe('the meter', () => {
  it('gives growth per second, smoothed', () => {
    let now = 0;
    const meter = createMeter(() => now);
    expect(meter.rate('rows', 100)).toBe(0);
    now += 1000;
    expect(meter.rate('rows', 300)).toBe(200);
    now += 1000;
    const slower = meter.rate('rows', 300);
    expect(slower).toBeGreaterThan(0);
    expect(slower).toBeLessThan(200);
    now += 60_000;
    expect(meter.rate('rows', 300)).toBeCloseTo(0);
  });
});
