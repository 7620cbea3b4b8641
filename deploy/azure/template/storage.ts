/** The storage accounts: the source that Defender XDR streams to, and the account of the relay's state and queues. */
import type { StorageAccountCreateParameters } from '@azure/arm-storage';
import { asNumber, chooseOf, parameter, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { NAMES } from './parameters.ts';
import { type Clients, GROUP, recorded } from './record.ts';

const source = parameter('sourceAccountName');
const state = variable('stateAccountName');

const account = {
  location: parameter('location'),
  kind: 'StorageV2',
  sku: { name: 'Standard_LRS' },
  accessTier: 'Hot',
  allowBlobPublicAccess: false,
  allowCrossTenantReplication: false,
  enableHttpsTrafficOnly: true,
  minimumTlsVersion: 'TLS1_2',
  networkRuleSet: {
    // Event Grid and Defender XDR deliver as trusted services, which the firewall lets through.
    bypass: 'AzureServices',
    defaultAction: chooseOf<'Deny' | 'Allow'>(parameter('privateNetwork'), 'Deny', 'Allow'),
  },
} as const satisfies StorageAccountCreateParameters;

/** Nobody has to know a key of the account: everybody signs in to it. */
const keyless = { allowSharedKeyAccess: false, defaultToOAuthAuthentication: true } as const;

export async function storageResources({ storage }: Clients): Promise<readonly Resource[]> {
  const created = parameter('createSourceAccount');
  const container = (key: string, name: string) =>
    recorded(key, { after: ['stateAccount'] }, () =>
      storage.blobContainers.create(GROUP, state, name, { publicAccess: 'None' }),
    );
  const queue = (key: string, name: string) =>
    recorded(key, { after: ['stateAccount'] }, () => storage.queue.create(GROUP, state, name, {}));
  return Promise.all([
    recorded('sourceAccount', { condition: created, tags: true }, () =>
      storage.storageAccounts.create(GROUP, source, account),
    ),
    recorded('sourceLifecycle', { condition: created, after: ['sourceAccount'] }, () =>
      storage.managementPolicies.createOrUpdate(GROUP, source, 'default', {
        policy: {
          rules: [
            {
              enabled: true,
              name: 'delete-defender-blobs',
              type: 'Lifecycle',
              definition: {
                filters: {
                  blobTypes: ['appendBlob', 'blockBlob'],
                  prefixMatch: ['insights-logs-advancedhunting-'],
                },
                actions: {
                  baseBlob: {
                    delete: { daysAfterModificationGreaterThan: asNumber(parameter('retentionDays')) },
                  },
                },
              },
            },
          ],
        },
      }),
    ),
    recorded('stateAccount', { tags: true }, () =>
      storage.storageAccounts.create(GROUP, state, { ...account, ...keyless }),
    ),
    container('stateContainer', NAMES.state),
    container('deadLetterContainer', NAMES.deadLetters),
    container('rulesContainer', NAMES.rules),
    queue('queue', NAMES.queue),
    queue('poisonQueue', NAMES.poison),
  ]);
}
