import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { startReceiver, startRelay } from './relay.ts';

const KEY = 'a-key-of-the-collector';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const rows = Array.from({ length: 5 }, (_, n) =>
  JSON.stringify({
    time: '2026-11-23T07:00:00.0000000Z',
    tenantId: 't',
    category: 'AdvancedHunting-DeviceEvents',
    properties: { DeviceName: `secret-host-${n}` },
  }).concat('\r\n'),
).join('');

it('a Worker exports one trace from the notification to each delivery, and its metrics, without the content of a row', async () => {
  const collector = await startReceiver({ kind: 'telemetry', secret: KEY });
  const relay = await startRelay({
    yaml: `telemetry: { endpoint: "${collector.url}", headers: { Api-Key: "\${OTLP_KEY}" }, sample: 1, interval: 1s }`,
    variables: { OTLP_KEY: KEY },
  });
  closing.push(relay.close, collector.close);
  await relay.append(rows);
  await relay.notify();
  await relay.work();
  await delay(1_000);
  // Any invocation exports what is due.
  await relay.fetch('/healthz');
  await relay.settled();

  const { otlp } = await collector.state();
  expect(otlp?.complaints).toEqual([]);
  const spans = otlp?.spans ?? [];
  const root = spans.find(({ name }) => name === 'receive notification');
  const visit = spans.find(
    ({ name, parentSpanId }) => name === 'visit blob' && parentSpanId === root?.spanId,
  );
  const sent = spans.filter(({ name }) => name === 'send batch');
  expect(visit).toMatchObject({ traceId: root?.traceId, kind: 5 });
  expect(sent.map(({ attributes }) => attributes['xdr_relay.destination']).sort()).toEqual([
    'hook',
    'splunk',
  ]);
  for (const span of sent) {
    expect(span).toMatchObject({ traceId: root?.traceId, parentSpanId: visit?.spanId, isError: false });
    expect(span.attributes).toMatchObject({ 'xdr_relay.items': 5, 'xdr_relay.attempt': 1 });
  }
  expect(JSON.stringify(spans)).not.toContain('secret-host');
  expect(otlp?.points.map(({ name }) => name)).toContain('xdr_relay_storage_operations_total');
  expect(new Set(otlp?.points.map(({ instance }) => instance)).size).toBe(1);
});

it('a Worker delivers all the same where nobody takes its telemetry', async () => {
  const closed = await startReceiver({ kind: 'closed', secret: '' });
  const relay = await startRelay({ yaml: `telemetry: { endpoint: "${closed.url}", sample: 1 }` });
  closing.push(relay.close);
  await relay.append(rows);
  await relay.notify();
  await relay.work();
  await relay.settled();
  expect((await relay.hook.state()).counts.events).toBe(5);
});
