/** What the checks of the doctor work with, on Node: the ports of relay.yaml, Resource Manager, files, connections and rules. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { ruleContext, ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { createDestinations } from '../../relay/destinations.ts';
import type { RulesSummary } from '../../relay/doctor/check.ts';
import { type OpenDoctor, openDoctorWith } from '../../relay/doctor/open.ts';
import type { RelayPorts } from '../../relay/ports.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import { compileRules } from '../../rules/index.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { nodeCredentials } from './credential.ts';
import { nodeFiles } from './files.ts';
import { nodeHttpClient } from './http.ts';
import { nodeKafkaClient } from './kafka/client.ts';
import { keptRulesOf, originOf } from './kept-detections.ts';
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

/**
 * Builds what the checks need. Asks nobody anything yet.
 * @param send whether to send a test event to each destination.
 */
export function openDoctor({ config, directory, ports, clock }: DoctorParts, send: boolean): OpenDoctor {
  return openDoctorWith(
    { config, ports, clock, send },
    {
      credentials: nodeCredentials,
      fetch,
      machine: systemClock,
      make: (of) =>
        createDestinations(of, {
          http: nodeHttpClient,
          files: nodeFiles,
          kafka: nodeKafkaClient,
          clock,
          credentials: nodeCredentials,
        }),
      rules: (signal) => rulesOf({ config, directory, ports }, signal),
      connect: reachOrigin,
      canAppend,
      versions: {
        relay: manifest.version,
        node: process.versions.node,
        leastNode: manifest.engines.node.replace(/^\D+/, ''),
      },
    },
  );
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
  const { known } = keptRulesOf(originOf(config, directory));
  const { diagnostics } = compileRules(files, { ...ruleContext(config), knownDetections: known });
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
