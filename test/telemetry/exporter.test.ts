import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { type OtlpReceiver, type OtlpReceiverOptions, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { metricFamilies } from '../../src/hosts/node/metric-families.ts';
import { mergedMetrics, prometheusMetrics } from '../../src/hosts/node/metrics.ts';
import { contextOf, type Tracer, traceparentOf } from '../../src/shared/tracing.ts';
import { Exporter } from '../../src/telemetry/exporter.ts';
import { exportTargets } from '../../src/telemetry/settings.ts';
import { createTracer } from '../../src/telemetry/tracer.ts';

const NOW = Date.UTC(2026, 10, 26, 12);
let receiver: OtlpReceiver | undefined;

afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

async function start(options: OtlpReceiverOptions = {}, headers: Record<string, string> = {}) {
  const to = await startOtlpReceiver(options);
  receiver = to;
  const clock = new FakeClock(NOW);
  const metrics = recordingMetrics();
  const lines: string[] = [];
  const warn = (message: string) => void lines.push(message);
  const targets = exportTargets({ endpoint: to.origin, headers }, {});
  if (!targets) throw new Error('no targets');
  const exporter = new Exporter({
    targets,
    resource: { 'service.name': 'xdr-relay', 'service.instance.id': 'one' },
    fetch,
    clock,
    metrics,
    logger: { ...silentLogger, warn, info: warn },
  });
  const tracer = createTracer({ sample: () => 1, clock, onEnd: exporter.add });
  return { to, clock, metrics, exporter, tracer, lines };
}

function traceSpans(tracer: Tracer, spans: number): void {
  for (let n = 0; n < spans; n++) tracer.start({ name: `span ${n}`, kind: 'client' })?.end();
}

describe('spans', () => {
  it('arrive with their times, their parent, their attributes and their failure', async () => {
    const { to, clock, exporter, tracer } = await start();
    const root = tracer.start({
      name: 'root',
      kind: 'producer',
      attributes: { text: 'é', whole: 3, part: 0.5 },
    });
    clock.advance(5);
    // The trace goes on in another process.
    const parent = contextOf(root && traceparentOf(root.context));
    tracer.start({ name: 'child', kind: 'client', parent })?.end({ isLast: true }, 'timeout');
    clock.advance(20);
    root?.end();
    root?.end();
    await exporter.exportSpans();
    expect(to.complaints).toEqual([]);
    const [child, first, ...more] = to.spans;
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      name: 'root',
      kind: 4,
      attributes: { text: 'é', whole: 3, part: 0.5 },
      isError: false,
      begin: NOW,
      end: NOW + 25,
    });
    expect(child).toMatchObject({
      name: 'child',
      kind: 3,
      traceId: first?.traceId,
      parentSpanId: first?.spanId,
      attributes: { isLast: true, 'error.type': 'timeout' },
      isError: true,
      begin: NOW + 5,
      end: NOW + 5,
    });
  });

  it('are sampled by whole traces', () => {
    const ended: string[] = [];
    const clock = new FakeClock(NOW);
    const tracer = createTracer({ sample: () => 0.5, clock, onEnd: ({ name }) => ended.push(name) });
    for (let n = 0; n < 200; n++) {
      const root = tracer.start({ name: 'root', kind: 'producer' });
      if (!root) continue;
      tracer.start({ name: 'child', kind: 'client', parent: root.context })?.end();
      root.end();
    }
    const roots = ended.filter((name) => name === 'root').length;
    expect(roots).toBeGreaterThan(40);
    expect(roots).toBeLessThan(160);
    expect(ended).toHaveLength(2 * roots);
    expect(
      createTracer({ sample: () => 0, clock, onEnd() {} }).start({ name: 'x', kind: 'client' }),
    ).toBeUndefined();
  });

  it('wait while the receiver is busy, go out in requests of a bounded size, and are dropped and counted where too many wait', async () => {
    let isBusy = true;
    const { to, exporter, tracer, metrics, lines } = await start({
      fault: () => (isBusy ? { status: 503 } : undefined),
    });
    traceSpans(tracer, 3_000);
    expect(exporter.waiting).toBe(2_048);
    await exporter.exportSpans();
    await exporter.exportSpans();
    expect(exporter.waiting).toBe(2_048);
    expect(lines).toEqual(['Telemetry cannot be exported; nothing waits for it']);
    isBusy = false;
    await exporter.exportSpans();
    expect([to.spans.length, exporter.waiting, to.counts.requests]).toEqual([2_048, 0, 6]);
    expect(to.spans[0]?.name).toBe('span 952');
    const dropped = { type: 'spans', reason: 'buffer_full' };
    expect(metrics.counter('xdr_relay_telemetry_dropped_total', dropped)).toBe(952);
    const results = metrics
      .series('xdr_relay_telemetry_exports_total')
      .map(({ labels, value }) => [labels.result, value]);
    expect(results).toEqual([
      ['http_503', 2],
      ['accepted', 4],
    ]);
    expect(lines.at(-1)).toBe('Telemetry is exported again');
  });

  it.each([
    ['the key is wrong', { headers: { 'api-key': 'right' } }, 'http_401'],
    [
      'it redirects',
      { fault: () => ({ status: 307, headers: { location: 'http://127.0.0.1:1/' } }) },
      'http_307',
    ],
  ])('are dropped where %s', async (_what, options: OtlpReceiverOptions, result) => {
    const { exporter, tracer, metrics } = await start(options, { 'api-key': 'wrong' });
    traceSpans(tracer, 3);
    await exporter.exportSpans();
    expect(exporter.waiting).toBe(0);
    expect(metrics.counter('xdr_relay_telemetry_exports_total', { type: 'spans', result })).toBe(1);
    expect(metrics.counter('xdr_relay_telemetry_dropped_total', { reason: 'refused' })).toBe(3);
  });

  it('go out with another key once there is one', async () => {
    const { to, exporter, tracer } = await start({ headers: { 'api-key': 'right' } }, { 'api-key': 'wrong' });
    traceSpans(tracer, 1);
    await exporter.exportSpans();
    const targets = exportTargets({ endpoint: to.origin, headers: { 'api-key': 'right' } }, {});
    if (targets) exporter.retarget(targets);
    traceSpans(tracer, 2);
    await exporter.exportSpans();
    expect(to.spans).toHaveLength(2);
  });

  it('that the receiver says it refused are counted', async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedSpans: '2', errorMessage: 'no' } });
    const { exporter, tracer, metrics } = await start({ fault: () => ({ status: 200, body }) });
    traceSpans(tracer, 3);
    await exporter.exportSpans();
    expect(metrics.counter('xdr_relay_telemetry_dropped_total', { reason: 'refused' })).toBe(2);
  });

  it('are not waited for longer than a request may take', async () => {
    const { to, clock, exporter, tracer, metrics } = await start({ fault: () => ({ delayMs: 60_000 }) });
    traceSpans(tracer, 1);
    const exporting = exporter.exportSpans();
    while (to.counts.requests === 0) await delay(5);
    clock.advance(10_001);
    await exporting;
    expect(metrics.counter('xdr_relay_telemetry_exports_total', { result: 'timeout' })).toBe(1);
    expect(exporter.waiting).toBe(1);
  });
});

describe('metrics', () => {
  it('of all kinds arrive as they are, those of several threads as one', async () => {
    const { to, exporter } = await start();
    const [one, two] = [prometheusMetrics({ process: true }), prometheusMetrics({ process: false })];
    for (const metrics of [one, two]) {
      metrics.count('xdr_relay_rows_total', { table: 'DeviceEvents' }, 4);
      for (const seconds of [0.02, 0.2, 100])
        metrics.observe('xdr_relay_send_seconds', seconds, { destination: 'a' });
      metrics.gauge('xdr_relay_tasks_running', 3);
      metrics.gauge('xdr_relay_source_deleted_in_seconds', Number.POSITIVE_INFINITY, { table: 'deviceinfo' });
    }
    const merged = await mergedMetrics([await one.asJson(), await two.asJson()]);
    await exporter.exportMetrics(metricFamilies(merged));
    expect(to.complaints).toEqual([]);
    const point = (name: string) => to.points.filter((each) => each.name === name);
    expect(point('xdr_relay_rows_total')).toEqual([
      {
        name: 'xdr_relay_rows_total',
        kind: 'sum',
        labels: { table: 'DeviceEvents' },
        value: 8,
        instance: 'one',
      },
    ]);
    expect(point('xdr_relay_send_seconds')).toMatchObject([
      { kind: 'histogram', labels: { destination: 'a' }, value: 6 },
    ]);
    expect(point('xdr_relay_tasks_running')).toMatchObject([{ kind: 'gauge', value: 6 }]);
    expect(point('xdr_relay_source_deleted_in_seconds')).toEqual([]);
    expect(point('xdr_relay_process_resident_memory_bytes')).toHaveLength(1);
  });
});

describe('the settings', () => {
  const config = { headers: {} };

  it('come from relay.yaml, or from the variables of OpenTelemetry', () => {
    expect(exportTargets(config, {})).toBeUndefined();
    expect(exportTargets(config, { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toBeUndefined();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/base/',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=a%20b,x=1,bad header=2,broken=%0a',
    };
    expect(exportTargets(config, env)).toEqual({
      traces: 'http://collector:4318/base/v1/traces',
      metrics: 'http://collector:4318/base/v1/metrics',
      headers: { 'api-key': 'a b', x: '1' },
    });
    const own = { endpoint: 'https://otlp.example/?tenant=1', headers: { 'API-Key': 'own' } };
    expect(exportTargets(own, env)).toEqual({
      traces: 'https://otlp.example/v1/traces?tenant=1',
      metrics: 'https://otlp.example/v1/metrics?tenant=1',
      headers: { 'api-key': 'own', x: '1' },
    });
  });
});

describe('traceparent', () => {
  it.each([
    '',
    'no',
    '00-00000000000000000000000000000000-0000000000000001-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  ])('%j is none of a sampled trace', (text) => {
    expect(contextOf(text)).toBeUndefined();
  });
});
