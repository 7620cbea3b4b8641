/** The Key Vault that holds the secrets of the destinations. */
import { call, choose, parameter, property, variable } from './expression.ts';
import type { Resource } from './model.ts';
import { type Clients, GROUP, recorded } from './record.ts';

export async function vaultResources({ vault }: Clients): Promise<readonly Resource[]> {
  return [
    await recorded('vault', { tags: true }, () =>
      vault.vaults.createOrUpdate(GROUP, variable('vaultName'), {
        location: parameter('location'),
        properties: {
          tenantId: property(call('subscription'), 'tenantId'),
          sku: { family: 'A', name: 'standard' },
          enableRbacAuthorization: true,
          enableSoftDelete: true,
          softDeleteRetentionInDays: 90,
          enablePurgeProtection: true,
          networkAcls: {
            bypass: 'AzureServices',
            defaultAction: choose(parameter('privateNetwork'), 'Deny', 'Allow'),
          },
        },
      }),
    ),
  ];
}
