import { expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { tellAliveRegularly } from '../../../src/hosts/node/alive-line.ts';
import { prometheusMetrics } from '../../../src/hosts/node/metrics.ts';

const MINUTE = 60_000;

it('a line every ten minutes says what was delivered since the last one, and what waits', async () => {
  const clock = new FakeClock(0);
  const metrics = prometheusMetrics({ process: false });
  const lines: (readonly [string, unknown?])[] = [];
  const logger = { ...silentLogger, info: (...line: [string, unknown?]) => lines.push(line) };
  let broken = false;
  const read = async () => {
    if (broken) throw new Error('no thread answers');
    return metrics.asJson();
  };
  const warnings: string[] = [];
  const stop = new AbortController();
  const deps = { clock, metrics: read, logger: { ...logger, warn: (line: string) => warnings.push(line) } };
  const telling = tellAliveRegularly(deps, () => 10 * MINUTE, stop.signal);
  const pass = async () => {
    clock.advance(10 * MINUTE);
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  };

  metrics.count('xdr_relay_delivered_total', { destination: 'splunk' }, 1_200);
  metrics.count('xdr_relay_delivered_total', { destination: 'hook' }, 34);
  metrics.gauge('xdr_relay_followed_blobs', 21);
  await pass();
  metrics.count('xdr_relay_delivered_total', { destination: 'splunk' }, 1);
  metrics.gauge('xdr_relay_lag_bytes', 3_145_728, { destination: 'hook', table: 'DeviceEvents' });
  metrics.gauge('xdr_relay_oldest_undelivered_seconds', 4_000, { destination: 'hook' });
  metrics.gauge('xdr_relay_breaker_open', 1, { destination: 'hook' });
  metrics.gauge('xdr_relay_breaker_open', 0, { destination: 'splunk' });
  await pass();
  broken = true;
  await pass();
  stop.abort();
  await telling;
  expect(lines).toEqual([
    [
      'Alive: 1,234 rows delivered in 10m; nothing waits; 21 blobs followed',
      expect.objectContaining({ delivered: 1_234, waiting_bytes: 0, followed_blobs: 21 }),
    ],
    [
      'Alive: 1 row delivered in 10m; 3.0 MiB wait, the oldest row for 1h 6m; 21 blobs followed; hook out of service',
      expect.objectContaining({ delivered: 1, oldest_undelivered_seconds: 4_000, out_of_service: ['hook'] }),
    ],
  ]);
  expect(warnings).toEqual(['The figures of this process cannot be read']);
});
