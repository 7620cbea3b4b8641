/** Runs the relay of a recipe: its relay.yaml and rule files, stores in memory, and the receivers of the lab over HTTP. */
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { type SlackReceiver, startSlackReceiver } from '../../lab/receivers/slack.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../lab/receivers/webhook.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger } from '../../lab/silent.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { nodeFiles } from '../../src/hosts/node/files.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { encodeTask, TASK_VERSION } from '../../src/queue/task.ts';
import { assembleRelay } from '../../src/relay/assemble.ts';
import { createDestinations } from '../../src/relay/destinations.ts';
import { assemblySettings } from '../../src/relay/settings.ts';
import { compileRules } from '../../src/rules/index.ts';
import { begunState } from '../relay/harness.ts';
import type { DocumentedFile } from './documented-files.ts';

/** When the relay of a recipe begins. */
const BEGIN = Date.UTC(2026, 10, 27, 7, 1);
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SECRETS = {
  SPLUNK_HEC_TOKEN: 'b3e1f6c0-5a39-4b32-9a1c-8e5d0f6a7b21',
  SOAR_SECRET: SECRET,
  SLACK_BOT_TOKEN: 'xoxb-1-made-up-by-a-test',
};
/** What passes between two looks at what people are to be told. */
const STEP_MS = 150_000;
const never = new AbortController().signal;

/** A row of a table. */
export interface SentRow {
  readonly table: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

export interface RecipeRelay {
  readonly splunk: HecReceiver;
  readonly soar: WebhookReceiver;
  readonly slack: SlackReceiver;
  /** Appends rows to the blobs of their tables, and lets the relay deliver them. */
  send(...rows: readonly SentRow[]): Promise<void>;
  /** Lets time pass, in which people are told what is due. */
  pass(ms: number): Promise<void>;
  /** Goes on at a later time. Milliseconds since the epoch. */
  jumpTo(time: number): void;
}

/** Starts the relay of a recipe. It ends with the test. */
export async function recipeRelay(
  files: readonly DocumentedFile[],
  channels: readonly string[] = ['C0123456789'],
): Promise<RecipeRelay> {
  const clock = new FakeClock(BEGIN);
  const splunk = await startHecReceiver({ token: SECRETS.SPLUNK_HEC_TOKEN, store: true });
  const soar = await startWebhookReceiver({ secret: SECRET, atAnyTime: true, store: true });
  const slack = await startSlackReceiver({
    token: SECRETS.SLACK_BOT_TOKEN,
    store: true,
    channels: channels.map((id) => ({ id, name: id.toLowerCase() })),
  });
  const config = configOf(files, {
    splunk_hec: { url: splunk.origin },
    webhook: { url: soar.url },
    slack: { api_url: slack.api },
  });
  const rules = compiled(files, { ...ruleContext(config), now: () => clock.now() });
  const destinations = createDestinations(config, { http: nodeHttpClient, files: nodeFiles, clock });
  const ports = memoryPorts(clock);
  const services = { clock, logger: silentLogger, metrics: recordingMetrics() };
  const relay = assembleRelay({
    ports,
    services,
    settings: assemblySettings(config),
    destinations,
    rules: () => rules,
    state: begunState(services, 1 << 28),
  });
  const { handle } = relay.handler({ stop: never, abort: never });
  onTestFinished(async () => {
    await relay.close();
    await Promise.all([splunk, soar, slack].map((receiver) => receiver.close()));
  });

  /** Waits for work that waits for the clock. */
  async function finished<T>(work: Promise<T>): Promise<T> {
    let isRunning = true;
    const end = () => {
      isRunning = false;
    };
    work.then(end, end);
    while (isRunning) {
      clock.advance(50);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return work;
  }
  const say = () => finished(relay.sayAlerts({ ms: 5_000, aheadMs: 0, isRegular: true }, never));

  return {
    splunk,
    soar,
    slack,
    async send(...rows) {
      const time = new Date(clock.now()).toISOString();
      for (const [table, some] of Map.groupBy(rows, (row) => row.table)) {
        const container = `insights-logs-advancedhunting-${table.toLowerCase()}`;
        const name = 'tenantId=t/y=2026/m=11/d=27/h=07/m=00/PT1H.json';
        const lines = some.map(({ columns }) => {
          const properties = { Timestamp: time, ...columns };
          return `${JSON.stringify({ time, tenantId: 't', category: `AdvancedHunting-${table}`, properties })}\r\n`;
        });
        ports.blobs.append(container, name, Buffer.from(lines.join('')));
        const blob = { account: ports.blobs.account, container, name };
        await ports.queue.send(
          encodeTask({ v: TASK_VERSION, id: crypto.randomUUID(), blob, origin: 'notification' }),
        );
      }
      for (const message of await ports.queue.receive(32, 120)) await finished(handle(message));
      await say();
    },
    jumpTo(time) {
      clock.advance(time - clock.now());
    },
    async pass(ms) {
      for (let gone = 0; gone < ms; gone += STEP_MS) {
        clock.advance(STEP_MS);
        await say();
      }
    },
  };
}

/** The configuration of a recipe, with the receivers in place of the addresses. */
function configOf(files: readonly DocumentedFile[], addresses: Readonly<Record<string, object>>) {
  const { destinations, ...rest } = parse(files.find(({ path }) => path === 'relay.yaml')?.text ?? '');
  const local = Object.entries(destinations as Record<string, { readonly type: string }>).map(
    ([name, entry]) => [name, { ...entry, ...addresses[entry.type], allow_networks: ['127.0.0.0/8'] }],
  );
  const text = stringify({ ...rest, destinations: Object.fromEntries(local) });
  const { config, diagnostics } = parseConfig(text, 'relay.yaml', SECRETS);
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config;
}

function compiled(files: readonly DocumentedFile[], context: Parameters<typeof compileRules>[1]) {
  const ours = files.flatMap(({ path, text }) =>
    path.startsWith('transforms/') ? [{ path: path.slice('transforms/'.length), text }] : [],
  );
  const { rules, diagnostics } = compileRules(ours, context);
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  return rules;
}
