import { describe, expect, inject, it } from 'vitest';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { type RelayConfig, relayConfigSchema } from '../../src/config/schema.ts';
import { keptActivity } from '../../src/console/activity.ts';
import { alertsActs } from '../../src/console/alerts/acts.ts';
import { alertsViews } from '../../src/console/alerts/views.ts';
import type { SilencesPage } from '../../src/console/model/alerts.ts';
import type { RulesPage } from '../../src/console/model/rules.ts';
import type { SetupGroup } from '../../src/console/model/setup.ts';
import type { ConsoleContext } from '../../src/console/page.ts';
import { rulesViews } from '../../src/console/rules/views.ts';
import { setupActs } from '../../src/console/setup/pages.ts';
import { azurePorts } from '../../src/hosts/azure-ports.ts';
import { azureHttpClient } from '../../src/hosts/worker/azure-http.ts';
import { detectHost } from '../../src/hosts/worker/console-detect.ts';
import { workerHttpClient } from '../../src/hosts/worker/destination-http.ts';
import { createLiveRules } from '../../src/relay/rule-sets/create-live-rules.ts';
import { compileRules } from '../../src/rules/index.ts';
import { RelayError } from '../../src/shared/errors.ts';

const RULE = `title: Shadow copies deleted
id: 11111111-1111-4111-8111-111111111111
tags: [attack.impact, attack.t1490]
logsource: { category: process_creation, product: windows }
detection: { a: { Image|endswith: '\\vssadmin.exe' }, condition: a }
level: high
`;

/** The pages of a Worker over a state of their own. */
async function start() {
  const id = crypto.randomUUID().slice(0, 8);
  const config: RelayConfig = relayConfigSchema.parse({
    storage: {
      connection_string: inject('connectionString'),
      container_prefix: `logs-${id}-`,
      state_container: `state-${id}`,
      dead_letter_container: `letters-${id}`,
    },
    queue: { name: `tasks-${id}` },
    destinations: { hook: { type: 'webhook', url: 'http://127.0.0.1:9/', allow_networks: ['127.0.0.0/8'] } },
    default_destinations: ['hook'],
    alerts: [{ levels: ['high'], to: ['hook'] }],
  });
  const options = { httpClient: azureHttpClient(() => {}) };
  const credentials = () => undefined;
  const ports = azurePorts(config, credentials, options);
  const services = { clock: ports.clock, logger: silentLogger, metrics: silentMetrics };
  const ask: typeof fetch = (input, init) => fetch(input, init);
  const http = workerHttpClient((url, init) => fetch(url, init));
  const context: ConsoleContext = {
    config,
    ports,
    services,
    host: {
      version: '0.0.0',
      destinations: () => new Map(),
      rules: async () => {
        const { rules: none } = compileRules([], ruleContext(config));
        if (!none) throw new RelayError('rules_held', 'No rules');
        return none;
      },
      secrets: [],
      most: { letters: 1, ms: 1_000 },
      ...detectHost({ http, credentials, fetch: ask }),
    },
    activity: keptActivity(ports.clock, { shares: true }),
    viewer: { name: 'ada', role: 'operator' },
    signal: new AbortController().signal,
  };
  await Promise.all([ports.documents.ensure(), ports.deadLetters.ensure(), ports.queue.ensure()]);
  const rules = createLiveRules(
    config,
    { kind: 'worker' },
    { strict: false, documents: ports.documents, ...services },
  );
  const view = async <T>(path: string) =>
    (await [...rulesViews, ...alertsViews].find((one) => one.path === path)?.read({}, context)) as T;
  const act = async <T>(path: string, body: object) =>
    (await [...alertsActs, ...setupActs].find((one) => one.path === path)?.run(body, context)) as T;
  return { context, rules, view, act };
}

describe('in a Worker', () => {
  it('the page Rules compiles the set in force, unless that is too dear, and reads what lies there now', async () => {
    const { context, rules, view } = await start();
    const file = { path: 'detections/a.yml', text: RULE };
    await rules.offer([file]);
    const page = await view<RulesPage>('rules');
    expect(page.rules).toMatchObject({ total: 1, raising: 1 });
    expect(page.processes).toMatchObject([{ process: 'worker', version: page.inForce?.version }]);
    expect(page.attack.flatMap(({ techniques }) => techniques)).toMatchObject([{ id: 'T1490' }]);

    const many = Array.from({ length: 2_000 }, (_, n) => `# ${n} ${'x'.repeat(600)}\n`).join('');
    await rules.offer([{ ...file, text: RULE + many }]);
    const large = await view<RulesPage>('rules');
    expect(large).not.toHaveProperty('rules');
    expect(large.troubles.join()).toContain('sets of more than 1048576 bytes are not compiled');
    const found = await context.host.ruleFiles?.(context, context.signal);
    expect(found?.place).toBe('the bundle of the Worker');
  });

  it('a silence begins and ends, and the checks that can run there do', async () => {
    const { view, act } = await start();
    const body = { rule: 'Shadow copies deleted', where: [], minutes: 60, reason: 'a patch' };
    const { id } = await act<{ id: string }>('alerts/silence', body);
    expect((await view<SilencesPage>('alerts/silences')).active).toMatchObject([{ id, by: 'ada' }]);
    await act('alerts/end-silence', { id });
    expect((await view<SilencesPage>('alerts/silences')).active).toEqual([]);

    const state = await act<SetupGroup>('setup/run', { group: 'state' });
    expect(state.checks.map(({ id: check, result }) => [check, result?.state])).toEqual([
      ['queue', 'ok'],
      ['state', 'ok'],
    ]);
    const host = await act<SetupGroup>('setup/run', { group: 'host' });
    expect(host.checks.find(({ id: check }) => check === 'versions')?.notRun).toContain('Cloudflare');
    const reached = await act<SetupGroup>('setup/run', { group: 'destinations' });
    expect(JSON.stringify(reached.checks)).toContain('hook cannot be reached');
  });
});
