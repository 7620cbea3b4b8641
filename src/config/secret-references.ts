/** Finds what a host has to read before a relay.yaml can be checked: the files and the secrets in Key Vault that it refers to. */
import type { Data } from '../diagnostics/yaml/data.ts';
import { readDataFile } from '../diagnostics/yaml/file.ts';
import { RELAY_YAML } from './document.ts';
import { secretsIn } from './fill-in.ts';

/** What the texts of a relay.yaml refer to. Each name is there once. */
export interface SecretReferences {
  /** Paths as written: `/run/secrets/token`. */
  readonly files: readonly string[];
  /** Names of secrets in Key Vault, perhaps with a version: `token/4387e9f3d6e14c459867679a90fd0f79`. */
  readonly vault: readonly string[];
  /** `key_vault` as written, its own references included; undefined if it is no text. */
  readonly keyVault: string | undefined;
}

const NOTHING: SecretReferences = { files: [], vault: [], keyVault: undefined };

/** Finds the references in a relay.yaml. Pure; never throws: {@link parseConfig} reports what is wrong with the file. */
export function secretReferences(text: string): SecretReferences {
  // Most files have none, and are parsed only once.
  if (!/\$\{(?:file|keyvault):/.test(text)) return NOTHING;
  const { file } = readDataFile({ path: 'relay.yaml', text }, RELAY_YAML);
  if (!file || file.unreadable) return NOTHING;
  const files = new Set<string>();
  const vault = new Set<string>();
  const visit = (data: Data): void => {
    if (typeof data === 'string') {
      const found = secretsIn(data);
      for (const path of found.files) files.add(path);
      for (const name of found.vault) vault.add(name);
    } else if (typeof data === 'object' && data !== null) {
      for (const value of Object.values(data)) visit(value);
    }
  };
  visit(file.data);
  const { data } = file;
  const keyVault = typeof data === 'object' && data !== null ? Reflect.get(data, 'key_vault') : undefined;
  return {
    files: [...files],
    vault: [...vault],
    keyVault: typeof keyVault === 'string' ? keyVault : undefined,
  };
}
