import { config as bundledConfig } from 'xdr-relay-files';
import { withoutLineEnds } from '../../config/fill-in.ts';
import { parseConfig } from '../../config/load.ts';
import { logConfig, type RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import type { Evidence } from '../../delivery/evidence.ts';
import { MemoryBudget } from '../../delivery/memory-budget.ts';
import { descriptorOf } from '../../destinations/list.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import { LagBook } from '../../relay/source/lag.ts';
import { SeenRows } from '../../relay/source/seen-rows.ts';
import type { SourceBegin } from '../../relay/source/sources.ts';
import { RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { createFigures, type Figures } from './figures.ts';
import { type WorkerIdentity, workerIdentity } from './identity.ts';
import { consoleLogger } from './logger.ts';
import { type WorkerRules, workerRules } from './rules.ts';
import { type WorkerSettings, workerSettings } from './settings.ts';

/** An isolate has 128 MB: about 10 of them for ids of rows. */
const SEEN_IDS = 100_000;
/** Of its 128 MB, for rows that wait. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/** What an isolate keeps from one invocation to the next: plain data, nothing that belongs to an invocation's I/O. */
export interface Relay extends WorkerIdentity {
  readonly config: RelayConfig;
  readonly settings: WorkerSettings;
  readonly logger: Logger;
  /** Of all invocations of this isolate. */
  readonly figures: Figures;
  readonly lag: LagBook;
  readonly seen: SeenRows;
  /** By destination: what was accepted and what failed. */
  readonly evidence: Map<string, Evidence>;
  /** Destinations with isolated rows, as far as this isolate knows. */
  readonly isolating: Set<string>;
  /** For all rows that wait in this isolate. */
  readonly memory: MemoryBudget;
  readonly rules: WorkerRules;
  /** What was done once in this isolate: containers that exist. */
  readonly done: Set<string>;
  /** Where the reading of each source begins, by its name. */
  readonly begins: Map<string | undefined, SourceBegin>;
}

let current: { readonly key: string; readonly relay: Relay } | undefined;

/** The relay of relay.yaml and the Worker's variables and secrets. Throws RelayError: then nothing can work. */
export function relayOf(env: object): Relay {
  const variables = textsOf(env);
  const key = JSON.stringify(variables);
  if (current?.key !== key) current = { key, relay: load(variables) };
  return current.relay;
}

function load(variables: Readonly<Record<string, string>>): Relay {
  const config = loadConfig(variables);
  const settings = workerSettings(variables);
  const secrets = [...secretValues(config), ...identitySecrets(variables)];
  const logger = consoleLogger({ level: logLevel(config, variables), secrets });
  const figures = createFigures();
  return {
    ...workerIdentity(variables),
    config,
    settings,
    logger,
    figures,
    lag: new LagBook(figures),
    seen: new SeenRows(SEEN_IDS),
    evidence: new Map(),
    isolating: new Set(),
    memory: new MemoryBudget(Math.min(config.limits.memory ?? MEMORY_BYTES, MEMORY_BYTES)),
    rules: workerRules(config, logger, figures),
    done: new Set(),
    begins: new Map(),
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
  return [secret, key].filter((value) => value !== undefined && value.length >= 6) as string[];
}

/** Variables and secrets; bindings are objects. */
function textsOf(env: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .map(([name, value]) => [name, withoutLineEnds(value)]),
  );
}
