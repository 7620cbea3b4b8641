import { describe, expect, it } from 'vitest';
import { recordingMetrics, teeMetrics } from '../../../lab/recording-metrics.ts';
import {
  mergedMetrics,
  type PrometheusMetrics,
  prometheusMetrics,
  renderMetrics,
} from '../../../src/hosts/node/metrics.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../../src/shared/metrics.ts';

const textOf = async (metrics: PrometheusMetrics) => renderMetrics(await metrics.asJson());

describe('Prometheus metrics', () => {
  it('renders counters, gauges and histograms with their labels', async () => {
    const metrics = prometheusMetrics({ process: false });
    metrics.count('xdr_relay_rows_total', { table: 'DeviceEvents' });
    metrics.count('xdr_relay_rows_total', { table: 'DeviceEvents' }, 4);
    metrics.count('xdr_relay_blobs_gone_total');
    metrics.gauge('xdr_relay_lag_bytes', 17, { table: 'DeviceEvents', destination: 'splunk' });
    metrics.observe('xdr_relay_send_seconds', 0.2, { destination: 'splunk' });
    const text = await textOf(metrics);
    expect(text).toContain('xdr_relay_rows_total{table="DeviceEvents"} 5');
    expect(text).toContain('xdr_relay_blobs_gone_total 1');
    expect(text).toMatch(/xdr_relay_lag_bytes\{[^}]*destination="splunk"[^}]*\} 17/);
    expect(text).toMatch(/xdr_relay_send_seconds_bucket\{[^}]*le="0.25"[^}]*\} 1/);
    expect(text).toContain('xdr_relay_send_seconds_sum{destination="splunk"} 0.2');
    expect(metrics.contentType).toContain('text/plain');
  });

  it('tells the figures of several threads as one', async () => {
    const [one, two] = [prometheusMetrics({ process: true }), prometheusMetrics({ process: false })];
    for (const metrics of [one, two]) {
      metrics.count('xdr_relay_rows_total', { table: 'DeviceEvents' }, 4);
      metrics.observe('xdr_relay_send_seconds', 0.2, { destination: 'splunk' });
      metrics.gauge('xdr_relay_tasks_running', 3);
      metrics.gauge('xdr_relay_breaker_open', metrics === one ? 0 : 1, { destination: 'splunk' });
    }
    const text = await renderMetrics(await mergedMetrics([await one.asJson(), await two.asJson()]));
    expect(text).toContain('xdr_relay_rows_total{table="DeviceEvents"} 8');
    expect(text).toContain('xdr_relay_send_seconds_count{destination="splunk"} 2');
    expect(text).toContain('xdr_relay_tasks_running 6');
    expect(text).toContain('xdr_relay_breaker_open{destination="splunk"} 1');
    expect(text.match(/^xdr_relay_process_resident_memory_bytes /gm)).toHaveLength(1);
  });

  it('names every figure there is with its help', async () => {
    const text = await textOf(prometheusMetrics({ process: false }));
    for (const [name, help] of Object.entries({ ...COUNTERS, ...GAUGES, ...HISTOGRAMS })) {
      expect(text).toContain(`# HELP ${name} ${help}`);
    }
  });

  it('adds the process’s own figures under its prefix, in a registry of its own each', async () => {
    const [one, two] = [prometheusMetrics(), prometheusMetrics()];
    one.count('xdr_relay_blobs_gone_total');
    expect(await textOf(one)).toContain('xdr_relay_process_cpu_seconds_total');
    // Its samples would wake an idle process a hundred times a second.
    expect(await textOf(one)).not.toContain('eventloop_lag_p99');
    expect(await textOf(one)).toContain('xdr_relay_nodejs_eventloop_lag_seconds');
    expect(await textOf(two)).not.toContain('xdr_relay_blobs_gone_total 1');
  });

  it('folds the tables beyond a bound into one', async () => {
    const metrics = prometheusMetrics({ process: false });
    for (let i = 0; i < 1000; i += 1) metrics.count('xdr_relay_rows_total', { table: `Table${i}` });
    const text = await textOf(metrics);
    expect(text.match(/^xdr_relay_rows_total\{/gm)).toHaveLength(201);
    expect(text).toContain('xdr_relay_rows_total{table="other"} 800');
  });

  it('spells a table in one way, whether a row or a container names it', async () => {
    const metrics = prometheusMetrics({ process: false });
    for (const table of ['DeviceEvents', 'deviceevents', 'DEVICEEVENTS', 'NewTable', 'newtable']) {
      metrics.count('xdr_relay_rows_total', { table });
    }
    const text = await textOf(metrics);
    expect(text.match(/^xdr_relay_rows_total\{.*$/gm)).toEqual([
      'xdr_relay_rows_total{table="DeviceEvents"} 3',
      'xdr_relay_rows_total{table="newtable"} 2',
    ]);
  });

  it('reads gauges when somebody looks, and forgets the series that are gone', async () => {
    const metrics = prometheusMetrics({ process: false });
    let held = ['DeviceEvents', 'DeviceInfo'];
    const end = metrics.gaugeFrom('xdr_relay_table_held', () =>
      held.map((table) => ({ value: 1, labels: { table } })),
    );
    const shown = async () => (await textOf(metrics)).match(/(?<=^xdr_relay_table_held\{table=")\w+/gm);
    expect(await shown()).toEqual(['DeviceEvents', 'DeviceInfo']);
    held = ['DeviceInfo'];
    expect(await shown()).toEqual(['DeviceInfo']);
    end();
    expect(await shown()).toBeNull();
    metrics.gauge('xdr_relay_rules_info', 1, { version: 'a' });
    metrics.gauge('xdr_relay_rules_info', undefined, { version: 'a' });
    expect(await textOf(metrics)).not.toMatch(/^xdr_relay_rules_info\{/m);
  });
});

describe('recording metrics', () => {
  it('reads back by name and by some of the labels', () => {
    const metrics = recordingMetrics();
    const both = teeMetrics(metrics, prometheusMetrics({ process: false }));
    both.count('xdr_relay_delivered_total', { destination: 'a' }, 3);
    both.count('xdr_relay_delivered_total', { destination: 'b' }, 4);
    both.count('xdr_relay_batches_total', { destination: 'a', result: 'accepted' });
    both.count('xdr_relay_batches_total', { result: 'accepted', destination: 'a' });
    both.gauge('xdr_relay_lag_bytes', 5, { table: 't', destination: 'a' });
    both.gauge('xdr_relay_lag_bytes', 2, { table: 't', destination: 'a' });
    both.observe('xdr_relay_send_seconds', 0.5, { destination: 'a' });
    both.observe('xdr_relay_send_seconds', 1, { destination: 'a' });
    expect(metrics.counter('xdr_relay_delivered_total')).toBe(7);
    expect(metrics.counter('xdr_relay_delivered_total', { destination: 'b' })).toBe(4);
    expect(metrics.counter('xdr_relay_delivered_total', { destination: 'c' })).toBe(0);
    expect(metrics.series('xdr_relay_batches_total')).toEqual([
      { labels: { destination: 'a', result: 'accepted' }, value: 2, writes: 2 },
    ]);
    expect(metrics.gaugeValue('xdr_relay_lag_bytes', { table: 't' })).toBe(2);
    expect(metrics.gaugeValue('xdr_relay_tasks_running')).toBeUndefined();
    expect(metrics.histogram('xdr_relay_send_seconds')).toEqual({ count: 2, sum: 1.5 });
  });
});
