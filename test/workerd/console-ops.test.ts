import { afterEach, describe, expect, inject, it } from 'vitest';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { type RelayConfig, relayConfigSchema } from '../../src/config/schema.ts';
import { keptActivity } from '../../src/console/activity.ts';
import { deadLetterActs } from '../../src/console/dead-letters/acts.ts';
import { deadLetterViews } from '../../src/console/dead-letters/views.ts';
import { destinationActs } from '../../src/console/destinations/acts.ts';
import { destinationViews } from '../../src/console/destinations/views.ts';
import type { LettersDone, LetterView } from '../../src/console/model/dead-letters.ts';
import type { DestinationsView, TestResult } from '../../src/console/model/destinations.ts';
import type { ConsoleContext, ConsoleHost } from '../../src/console/page.ts';
import { azurePorts } from '../../src/hosts/azure-ports.ts';
import { azureHttpClient } from '../../src/hosts/worker/azure-http.ts';
import { workerHttpClient } from '../../src/hosts/worker/destination-http.ts';
import { createDestinations } from '../../src/relay/destinations.ts';
import { compileRules } from '../../src/rules/index.ts';
import { RelayError } from '../../src/shared/errors.ts';
import { type RemoteReceiver, rows, startReceiver } from './relay.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const open: RemoteReceiver[] = [];
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});

/** The pages of a Worker that may do so many letters in a request. */
async function start(letters: number) {
  const splunk = await startReceiver({
    kind: 'splunk_hec',
    secret: TOKEN,
    script: { kind: 'first', faults: [{ status: 400, body: '{"text":"Invalid data format","code":6}' }] },
  });
  open.push(splunk);
  const id = crypto.randomUUID().slice(0, 8);
  const config: RelayConfig = relayConfigSchema.parse({
    storage: {
      connection_string: inject('connectionString'),
      container_prefix: `logs-${id}-`,
      state_container: `state-${id}`,
      dead_letter_container: `letters-${id}`,
    },
    queue: { name: `tasks-${id}` },
    destinations: {
      splunk: { type: 'splunk_hec', url: splunk.url, token: TOKEN, allow_networks: ['127.0.0.0/8'] },
    },
    default_destinations: ['splunk'],
    console: { rows: { show: true, mask: ['ActionType'] } },
  });
  const credentials = () => undefined;
  const ports = azurePorts(config, credentials, { httpClient: azureHttpClient(() => {}) });
  const host: ConsoleHost = {
    version: '0.0.0',
    destinations: (of) =>
      createDestinations(of, {
        http: workerHttpClient((url, init) => fetch(url, init)),
        clock: ports.clock,
        credentials,
      }),
    rules: async () => {
      const { rules } = compileRules([], ruleContext(config));
      if (!rules) throw new RelayError('rules_held', 'No rules');
      return rules;
    },
    secrets: [TOKEN],
    most: { letters, ms: 20_000 },
  };
  const context: ConsoleContext = {
    config,
    ports,
    services: { clock: ports.clock, logger: silentLogger, metrics: silentMetrics },
    host,
    activity: keptActivity(ports.clock, { shares: true }),
    viewer: { name: 'test', role: 'operator' },
    signal: new AbortController().signal,
  };
  await Promise.all([ports.documents.ensure(), ports.deadLetters.ensure()]);
  return { ports, context };
}

describe('in a Worker', () => {
  it('a dead letter is shown masked, refused, and sent again in parts', async () => {
    const { ports, context } = await start(2);
    for (let n = 0; n < 3; n++) {
      const text = rows(n, n + 1);
      await ports.deadLetters.put({
        destination: 'splunk',
        reason: 'hec_6',
        message: 'Invalid data format',
        source: { blob: 'c/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json', offset: n },
        length: text.length,
        row: new TextEncoder().encode(text),
        id: `id-${n}`,
        table: 'DeviceEvents',
      });
    }
    const names: string[] = [];
    for await (const { name } of ports.deadLetters.list()) names.push(name);
    const view = deadLetterViews.find(({ path }) => path === 'dead-letters/letter');
    const letter = (await view?.read({ name: names[0] }, context)) as LetterView;
    expect(JSON.parse(letter.row.text ?? '').properties).toMatchObject({ ActionType: '(masked)' });

    const act = deadLetterActs.find(({ path }) => path === 'dead-letters/redrive');
    const redrive = async (body: object) => (await act?.run(body, context)) as LettersDone;
    const first = await redrive({ filter: {}, count: 3 });
    expect(first).toMatchObject({ settled: 2, isDone: false });
    const rest = await redrive({ filter: {}, count: 1, after: first.next });
    expect(rest).toMatchObject({ settled: 1 });
    expect((await open[0]?.state())?.arrived).toHaveLength(3);
  });

  it('a destination is tested, and shown without its secret', async () => {
    const { context } = await start(10);
    const act = destinationActs.find(({ path }) => path === 'destinations/test');
    const refused = (await act?.run({ destination: 'splunk' }, context)) as TestResult;
    expect(refused).toMatchObject({ accepted: false, code: 'hec_6' });
    const taken = (await act?.run({ destination: 'splunk' }, context)) as TestResult;
    expect(taken).toMatchObject({ accepted: true });
    const view = destinationViews.find(({ path }) => path === 'destinations');
    const all = (await view?.read({}, context)) as DestinationsView;
    expect(all.destinations).toMatchObject([{ name: 'splunk', state: { kind: 'in_service' } }]);
    expect(JSON.stringify(all)).not.toContain(TOKEN);
  });
});
