/** Reads what relay.yaml refers to with `${file:PATH}` and `${keyvault:NAME}`, for both hosts. */
import { createKeyVault, type KeyVault, type KeyVaultDeps, KeyVaultError } from '../azure/key-vault.ts';
import { isKeyVaultUrl } from '../azure/key-vault-url.ts';
import { type Environment, fillIn, type SecretValue, type SecretValues } from '../config/fill-in.ts';
import { secretReferences } from '../config/secret-references.ts';
import { loggedError, messageOf } from '../shared/errors.ts';
import type { Logger } from '../shared/logger.ts';

/** What one host can read. */
export interface SecretSources {
  /** Reads a file by its path as written; absent where the host has no files. Never rejects. */
  readonly file?: (path: string) => Promise<SecretValue>;
  readonly vault: VaultSecrets;
}

/** Whether the vault is asked only for secrets that are not known yet, or for all. */
export type Freshness = 'known' | 'fresh';

export interface ReadingOptions {
  /** Default: only secrets that are not known yet are asked for. */
  readonly freshness?: Freshness;
  /** Aborted: the vault is not waited for any longer. */
  readonly signal?: AbortSignal;
}

/** How many secrets one relay.yaml may take from files, and how many from the vault. */
const MOST = 200;
/** Requests to the vault at the same time. */
const AT_ONCE = 4;

/** Reads what a relay.yaml refers to. Never rejects: what cannot be read has a sentence that says why. */
export async function readSecretValues(
  text: string,
  env: Environment,
  { file, vault }: SecretSources,
  { freshness = 'known', signal }: ReadingOptions = {},
): Promise<SecretValues> {
  const references = secretReferences(text);
  const values = new Map<string, SecretValue>();
  await inTurn(references.files, async (path) => {
    values.set(`file:${path}`, (await file?.(path)) ?? { trouble: 'this host has no files' });
  });
  if (references.vault.length === 0) return values;
  const url =
    references.keyVault === undefined
      ? undefined
      : withoutSlash(fillIn(references.keyVault, env, values).value);
  await inTurn(references.vault, async (name) => {
    values.set(
      `keyvault:${name}`,
      await fromVault(vault, url, name, { freshness, ...(signal && { signal }) }),
    );
  });
  return values;
}

async function fromVault(
  vault: VaultSecrets,
  url: string | undefined,
  name: string,
  options: ReadingOptions,
): Promise<SecretValue> {
  if (url === undefined) return { trouble: 'key_vault does not say which vault' };
  if (!isKeyVaultUrl(url)) return { trouble: 'key_vault is not the address of a vault' };
  return vault.get(url, name, options);
}

/** `work` never rejects. What is beyond the limit is left out. */
async function inTurn(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const left = names.slice(0, MOST);
  const next = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

function withoutSlash(url: string): string {
  return url.trim().replace(/\/$/, '');
}

/** The secrets of vaults that a process has read: they are kept while a vault does not answer. */
export class VaultSecrets {
  readonly #deps: Omit<KeyVaultDeps, 'url'>;
  readonly #vaults = new Map<string, KeyVault>();
  readonly #values = new Map<string, string>();
  #logger: Logger | undefined;

  constructor(deps: Omit<KeyVaultDeps, 'url'>) {
    this.#deps = deps;
  }

  /** The log did not exist when the first secrets were read: its level is in relay.yaml. */
  logTo(logger: Logger): void {
    this.#logger = logger;
  }

  /** A secret. Never rejects: if the vault does not give it, the value from before is kept, and only without one there is trouble. */
  async get(url: string, name: string, { freshness, signal }: ReadingOptions = {}): Promise<SecretValue> {
    const key = `${url} ${name}`;
    const known = this.#values.get(key);
    // A version of a secret never changes.
    if (known !== undefined && (freshness !== 'fresh' || name.includes('/'))) return { value: known };
    try {
      const value = await this.#vault(url).get(name, signal);
      this.#values.set(key, value);
      return { value };
    } catch (error) {
      if (known === undefined) {
        return { trouble: error instanceof KeyVaultError ? error.message : messageOf(error) };
      }
      this.#logger?.warn('A secret in Key Vault cannot be had; the value from before is kept', {
        secret: name,
        ...loggedError(error),
      });
      return { value: known };
    }
  }

  #vault(url: string): KeyVault {
    const made = this.#vaults.get(url) ?? createKeyVault({ ...this.#deps, url });
    this.#vaults.set(url, made);
    return made;
  }
}
