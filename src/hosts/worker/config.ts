/** Reads the Worker's relay.yaml, with its variables and secrets, and those of Key Vault. */
import { config as bundledConfig, presets as bundledPresets } from 'xdr-relay-files';
import { parseConfig } from '../../config/load.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretReferences } from '../../config/secret-references.ts';
import { secretValues } from '../../config/secrets.ts';
import { descriptorOf } from '../../destinations/list.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import { systemClock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import { type Freshness, readSecretValues, VaultSecrets } from '../secret-values.ts';
import { clientCredential } from './credential.ts';
import { workerIdentity } from './identity.ts';

type Variables = Readonly<Record<string, string>>;

export interface WorkerConfig {
  readonly config: RelayConfig;
  /** Every secret value in it, longest first: logs must not contain any. */
  readonly secrets: readonly string[];
  /** Whether it refers to secrets in Key Vault, which may change while the isolate lives. */
  readonly usesVault: boolean;
}

/** The secrets of vaults, asked for with the Worker's identity. What it keeps is text, which all invocations may use. */
export function workerVault(variables: Variables): VaultSecrets {
  return new VaultSecrets({
    credential(authority) {
      // The authority of the vault's cloud stands in for that of relay.yaml, which is not known before its secrets are.
      const { identity } = workerIdentity({ AZURE_AUTHORITY_HOST: authority, ...variables }, 'public');
      return (
        identity &&
        clientCredential(identity, { fetch: (url, init) => fetch(url, init), now: systemClock.now })
      );
    },
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
  });
}

/** Reads relay.yaml: the variable XDR_RELAY_YAML, else the bundled file. Throws RelayError: then nothing can work. */
export async function loadWorkerConfig(
  variables: Variables,
  vault: VaultSecrets,
  freshness: Freshness,
): Promise<WorkerConfig> {
  const own = variables.XDR_RELAY_YAML;
  const path = own === undefined ? bundledConfig.path : 'XDR_RELAY_YAML';
  const text = own ?? bundledConfig.text;
  const values = await readSecretValues(text, variables, { vault }, { freshness });
  const { config, diagnostics, source, origins, presets } = parseConfig(
    text,
    path,
    variables,
    new Map([...values, ...bundledPresets.map(({ key, text: value }) => [key, { value }] as const)]),
  );
  if (!config) {
    const sources = [[path, source] as const, ...presets.sources];
    throw new RelayError('config_invalid', `${path} has errors:\n${errorsOf(diagnostics, sources)}`);
  }
  for (const [name, { type }] of Object.entries(config.destinations)) {
    const descriptor = descriptorOf(type);
    if (descriptor.needs === 'files') {
      throw new RelayError('config_invalid', `destinations.${name}: a Worker has no files to write to`);
    }
    if (descriptor.needs === 'sockets') {
      const why = `a Worker cannot open the connections that \`type: ${type}\` needs`;
      throw new RelayError('config_invalid', `destinations.${name}: ${why}: ${descriptor.instead}`);
    }
  }
  if (config.console && !config.console.login) {
    const why = 'without it, everybody could use the console: the address of a Worker is public';
    throw new RelayError('config_invalid', `console.login is missing: ${why}`);
  }
  return {
    config,
    secrets: secretValues(config, origins),
    usesVault: secretReferences(text).vault.length > 0,
  };
}

function errorsOf(
  diagnostics: readonly Diagnostic[],
  sources: readonly (readonly [string, string])[],
): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return renderDiagnostics(errors, new Map(sources));
}
