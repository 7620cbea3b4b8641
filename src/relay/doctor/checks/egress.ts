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
    const places: { what: string; url: string; severity: Finding['severity'] }[] = [];
    if (sources.some(({ byIdentity }) => byIdentity)) {
      // A managed identity gets its tokens on the machine. Where Entra ID is needed, the check that reads the source fails.
      const what = 'Entra ID (which a managed identity does not need)';
      places.push({ what, url: CLOUDS[config.cloud].authority, severity: 'note' });
    }
    if (config.key_vault !== undefined) {
      places.push({ what: 'Key Vault', url: config.key_vault, severity: 'error' });
    }
    const found = await Promise.all(
      places.map(async ({ what, url, severity }): Promise<readonly Finding[]> => {
        try {
          await connect(url, { allowNetworks: ANY_NETWORK }, signal);
          return [];
        } catch (thrown) {
          signal.throwIfAborted();
          const trouble = thrownFinding(thrown);
          const message = `${what} cannot be reached at ${url}: ${trouble.message}`;
          return [{ severity, message, fix: `let this machine reach ${new URL(url).hostname}:443` }];
        }
      }),
    );
    return found.flat();
  },
};
