/** From `server.entra` in relay.yaml to the check of a token. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEntraServer } from '../../lab/receivers/entra.ts';
import { requireAuthentication } from '../../routes/authentication.ts';
import { parseConfig } from '../../src/config/load.ts';
import { tokenCheck } from '../../src/hosts/token-check.ts';
import { systemClock } from '../../src/shared/clock.ts';

const TENANT = '1B2F0A52-3e3c-4c57-9f0e-6a4d6a1f2b3c';
const deps = { fetch, clock: systemClock };

let entra: Awaited<ReturnType<typeof startEntraServer>>;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;

beforeAll(async () => {
  [entra, keys] = await Promise.all([startEntraServer(), generateKeyPair('RS256', { extractable: true })]);
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one' }] });
  const url = `${entra.origin}/${TENANT.toLowerCase()}/discovery/v2.0/keys`;
  await fetch(url, { method: 'PUT', body: JSON.stringify({ status: 200, body }) });
});
afterAll(() => entra.close());

function parse(server: string, cloud = 'public') {
  const text = `cloud: ${cloud}
storage: { account: contoso }
server: { ${server} }
destinations: { out: { type: file, path: "-" } }
default_destinations: [out]
`;
  return parseConfig(text, 'relay.yaml', { KEY: 'a-key-that-is-long-enough' });
}

const claims = (appid: string, iss: string) => ({
  appid,
  iss,
  aud: 'api://xdr-relay',
  roles: ['AzureEventGridSecureWebhookSubscriber'],
});

describe('server.entra', () => {
  it.each([
    ['public', '4962773b-9cdb-44cf-a8bf-237846a00ab7', 'https://sts.windows.net', ''],
    ['usgov', '54316b56-3481-47f9-8f30-0300f5542a7b', 'https://sts.windows.net', ''],
    [
      'china',
      '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      'https://sts.chinacloudapi.cn',
      'client_id: 7c9e6679-7425-40de-944b-e07fc1f90ae7,',
    ],
  ])('accepts the Event Grid of %s, and no other', async (cloud, appid, sts, more) => {
    const { config, diagnostics } = parse(
      `entra: { tenant_id: ${TENANT}, audience: ["api://xdr-relay"], ${more} authority: "${entra.origin}/" }`,
      cloud,
    );
    expect(diagnostics).toEqual([]);
    const check = config && tokenCheck(config, deps);
    const sign = (payload: object) =>
      new SignJWT({ ...payload })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setExpirationTime('1h')
        .sign(keys.privateKey);
    const issuer = `${sts}/${TENANT.toLowerCase()}/`;
    expect(await check?.(await sign(claims(appid, issuer)))).toEqual({ kind: 'accepted' });
    expect(await check?.(await sign(claims(crypto.randomUUID(), issuer)))).toMatchObject({
      why: 'application',
    });
    expect(await check?.(await sign(claims(appid, `https://evil.example/${TENANT}/`)))).toMatchObject({
      why: 'issuer',
    });
  });

  it('is enough to start, and its absence is no check', () => {
    const { config } = parse(`entra: { tenant_id: ${TENANT}, audience: [a] }`);
    expect(
      () => config && requireAuthentication(config.server, { insecure: false, host: '0.0.0.0' }),
    ).not.toThrow();
    const { config: none } = parse('');
    expect(none && tokenCheck(none, deps)).toBeUndefined();
    expect(() => none && requireAuthentication(none.server, { insecure: false, host: '0.0.0.0' })).toThrow(
      expect.objectContaining({ code: 'authentication_missing' }),
    );
  });

  it.each([
    [
      'a tenant that is no id',
      'entra: { tenant_id: contoso.com, audience: [a] }',
      'public',
      /tenant_id must be an id/,
    ],
    ['no audience', `entra: { tenant_id: ${TENANT}, audience: [] }`, 'public', /audience/],
    [
      'China without an application id',
      `entra: { tenant_id: ${TENANT}, audience: [a] }`,
      'china',
      /client_id is missing/,
    ],
    [
      'both asked for and one there',
      `entra: { tenant_id: ${TENANT}, audience: [a] }, authentication: all`,
      'public',
      /a key and a token/,
    ],
    [
      'keys over HTTP',
      `entra: { tenant_id: ${TENANT}, audience: [a], authority: "http://login.example" }`,
      'public',
      /https address/,
    ],
  ])('refuses %s', (_, server, cloud, message) => {
    const { config, diagnostics } = parse(server, cloud);
    expect(config).toBeUndefined();
    expect(diagnostics.map((each) => each.message).join('\n')).toMatch(message);
  });
});
