/** What all commands on the storage account begin with: reads relay.yaml, builds its ports, and checks names given on the command line. */
import { formerNames } from '../../config/former-names.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { type AzurePorts, azurePorts } from '../../hosts/azure-ports.ts';
import { loadConfigFile, loadEnvFileBeside } from '../../hosts/node/config-file.ts';
import { nodeCredentials } from '../../hosts/node/credential.ts';
import { tablesOf } from '../../relay/discovery/backfill-run.ts';
import type { SourcePorts } from '../../relay/source/sources.ts';
import { codeOf } from '../../shared/errors.ts';
import { visible } from '../text.ts';
import { UsageError } from '../usage-error.ts';

export interface Opened {
  readonly config: RelayConfig;
  /** The absolute path of the folder that contains relay.yaml. */
  readonly directory: string;
  readonly ports: AzurePorts;
}

/** Reads relay.yaml and builds the ports to its storage accounts. Throws ConfigError. */
export async function openPorts(configFile: string): Promise<Opened> {
  await loadEnvFileBeside(configFile);
  const { config, directory } = await loadConfigFile(configFile);
  return { config, directory, ports: azurePorts(config, nodeCredentials) };
}

/**
 * Throws `state_newer` for a report, which leaves out what it cannot look at: of a state that a newer version has written it would leave out
 * everything. Other troubles are the report's own.
 */
export async function refuseNewerState(
  { stateVersion }: Pick<AzurePorts, 'stateVersion'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await stateVersion.mayRead(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (codeOf(error) === 'state_newer') throw error;
  }
}

/** Throws `unknown_destination` for a name that is not in relay.yaml. */
export function checkDestinations(names: readonly string[], config: RelayConfig): void {
  const known = Object.keys(config.destinations);
  const former = formerNames(config);
  for (const name of names) {
    if (known.includes(name)) continue;
    const current = former.get(name);
    const renamed = current === undefined ? undefined : `it is called "${current}" now`;
    const hint = renamed ?? didYouMean(name, known) ?? `it has ${known.join(', ') || 'none'}`;
    throw new UsageError('unknown_destination', `relay.yaml has no destination "${visible(name)}": ${hint}`);
  }
}

/** The source with the given name; all sources if no name is given. Throws `unknown_source` for a name that is not in relay.yaml. */
export function sourcesNamed(
  name: string | undefined,
  sources: readonly SourcePorts[],
): readonly SourcePorts[] {
  if (name === undefined) return sources;
  const found = sources.filter((source) => source.name === name);
  if (found.length > 0) return found;
  const known = sources.flatMap((source) => source.name ?? []);
  const hint =
    didYouMean(name, known) ?? (known.length > 0 ? `it has ${known.join(', ')}` : 'it has only storage');
  throw new UsageError('unknown_source', `relay.yaml has no source "${name}": ${hint}`);
}

/** The source that a command works on. Throws `unknown_source`, or `source_needed` if no name is given and there are several sources. */
export function oneSource(name: string | undefined, sources: readonly SourcePorts[]): SourcePorts {
  const [first, second] = sourcesNamed(name, sources);
  if (first && !second) return first;
  const known = sources.flatMap((source) => source.name ?? []);
  throw new UsageError('source_needed', `relay.yaml has several sources: --source ${known.join(', or ')}`);
}

/** The containers of the named tables; undefined for all containers. Throws `unknown_table` for a table without a container. */
export async function containersOf(
  tables: readonly string[],
  source: SourcePorts,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (tables.length === 0) return undefined;
  const known = await tablesOf(source, signal);
  const prefix = source.account.containerPrefix;
  return tables.map((table) => {
    const name = table.toLowerCase();
    if (known.includes(name)) return prefix + name;
    const hint = didYouMean(name, known) ?? 'Defender creates it when it has something to write';
    throw new UsageError('unknown_table', `the account has no container ${prefix}${name}: ${hint}`);
  });
}
