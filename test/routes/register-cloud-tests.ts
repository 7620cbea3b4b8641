import { describe, expect, it } from 'vitest';
import { eventGridOrigins, sourceAccount } from '../../src/event-grid/source.ts';
import { fixture, KEY } from './fixture.ts';

const accountIn = (suffix: string) =>
  sourceAccount({
    account: 'acct',
    blobEndpoint: `https://acct.blob.${suffix}`,
    containerPrefix: 'insights-logs-',
  });

const CLOUDS = [
  ['core.windows.net', 'eventgrid.azure.net'],
  ['core.usgovcloudapi.net', 'eventgrid.azure.us'],
  ['core.chinacloudapi.cn', 'eventgrid.azure.cn'],
] as const;

export function registerCloudTests(where: string): void {
  describe(`case 14, gov cloud handshake, ${where}`, () => {
    const shake = async (suffixes: readonly string[], origin: string) => {
      const { app } = fixture({ allowedOrigins: eventGridOrigins(suffixes.map(accountIn), 'public') });
      const response = await app.request(`/events?code=${KEY}`, {
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': origin },
      });
      return [response.status, response.headers.get('webhook-allowed-origin')];
    };

    it.each(CLOUDS)('an account in %s: %s alone may subscribe', async (suffix, own) => {
      for (const [, origin] of CLOUDS) {
        expect(await shake([suffix], origin)).toEqual(origin === own ? [200, own] : [403, null]);
      }
    });

    it('accounts in two clouds: both may', async () => {
      const both = ['core.windows.net', 'core.usgovcloudapi.net'];
      expect(await shake(both, 'eventgrid.azure.us')).toEqual([200, 'eventgrid.azure.us']);
      expect(await shake(both, 'eventgrid.azure.net')).toEqual([200, 'eventgrid.azure.net']);
      expect(await shake(both, 'eventgrid.azure.cn')).toEqual([403, null]);
    });
  });
}
