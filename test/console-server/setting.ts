/** A console's context over a real storage account: relay.yaml, rule files in a folder, and rules in force as a consumer would put them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Azurite } from '../../lab/azurite.ts';
import { recordingMetrics } from '../../lab/recording-metrics.ts';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import type { RelayConfig } from '../../src/config/schema.ts';
import { keptActivity } from '../../src/console/activity.ts';
import type { ConsoleContext, ConsoleHost, Role } from '../../src/console/page.ts';
import { ACTS, VIEWS } from '../../src/console/pages.ts';
import { loadConfigFile } from '../../src/hosts/node/config-file.ts';
import { detectHost } from '../../src/hosts/node/console-detect.ts';
import { loadRuleFolders } from '../../src/hosts/node/rule-files.ts';
import { ActivityWriter } from '../../src/relay/activity/write.ts';
import { createLiveRules } from '../../src/relay/rule-sets/create-live-rules.ts';
import type { LiveRules } from '../../src/relay/rule-sets/live-rules.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { type Setting, startSetting } from '../cli/ops-setting.ts';
import { counter, FACTS, VITALS } from '../relay/activity/samples.ts';

const SLACK = 'https://hooks.slack.com/services/T/B/x';

export interface ConsoleSetting extends Setting {
  readonly relay: RelayConfig;
  readonly live: LiveRules;
  /** The host of the console: what a test changes holds for the next request. */
  readonly host: { -readonly [K in keyof ConsoleHost]: ConsoleHost[K] };
  /** Writes a rule file, and offers all of them to the consumer. */
  rules(files: Readonly<Record<string, string>>): Promise<void>;
  /** What a consumer writes of its rules' hits, its last write so many milliseconds ago. */
  hit(
    counts: Readonly<Record<string, number>>,
    by?: { readonly host: string; readonly agoMs: number },
  ): Promise<void>;
  view<T>(path: string, query?: Readonly<Record<string, string>>, role?: Role): Promise<T>;
  act<T>(path: string, body: object): Promise<T>;
}

/**
 * @param more lines of relay.yaml after those of {@link startSetting}.
 * @param instead parts of relay.yaml, and what stands there instead.
 * @param own the storage account, as {@link startSetting} has it.
 */
export async function startConsole(
  more = '',
  instead: Readonly<Record<string, string>> = {},
  own?: Azurite,
): Promise<ConsoleSetting> {
  const setting = await startSetting(own);
  const { config: file, env, folder, ports } = setting;
  let yaml = await readFile(file, 'utf8');
  for (const [part, text] of Object.entries(instead)) yaml = yaml.replace(part, text);
  await writeFile(file, yaml + more);
  const { config: relay } = await loadConfigFile(file, { env: { ...env, SLACK } });
  const services = { clock: ports.clock, logger: silentLogger, metrics: silentMetrics };
  const live = createLiveRules(
    relay,
    { kind: 'node', name: 'web-1:4711' },
    { strict: false, documents: ports.documents, ...services, metrics: recordingMetrics() },
  );
  const host: ConsoleSetting['host'] = {
    version: '9.9.9',
    destinations: () => new Map(),
    rules: async () => live.current(),
    secrets: [],
    most: { letters: 100, ms: 20_000 },
    ...detectHost(folder),
  };
  const context = (role: Role): ConsoleContext => ({
    config: relay,
    ports,
    services,
    host,
    activity: keptActivity(ports.clock, { shares: true }),
    viewer: { name: 'ada', role },
    signal: AbortSignal.timeout(60_000),
  });
  const transforms = join(folder, 'transforms');
  return {
    ...setting,
    relay,
    live,
    host,
    async rules(files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(transforms, path)), { recursive: true });
        await writeFile(join(transforms, path), text);
      }
      await live.offer((await loadRuleFolders([transforms])).files).catch(() => {});
    },
    async hit(counts, { host: name, agoMs } = { host: FACTS.host, agoMs: 0 }) {
      const { clock: real } = services;
      const clock: Clock = {
        now: () => real.now() - agoMs,
        monotonic: () => real.monotonic(),
        sleep: (ms, signal) => real.sleep(ms, signal),
        after: (ms, work) => real.after(ms, work),
      };
      const writer = new ActivityWriter({ ...FACTS, host: name }, clock.now());
      const family = counter(
        'rule_alerts_total',
        ...Object.entries(counts).map(([rule, n]) => [n, { rule }] as const),
      );
      writer.fold([family], clock.now());
      await writer.write({ ...services, clock, documents: ports.documents }, VITALS);
    },
    async view<T>(path: string, query = {}, role: Role = 'operator') {
      const one = VIEWS.find((each) => each.path === path);
      if (!one) throw new Error(`no view ${path}`);
      // As the browser gets it.
      return JSON.parse(JSON.stringify(await one.read(query, context(role)))) as T;
    },
    async act<T>(path: string, body: object) {
      const one = ACTS.find((each) => each.path === path);
      if (!one) throw new Error(`no act ${path}`);
      return JSON.parse(JSON.stringify(await one.run(body, context('operator')))) as T;
    },
  };
}
