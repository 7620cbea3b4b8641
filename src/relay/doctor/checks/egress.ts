/** What the relay must reach besides storage and destinations: Entra ID and Key Vault. */
import { CLOUDS } from '../../../azure/cloud.ts';
import type { Check, Finding } from '../check.ts';
import { thrownFinding } from '../run.ts';

/** A private endpoint of Key Vault has a private address, and that is no destination that a row could choose. */
const ANY_NETWORK = ['0.0.0.0/0', '::/0'];

export const egress: Check = {
  id: 'egress',
  title: 'Entra ID and Key Vault can be reached',
  async run({ config, sources, connect }, signal) {
    const places: [string, string][] = [];
    if (sources.some(({ byIdentity }) => byIdentity)) {
      places.push([
        'Entra ID, which gives the tokens for the storage account,',
        CLOUDS[config.cloud].authority,
      ]);
    }
    if (config.key_vault !== undefined) places.push(['Key Vault', config.key_vault]);
    const found = await Promise.all(
      places.map(async ([what, url]): Promise<readonly Finding[]> => {
        try {
          await connect(url, ANY_NETWORK, signal);
          return [];
        } catch (thrown) {
          signal.throwIfAborted();
          const trouble = thrownFinding(thrown);
          const message = `${what} cannot be reached at ${url}: ${trouble.message}`;
          return [{ severity: 'error', message, fix: `let this machine reach ${new URL(url).hostname}:443` }];
        }
      }),
    );
    return found.flat();
  },
};
