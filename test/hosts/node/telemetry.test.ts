/** The end of a process whose collector does not answer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { closeServer, listenOnLoopback } from '../../../lab/receivers/loopback.ts';
import { silentLogger, silentMetrics } from '../../../lab/silent.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { createTelemetry } from '../../../src/hosts/node/telemetry.ts';

it('a last export that nobody answers holds up the end for three seconds', async () => {
  const collector = createServer();
  onTestFinished(() => closeServer(collector));
  const port = await listenOnLoopback(collector);
  const { config } = parseConfig(
    `storage: { connection_string: UseDevelopmentStorage=true }
telemetry: { endpoint: "http://127.0.0.1:${port}" }
destinations: { hook: { type: webhook, url: "https://hook.example" } }
default_destinations: [hook]
`,
    'relay.yaml',
    {},
  );
  if (!config) throw new Error('The configuration has a mistake.');
  const clock = new FakeClock();
  const services = { clock, logger: silentLogger, metrics: silentMetrics };
  const telemetry = createTelemetry(config, services, {});
  const asked = once(collector, 'request');
  let hasEnded = false;
  const running = telemetry
    ?.run(async () => [], AbortSignal.abort())
    .then(() => {
      hasEnded = true;
    });
  await asked;
  clock.advance(2_999);
  await turn();
  expect(hasEnded).toBe(false);
  clock.advance(1);
  await running;
  expect(hasEnded).toBe(true);
});
