import { createLocalJWKSet, exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify } from 'jose';
import { describe, expect, inject, it } from 'vitest';
import { clientCredential, type Identity } from '../../src/hosts/worker/credential.ts';
import { federation, SUBJECT } from '../../src/hosts/worker/federation.ts';
import { workerIdentity } from '../../src/hosts/worker/identity.ts';
import { workerCredential } from '../../src/hosts/worker/source-credential.ts';

const SCOPE = 'https://storage.azure.com/.default';

function credential(over: Partial<Identity> = {}, now = () => Date.now()) {
  const identity: Identity = {
    tenantId: 'contoso',
    clientId: crypto.randomUUID(),
    authority: inject('entra'),
    proof: { kind: 'secret', secret: 'right' },
    ...over,
  };
  return clientCredential(identity, { fetch: (url, init) => fetch(url, init), now });
}

describe('clientCredential', () => {
  it('asks with the secret, once until the token is nearly over', async () => {
    let now = 1_000_000;
    const { getToken } = credential({}, () => now);
    const first = await getToken(SCOPE);
    expect(JSON.parse(first?.token ?? '')).toMatchObject({
      tenant: 'contoso',
      grant_type: 'client_credentials',
      client_secret: 'right',
      scope: SCOPE,
    });
    expect(first?.expiresOnTimestamp).toBe(now + 3_599_000);
    now += 50 * 60_000;
    expect((await getToken([SCOPE]))?.token).toBe(first?.token);
    now += 5 * 60_000;
    expect((await getToken(SCOPE))?.token).not.toBe(first?.token);
  });

  it('asks the tenant that the service names', async () => {
    const { getToken } = credential();
    const token = await getToken(SCOPE, { tenantId: 'fabrikam' });
    expect(JSON.parse(token?.token ?? '')).toMatchObject({ tenant: 'fabrikam' });
  });

  it('says what Entra ID refuses, without the secret', async () => {
    const { getToken } = credential({ proof: { kind: 'secret', secret: 'wrong' } });
    await expect(getToken(SCOPE)).rejects.toMatchObject({
      code: 'credential_refused',
      message: 'Entra ID gives us no token: HTTP 401 (invalid_client, AADSTS7000215)',
    });
  });

  it('tells passing trouble from a refusal', async () => {
    const unavailable = { code: 'credential_unavailable' };
    await expect(credential({ tenantId: 'busy' }).getToken(SCOPE)).rejects.toMatchObject(unavailable);
    const nobody = credential({ authority: 'http://127.0.0.1:9' });
    await expect(nobody.getToken(SCOPE)).rejects.toMatchObject(unavailable);
  });
});

describe('workerCredential', () => {
  const deps = { fetch: (url: string, init: RequestInit) => fetch(url, init), now: () => Date.now() };
  const own: Identity = {
    tenantId: 'contoso',
    clientId: crypto.randomUUID(),
    authority: inject('entra'),
    proof: { kind: 'secret', secret: 'right' },
  };
  const known = { authority: own.authority, identity: own };
  const unknown = { ...known, identity: undefined };

  it('asks for the token of a source in the tenant of relay.yaml, whatever the service names', async () => {
    const credential = workerCredential(known, { tenantId: 'fabrikam' }, deps);
    const token = await credential?.getToken(SCOPE, { tenantId: 'evil' });
    expect(JSON.parse(token?.token ?? '')).toMatchObject({ tenant: 'fabrikam', client_id: own.clientId });
  });

  it('signs in as an application of the source, where relay.yaml has its secret', async () => {
    const signIn = { tenantId: 'fabrikam', clientId: crypto.randomUUID(), clientSecret: 'right' };
    const token = await workerCredential(known, signIn, deps)?.getToken(SCOPE);
    expect(JSON.parse(token?.token ?? '')).toMatchObject({ tenant: 'fabrikam', client_id: signIn.clientId });
    expect(workerCredential(unknown, { tenantId: 'fabrikam' }, deps)).toBeUndefined();
  });

  it('signs in as a source’s application where AZURE_AUTHORITY_HOST says, without an identity of its own', async () => {
    const signIn = { tenantId: 'fabrikam', clientId: crypto.randomUUID(), clientSecret: 'right' };
    const variables = { AZURE_AUTHORITY_HOST: inject('entra') };
    const token = await workerCredential(workerIdentity(variables, 'usgov'), signIn, deps)?.getToken(SCOPE);
    expect(JSON.parse(token?.token ?? '')).toMatchObject({ tenant: 'fabrikam' });
  });
});

describe('federation', () => {
  const issuer = 'https://xdr-relay.contoso.workers.dev';

  async function privateKey(): Promise<string> {
    const { privateKey: key } = await generateKeyPair('RS256', { extractable: true });
    return JSON.stringify({ ...(await exportJWK(key)), kid: 'one' });
  }

  it('signs assertions that its own documents verify', async () => {
    const { sign, document } = federation(issuer, await privateKey());
    const { getToken } = credential({ proof: { kind: 'assertion', sign } });
    const form = JSON.parse((await getToken(SCOPE))?.token ?? '');
    expect(form.client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(form.client_secret).toBeUndefined();

    expect(document('/.well-known/openid-configuration')).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
    });
    const keys = document('/.well-known/jwks.json') as JSONWebKeySet;
    expect(Object.keys(keys.keys[0] ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const { payload, protectedHeader } = await jwtVerify(form.client_assertion, createLocalJWKSet(keys), {
      issuer,
      subject: SUBJECT,
      audience: 'api://AzureADTokenExchange',
      algorithms: ['RS256'],
    });
    expect(protectedHeader.kid).toBe('one');
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(document('/.well-known/other')).toBeUndefined();
  });

  it.each(['', 'no JSON', '{}', '{"kty":"EC"}'])('refuses the key %j without showing it', (key) => {
    expect(() => federation(issuer, key)).toThrow(/AZURE_FEDERATED_KEY is not a private RSA key/);
  });

  it('is known to Entra ID of the cloud, unless AZURE_AUTHORITY_HOST names another', () => {
    const base = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_CLIENT_SECRET: 's' };
    const authority = (cloud: 'public' | 'usgov' | 'china', more = {}) =>
      workerIdentity({ ...base, ...more }, cloud).identity?.authority;
    expect(authority('public')).toBe('https://login.microsoftonline.com');
    expect(authority('usgov')).toBe('https://login.microsoftonline.us');
    expect(authority('china')).toBe('https://login.partner.microsoftonline.cn');
    const other = { AZURE_AUTHORITY_HOST: 'https://login.example/' };
    expect(authority('china', other)).toBe('https://login.example');
  });

  it('comes from the variables, and wins over a secret', async () => {
    const base = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };
    expect(workerIdentity(base, 'public').identity).toBeUndefined();
    const secret = { ...base, AZURE_CLIENT_SECRET: 's' };
    expect(workerIdentity(secret, 'public').identity).toMatchObject({
      proof: { kind: 'secret', secret: 's' },
    });
    const key = await privateKey();
    const both = { ...secret, AZURE_FEDERATED_KEY: key, AZURE_FEDERATED_ISSUER: `${issuer}/` };
    const { identity, federation: issued } = workerIdentity(both, 'public');
    expect(identity?.proof.kind).toBe('assertion');
    expect(issued?.document('/.well-known/openid-configuration')).toMatchObject({ issuer });
    expect(() => workerIdentity({ ...base, AZURE_AUTHORITY_HOST: 'nowhere' }, 'public')).toThrow(
      /AZURE_AUTHORITY_HOST/,
    );
  });
});
