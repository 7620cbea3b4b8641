/** What an isolate of the Worker keeps from one invocation to the next. */
import { config as bundledConfig } from 'xdr-relay-files';
import { createKeptAnswers, type KeptAnswers } from '../../../routes/kept-answers.ts';
import type { VersionSeen } from '../../checkpoints/state-version.ts';
import { withoutLineEnds } from '../../config/fill-in.ts';
import { parseConfig } from '../../config/load.ts';
import { logConfig, type RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { descriptorOf } from '../../destinations/list.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import type { TokenCheck } from '../../event-grid/tokens.ts';
import { createProcessState, type ProcessState } from '../../relay/process-state.ts';
import { AccountFigures } from '../../relay/status/account-figures.ts';
import { systemClock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { telemetrySecrets } from '../../telemetry/settings.ts';
import { reportScanner } from '../report-scanner.ts';
import { reportVersion } from '../report-version.ts';
import { tokenCheck } from '../token-check.ts';
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
  /** Destinations with isolated rows, as far as this isolate knows. */
  readonly isolating: Set<string>;
  readonly rules: WorkerRules;
  /** Keeps Entra ID's public keys, which all invocations may use. */
  readonly tokens: TokenCheck | undefined;
  /** What was seen of the state's version. */
  readonly versionSeen: VersionSeen;
  /** What was done once in this isolate: containers that exist. */
  readonly done: Set<string>;
}

let current: { readonly key: string; readonly isolate: Isolate } | undefined;

/** What relay.yaml and the Worker's variables and secrets say. Throws RelayError: then nothing can work. */
export function isolateOf(env: object): Isolate {
  const variables = textsOf(env);
  const key = JSON.stringify(variables);
  if (current?.key !== key) current = { key, isolate: load(variables) };
  return current.isolate;
}

function load(variables: Readonly<Record<string, string>>): Isolate {
  const config = loadConfig(variables);
  const settings = workerSettings(variables);
  const secrets = [...secretValues(config), ...identitySecrets(variables), ...telemetrySecrets(variables)];
  const logger = consoleLogger({ level: logLevel(config, variables), secrets });
  const figures = createFigures();
  const services = { clock: systemClock, logger, metrics: figures };
  reportScanner(logger, figures);
  reportVersion(logger, figures);
  return {
    ...workerIdentity(variables, config.cloud),
    config,
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
    isolating: new Set(),
    rules: workerRules(config, { ...services, strict: settings.strictRules }),
    tokens: tokenCheck(config, { fetch: (url, init) => fetch(url, init), clock: systemClock }),
    versionSeen: {},
    done: new Set(),
  };
}

function loadConfig(variables: Readonly<Record<string, string>>): RelayConfig {
  const own = variables.XDR_RELAY_YAML;
  const path = own === undefined ? bundledConfig.path : 'XDR_RELAY_YAML';
  const { config, diagnostics, source } = parseConfig(own ?? bundledConfig.text, path, variables);
  if (!config) {
    throw new RelayError('config_invalid', `${path} has errors:\n${errorsOf(diagnostics, [[path, source]])}`);
  }
  for (const [name, { type }] of Object.entries(config.destinations)) {
    if (descriptorOf(type).needs !== 'files') continue;
    throw new RelayError('config_invalid', `destinations.${name}: a Worker has no files to write to`);
  }
  return config;
}

function errorsOf(
  diagnostics: readonly Diagnostic[],
  sources: readonly (readonly [string, string])[],
): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return renderDiagnostics(errors, new Map(sources));
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
