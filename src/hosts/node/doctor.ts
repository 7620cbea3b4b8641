/** What the checks of the doctor work with, on Node: the ports of relay.yaml, Resource Manager, files, connections and rules. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { createArmReader } from '../../azure/arm.ts';
import { CLOUDS } from '../../azure/cloud.ts';
import { emptyWhereMissing } from '../../checkpoints/empty-where-missing.ts';
import { ruleContext, ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import { type SourceSettings, sourcesOf } from '../../config/sources.ts';
import { createDestinations } from '../../relay/destinations.ts';
import type { DoctorContext, DoctorSource, RulesSummary } from '../../relay/doctor/check.ts';
import type { RelayPorts } from '../../relay/ports.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import type { SourcePorts } from '../../relay/source/sources.ts';
import { compileRules } from '../../rules/index.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { nodeCredentials } from './credential.ts';
import { nodeFiles } from './files.ts';
import { nodeHttpClient } from './http.ts';
import { nodeKafkaClient } from './kafka/client.ts';
import { reachOrigin } from './reach.ts';
import { loadRuleFolders } from './rule-files.ts';

/** What relay.yaml says, and the ports to its accounts. */
export interface DoctorParts {
  readonly config: RelayConfig;
  /** The absolute path of the folder that contains relay.yaml. */
  readonly directory: string;
  readonly ports: RelayPorts;
  /** The machine's clock, corrected by the account of the state. */
  readonly clock: Clock;
}

export interface OpenDoctor {
  readonly context: DoctorContext;
  /** What no finding may show. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

/**
 * Builds what the checks need. Asks nobody anything yet.
 * @param send whether to send a test event to each destination.
 */
export function openDoctor({ config, directory, ports, clock }: DoctorParts, send: boolean): OpenDoctor {
  const settings = sourcesOf(config);
  const make = (of: RelayConfig) =>
    createDestinations(of, {
      http: nodeHttpClient,
      files: nodeFiles,
      kafka: nodeKafkaClient,
      clock,
      credentials: nodeCredentials,
    });
  const destinations = make(config);
  const context: DoctorContext = {
    config,
    sources: ports.sources.map((source, index) => doctorSource(config, source, settings[index])),
    documents: ports.documents,
    reports: emptyWhereMissing({ checkpoints: ports.sharedClaims, documents: ports.documents }).documents,
    sharedClaims: ports.sharedClaims,
    deadLetters: ports.deadLetters,
    stateVersion: ports.stateVersion,
    queue: ports.queue,
    clock,
    machine: systemClock,
    destinations,
    make,
    send,
    rules: (signal) => rulesOf({ config, directory, ports }, signal),
    connect: reachOrigin,
    canAppend,
    versions: {
      relay: manifest.version,
      node: process.versions.node,
      leastNode: manifest.engines.node.replace(/^\D+/, ''),
    },
  };
  const close = async () => {
    await Promise.all([...destinations.values()].map((each) => each.close()));
  };
  return { context, secrets: secretValues(config), close };
}

function doctorSource(
  config: RelayConfig,
  source: SourcePorts,
  settings: SourceSettings | undefined,
): DoctorSource {
  const byIdentity = settings?.connection_string === undefined;
  const arm = byIdentity
    ? createArmReader({
        ...CLOUDS[config.cloud].arm,
        credential: nodeCredentials(settings?.signIn ?? {}),
        fetch,
      })
    : undefined;
  return { ...source, ...emptyWhereMissing(source), byIdentity, arm };
}

async function rulesOf(
  { config, directory, ports }: Omit<DoctorParts, 'clock'>,
  signal: AbortSignal,
): Promise<RulesSummary> {
  const container = config.transforms_container;
  const folders = ruleFolders(config).map((folder) => resolve(directory, folder));
  const loaded = container === undefined ? await loadRuleFolders(folders) : undefined;
  const files =
    container === undefined
      ? (loaded?.files ?? [])
      : ((await readRuleContainer(ports.stateBlobs, container, undefined, { signal }))?.files ?? []);
  const named = ruleFolders(config);
  const shownIn = (file: string) => {
    const origin = loaded?.origins.get(file);
    return origin ? `${named[origin.folder]}/${origin.path}` : file;
  };
  const { diagnostics } = compileRules(files, ruleContext(config));
  const errors = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ file, span, message }) => `${shownIn(file)}:${span.line}:${span.column}: ${message}`);
  return { place: container ?? folders.join(', '), files: files.length, errors };
}

/** A file that exists must be writable; for one that does not, its folder. */
async function canAppend(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await access(dirname(resolve(path)), constants.W_OK);
  }
}
