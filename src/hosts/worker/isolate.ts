/** What an isolate of the Worker keeps from one invocation to the next. */
import type { ConsoleDeps, ConsoleState } from '../../../routes/console/deps.ts';
import { createKeptAnswers, type KeptAnswers } from '../../../routes/kept-answers.ts';
import type { VersionSeen } from '../../checkpoints/state-version.ts';
import { changedKeys } from '../../config/changes.ts';
import { withoutLineEnds } from '../../config/fill-in.ts';
import { logConfig, type RelayConfig } from '../../config/schema.ts';
import type { TokenCheck } from '../../event-grid/tokens.ts';
import { CaptureBook } from '../../relay/capture/book.ts';
import { DeviceBook } from '../../relay/devices/device-book.ts';
import { FeedSchedule } from '../../relay/list-feeds/scheduled.ts';
import { createProcessState, type ProcessState } from '../../relay/process-state.ts';
import { AccountFigures } from '../../relay/status/account-figures.ts';
import { systemClock } from '../../shared/clock.ts';
import { loggedError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { telemetrySecrets } from '../../telemetry/settings.ts';
import { consoleState, entraWhenNeeded } from '../console.ts';
import { reportScanner } from '../report-scanner.ts';
import { reportVersion } from '../report-version.ts';
import type { VaultSecrets } from '../secret-values.ts';
import { tokenCheck } from '../token-check.ts';
import { WorkerActivity } from './activity.ts';
import { loadWorkerConfig, type WorkerConfig, workerVault } from './config.ts';
import { createFigures, type Figures } from './figures.ts';
import { type WorkerIdentity, workerIdentity } from './identity.ts';
import { consoleLogger } from './logger.ts';
import { type WorkerRules, workerRules } from './rules.ts';
import { type WorkerSettings, workerSettings } from './settings.ts';
import { type WorkerTelemetry, workerTelemetry } from './telemetry.ts';

/** An isolate has 128 MB: about 10 of them for ids of rows. */
const SEEN_IDS = 100_000;
/** Of its 128 MB, for rows that wait. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/** What an isolate keeps from one invocation to the next: plain data, nothing that belongs to an invocation's I/O. */
export interface Isolate extends WorkerIdentity {
  readonly config: RelayConfig;
  /** Values that no page and no log shows, longest first. */
  readonly secrets: readonly string[];
  readonly settings: WorkerSettings;
  readonly logger: Logger;
  /** Of all invocations of this isolate. */
  readonly figures: Figures;
  readonly state: ProcessState;
  /** The gauges of what lies in the storage account, and the answers that are made once for many requests. */
  readonly account: AccountFigures;
  readonly kept: KeptAnswers;
  /** Absent where nothing is exported. */
  readonly telemetry: WorkerTelemetry | undefined;
  /** What this isolate does, for the console. Absent where there is none. */
  readonly activity: WorkerActivity | undefined;
  /** Keeps rows that a person asked for. Absent where nobody may. */
  readonly capture: CaptureBook | undefined;
  /** Destinations with isolated rows, as far as this isolate knows. */
  readonly isolating: Set<string>;
  readonly rules: WorkerRules;
  /** What the rules in force ask of the isolate. */
  readonly used: { devices: boolean };
  readonly devices: DeviceBook;
  /** When list feeds are due. */
  readonly feeds: FeedSchedule;
  /** Keeps Entra ID's public keys, which all invocations may use. */
  readonly tokens: TokenCheck | undefined;
  /** What the console keeps between requests. */
  readonly console: ConsoleState;
  /** The console's login with Entra ID, which keeps its public keys. */
  readonly entraLogin: ConsoleDeps['entra'];
  /** What was seen of the state's version. */
  readonly versionSeen: VersionSeen;
  /** What was done once in this isolate: containers that exist. */
  readonly done: Set<string>;
}

interface Loaded {
  /** The variables that it was made of. */
  readonly key: string;
  readonly isolate: Isolate;
  readonly from: WorkerConfig;
  readonly vault: VaultSecrets;
  /** When the secrets of Key Vault are asked for again, ms since the epoch. */
  dueAt: number;
}

let current: Loaded | undefined;

/**
 * What relay.yaml and the Worker's variables and secrets say. Throws RelayError: then nothing can work.
 *
 * When a secret of Key Vault has changed, the next invocations get another isolate, as when a variable has.
 */
export async function isolateOf(env: object): Promise<Isolate> {
  const variables = textsOf(env);
  const key = JSON.stringify(variables);
  if (current?.key === key) return currentIsolate(current, variables);
  const vault = workerVault(variables);
  const from = await loadWorkerConfig(variables, vault, 'known');
  current = loaded({ key, from, vault }, variables);
  return current.isolate;
}

async function currentIsolate(known: Loaded, variables: Readonly<Record<string, string>>): Promise<Isolate> {
  if (!known.from.usesVault || systemClock.now() < known.dueAt) return known.isolate;
  // One invocation asks; the others work with what is known.
  known.dueAt = dueAt(known.from.config);
  const { key, vault, isolate } = known;
  try {
    const from = await loadWorkerConfig(variables, vault, 'fresh');
    const changed = changedKeys(known.from.config, from.config);
    if (changed.length === 0 || current !== known) return isolate;
    isolate.logger.info('Secrets of Key Vault have changed, and the new ones are in force', { changed });
    current = loaded({ key, from, vault }, variables);
    return current.isolate;
  } catch (error) {
    isolate.logger.error('The changed secrets of Key Vault were refused; those from before stay in force', {
      ...loggedError(error),
    });
    return isolate;
  }
}

function loaded(
  { key, from, vault }: Pick<Loaded, 'key' | 'from' | 'vault'>,
  variables: Readonly<Record<string, string>>,
): Loaded {
  const isolate = load(variables, from);
  vault.logTo(isolate.logger);
  return { key, isolate, from, vault, dueAt: dueAt(from.config) };
}

/** Isolates do not all ask at the same time. */
function dueAt({ key_vault_refresh: everyMs }: RelayConfig): number {
  return systemClock.now() + everyMs * (0.9 + Math.random() * 0.2);
}

function load(variables: Readonly<Record<string, string>>, { config, ...read }: WorkerConfig): Isolate {
  const settings = workerSettings(variables);
  const secrets = [...read.secrets, ...identitySecrets(variables), ...telemetrySecrets(variables)];
  const logger = consoleLogger({ level: logLevel(config, variables), secrets });
  const figures = createFigures();
  const services = { clock: systemClock, logger, metrics: figures };
  const used = { devices: false };
  const devices = new DeviceBook({ ...services, isUsed: () => used.devices });
  reportScanner(logger, figures);
  reportVersion(logger, figures);
  return {
    ...workerIdentity(variables, config.cloud),
    config,
    secrets,
    settings,
    logger,
    figures,
    state: createProcessState(
      { memoryBytes: Math.min(config.limits.memory ?? MEMORY_BYTES, MEMORY_BYTES), seenIds: SEEN_IDS },
      services,
    ),
    account: new AccountFigures({
      ...services,
      destinations: () => Object.keys(config.destinations),
      shares: false,
    }),
    kept: createKeptAnswers({ clock: systemClock, shares: false }),
    telemetry: workerTelemetry(config, variables),
    capture: config.console?.capture ? new CaptureBook(systemClock) : undefined,
    activity: config.console && new WorkerActivity({ secrets }),
    isolating: new Set(),
    rules: workerRules(config, { ...services, strict: settings.strictRules, devices: devices.list }),
    used,
    devices,
    // The next invocation may be another isolate's: nothing is put off.
    feeds: new FeedSchedule(0),
    tokens: tokenCheck(config, { fetch: (url, init) => fetch(url, init), clock: systemClock }),
    console: consoleState(systemClock, { shares: false }),
    entraLogin: entraWhenNeeded(config, { fetch: (url, init) => fetch(url, init), clock: systemClock }),
    versionSeen: {},
    done: new Set(),
  };
}

/** XDR_RELAY_LOG_LEVEL overrides `log.level`, as on Node. */
function logLevel(config: RelayConfig, { XDR_RELAY_LOG_LEVEL: level }: Readonly<Record<string, string>>) {
  return logConfig.safeParse({ level }).data?.level ?? config.log.level;
}

function identitySecrets(variables: Readonly<Record<string, string>>): string[] {
  const { AZURE_CLIENT_SECRET: secret, AZURE_FEDERATED_KEY: key } = variables;
  return [secret ?? '', key ?? ''].filter((value) => value.length >= 6);
}

/** Variables and secrets; bindings are objects. */
function textsOf(env: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => [name, withoutLineEnds(value)]),
  );
}
