/** Addresses of Azure Key Vault. */
import { CLOUD_NAMES, CLOUDS, type Cloud } from './cloud.ts';

/** A vault's name is 3 to 24 letters, digits and hyphens, begins with a letter, ends with none, and has no two hyphens in a row. */
const VAULT_NAME = /^[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,23}$/;

/** Whether a text is the address of a vault: https, a valid name, a domain of Key Vault, and nothing else. */
export function isKeyVaultUrl(text: string): boolean {
  return keyVaultCloud(text) !== undefined;
}

/** The cloud of a vault, by its address; undefined if the text is no vault's address. */
export function keyVaultCloud(text: string): Cloud | undefined {
  const url = URL.parse(text);
  const { protocol, port, username, password, pathname, search, hash, hostname } = url ?? {};
  const more = [port, username, password, search, hash].some((part) => part !== '');
  if (hostname === undefined || protocol !== 'https:' || pathname !== '/' || more) return undefined;
  const [name = '', ...rest] = hostname.split('.');
  if (!VAULT_NAME.test(name)) return undefined;
  return CLOUD_NAMES.map((cloud) => CLOUDS[cloud]).find(
    ({ keyVaultSuffix }) => keyVaultSuffix === rest.join('.'),
  );
}
