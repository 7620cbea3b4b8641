import { AzureAuthorityHosts } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { CLOUD_NAMES, CLOUDS, cloudOfHost } from '../../src/azure/cloud.ts';

describe('the clouds', () => {
  it.each(CLOUD_NAMES)('%s: addresses are HTTPS origins, suffixes are host names, ids are GUIDs', (name) => {
    const { authority, arm, issuers, storageSuffix, keyVaultSuffix, eventGrid } = CLOUDS[name];
    for (const address of [authority, arm.endpoint, arm.audience]) {
      expect(new URL(address).origin).toBe(address);
      expect(address).toMatch(/^https:/);
    }
    for (const issuer of [issuers.v1, issuers.v2]) expect(issuer.split('{tenant}')).toHaveLength(2);
    for (const suffix of [storageSuffix, keyVaultSuffix, eventGrid.origin]) {
      expect(suffix).toMatch(/^[a-z]+(?:\.[a-z]+)+$/);
    }
    if (eventGrid.applicationId !== undefined) {
      expect(eventGrid.applicationId).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  });

  it('sign in where @azure/identity does', () => {
    expect(CLOUDS.public.authority).toBe(AzureAuthorityHosts.AzurePublicCloud);
    expect(CLOUDS.usgov.authority).toBe(AzureAuthorityHosts.AzureGovernment);
    // Its AzureAuthorityHosts.AzureChina is an alias that MSAL replaces by this one: test/hosts/node/credential.test.ts.
    expect(CLOUDS.china.authority).toBe('https://login.partner.microsoftonline.cn');
  });

  it.each([
    ['contoso.blob.core.windows.net', 'public'],
    ['contoso.privatelink.queue.core.usgovcloudapi.net', 'usgov'],
    ['CONTOSO.blob.core.chinacloudapi.cn.', 'china'],
    ['contoso.vault.usgovcloudapi.net', 'usgov'],
    ['contoso.vault.azure.cn', 'china'],
    ['core.windows.net', undefined],
    ['notcore.windows.net', undefined],
    ['core.windows.net.evil.example', undefined],
    ['defender.contoso.com', undefined],
    ['127.0.0.1', undefined],
  ])('%s: %s', (host, cloud) => {
    expect(cloudOfHost(host)).toBe(cloud);
  });
});
