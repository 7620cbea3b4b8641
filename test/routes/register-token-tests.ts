import { Buffer } from 'node:buffer';
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLOUDS } from '../../src/azure/cloud.ts';
import { eventGridTokens } from '../../src/event-grid/tokens.ts';
import { eventGridEvent } from '../event-grid/samples.ts';
import { errorOf, fixture, KEY } from './fixture.ts';

const AUDIENCE = 'api://xdr-relay';
const APPLICATION = CLOUDS.public.eventGrid.applicationId ?? '';
const ROLE = 'AzureEventGridSecureWebhookSubscriber';
const BODY = [eventGridEvent()];

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** A tenant of the substitute for Entra ID, with an endpoint that trusts it. */
async function tenant(
  origin: string,
  { keys = [] as string[], authentication = 'any' as 'any' | 'all' } = {},
) {
  const id = crypto.randomUUID();
  const at = { now: Date.now(), monotonic: 0 };
  const tokens = eventGridTokens(
    {
      authority: origin,
      tenantId: id,
      issuers: [`https://sts.windows.net/${id}/`, `${origin}/${id}/v2.0`],
      audiences: [AUDIENCE, 'b2c1f0de-0000-4000-8000-000000000001'],
      applicationId: APPLICATION,
    },
    {
      fetch: (url, init) => fetch(url, init),
      clock: { now: () => at.now, monotonic: () => at.monotonic },
    },
  );
  const endpoint = fixture({ tokens, keys, authentication });
  const answer = async (status: number, body = '', headers = {}) => {
    const reply = await fetch(`${origin}/${id}/discovery/v2.0/keys`, {
      method: 'PUT',
      body: JSON.stringify({ status, body, headers }),
    });
    expect(await reply.text()).toBe('');
  };
  return {
    id,
    at,
    ...endpoint,
    answer,
    publish: async (...pairs: readonly (readonly [string, Pair])[]) => {
      const jwks = pairs.map(async ([kid, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        kid,
        use: 'sig',
      }));
      await answer(200, JSON.stringify({ keys: await Promise.all(jwks) }));
    },
    asked: async () => Number(await (await fetch(`${origin}/${id}/asked`)).text()),
    send: (token: string, path = '/events') =>
      endpoint.post(BODY, { authorization: `Bearer ${token}` }, path),
    /** A token of version 1 as Event Grid sends it, with claims and header changed. */
    token: (pair: Pair, claims: object = {}, header: Partial<JWTHeaderParameters> = {}) => {
      const seconds = Math.floor(at.now / 1000);
      const all = {
        iss: `https://sts.windows.net/${id}/`,
        aud: AUDIENCE,
        appid: APPLICATION,
        tid: id,
        roles: [ROLE],
        ver: '1.0',
        iat: seconds - 10,
        nbf: seconds - 10,
        exp: seconds + 3600,
        ...claims,
      };
      return new SignJWT(all)
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'one', ...header })
        .sign(pair.privateKey);
    },
  };
}

export function registerTokenTests(where: string, entra: () => string): void {
  describe(`Event Grid's tokens, ${where}`, () => {
    let ours: Pair;
    let other: Pair;

    beforeAll(async () => {
      [ours, other] = await Promise.all([
        generateKeyPair('RS256', { extractable: true }),
        generateKeyPair('RS256', { extractable: true }),
      ]);
    });

    const known = async (options = {}) => {
      const made = await tenant(entra(), options);
      await made.publish(['one', ours]);
      return made;
    };

    it('of both versions are accepted, and Entra ID’s keys are fetched once', async () => {
      const relay = await known();
      const v2 = {
        iss: `${entra()}/${relay.id}/v2.0`,
        ver: '2.0',
        appid: undefined,
        azp: APPLICATION.toUpperCase(),
      };
      expect((await relay.send(await relay.token(ours))).status).toBe(200);
      expect((await relay.send(await relay.token(ours, v2))).status).toBe(200);
      const guid = { aud: 'b2c1f0de-0000-4000-8000-000000000001' };
      expect((await relay.send(await relay.token(ours, guid))).status).toBe(200);
      expect(await relay.asked()).toBe(1);
      expect(await relay.tasks()).toHaveLength(3);
    });

    it('may be a minute off', async () => {
      const relay = await known();
      const seconds = Math.floor(relay.at.now / 1000);
      expect((await relay.send(await relay.token(ours, { exp: seconds - 30 }))).status).toBe(200);
      expect((await relay.send(await relay.token(ours, { nbf: seconds + 30 }))).status).toBe(200);
    });

    type Known = Awaited<ReturnType<typeof known>>;
    const seconds = ({ at }: Known) => Math.floor(at.now / 1000);
    const hostile: readonly (readonly [
      string,
      number,
      string,
      (relay: Known) => Promise<string> | string,
    ])[] = [
      ['expired', 401, 'expired', (relay) => relay.token(ours, { exp: seconds(relay) - 90 })],
      ['of tomorrow', 401, 'not_yet_valid', (relay) => relay.token(ours, { nbf: seconds(relay) + 86_400 })],
      ['without an end', 401, 'malformed', (relay) => relay.token(ours, { exp: undefined })],
      [
        'of another tenant, signed with the same keys as all of Entra ID’s',
        401,
        'issuer',
        (relay) => relay.token(ours, { iss: `https://sts.windows.net/${crypto.randomUUID()}/` }),
      ],
      ['without an issuer', 401, 'issuer', (relay) => relay.token(ours, { iss: undefined })],
      ['for another application', 401, 'audience', (relay) => relay.token(ours, { aud: 'api://other' })],
      ['for nobody', 401, 'audience', (relay) => relay.token(ours, { aud: undefined })],
      [
        'of another application',
        403,
        'application',
        (relay) => relay.token(ours, { appid: crypto.randomUUID() }),
      ],
      [
        'of another application that calls itself Event Grid in the other version’s claim',
        403,
        'application',
        (relay) => relay.token(ours, { ver: '2.0', azp: crypto.randomUUID() }),
      ],
      ['without a role', 403, 'role', (relay) => relay.token(ours, { roles: undefined })],
      ['with another role', 403, 'role', (relay) => relay.token(ours, { roles: [`${ROLE}s`] })],
      ['with a role that is no list', 403, 'role', (relay) => relay.token(ours, { roles: `x${ROLE}x` })],
      ['signed by somebody else under our key’s id', 401, 'signature', (relay) => relay.token(other)],
      ['of an unknown key', 401, 'unknown_key', (relay) => relay.token(other, {}, { kid: 'two' })],
      [
        'that brings its own key',
        401,
        'signature',
        async (relay) => relay.token(other, {}, { jwk: await exportJWK(other.publicKey) }),
      ],
      [
        'without a signature',
        401,
        'algorithm',
        ({ id }) =>
          new UnsecuredJWT({
            iss: `https://sts.windows.net/${id}/`,
            aud: AUDIENCE,
            appid: APPLICATION,
            roles: [ROLE],
          })
            .setExpirationTime('1h')
            .encode(),
      ],
      [
        'signed by HS256 with the public key',
        401,
        'algorithm',
        async ({ id }) =>
          new SignJWT({ appid: APPLICATION, roles: [ROLE] })
            .setProtectedHeader({ alg: 'HS256', kid: 'one' })
            .setIssuer(`https://sts.windows.net/${id}/`)
            .setAudience(AUDIENCE)
            .setExpirationTime('1h')
            .sign(new TextEncoder().encode(await exportSPKI(ours.publicKey))),
      ],
      [
        'with an extension that must be understood',
        401,
        'malformed',
        (relay) => withHeader(relay, { crit: ['x'], x: 1 }),
      ],
      ['too long', 401, 'too_long', (relay) => relay.token(ours, { groups: 'x'.repeat(13_000) })],
      ['of nothing', 401, 'malformed', () => 'a.b.c'],
      [
        'with a body that is no JSON',
        401,
        'signature',
        () => `${part({ alg: 'RS256', kid: 'one' })}.AAAA.AAAA`,
      ],
    ];
    const withHeader = async (relay: Known, header: object) => {
      const [, payload, signature] = (await relay.token(ours)).split('.');
      return `${part({ alg: 'RS256', kid: 'one', ...header })}.${payload}.${signature}`;
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

    it.each(hostile)('%s: refused with %i', async (_, status, why, make) => {
      const relay = await known();
      const token = await make(relay);
      const response = await relay.send(token);
      expect(response.status).toBe(status);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      const reason = status === 403 ? 'token_not_allowed' : 'token_wrong';
      expect(relay.counts()).toEqual({ [`notifications rejected ${reason}`]: 1 });
      expect(relay.lines[0]?.fields).toMatchObject({ reason, why });
      expect(await relay.tasks()).toEqual([]);
      const said = JSON.stringify([relay.lines, await errorOf(response)]);
      for (const piece of token.split('.').filter((each) => each.length > 20))
        expect(said).not.toContain(piece);
      expect(said.length).toBeLessThan(2_000);
    });

    it.each([
      ['an error', 500, '', {}],
      ['a page', 200, '<html>', {}],
      ['no keys', 200, '{"keys":[]}', {}],
      ['keys without end', 200, `{"keys":[${'{"kty":"RSA"},'.repeat(30_000)}{}]}`, {}],
      ['a redirection', 302, '', { location: '/elsewhere/discovery/v2.0/keys' }],
    ])('are sent again while Entra ID answers with %s', async (_, status, body, headers) => {
      const relay = await tenant(entra());
      await relay.answer(status, body, headers);
      const token = await relay.token(ours);
      const response = await relay.send(token);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('10');
      expect((await errorOf(response)).code).toBe('token_keys_unavailable');
      expect(relay.counts()).toEqual({ 'notifications rejected token_keys_unavailable': 1 });
      await relay.publish(['one', ours]);
      relay.at.monotonic += 10_000;
      expect((await relay.send(token)).status).toBe(200);
    });

    it('are sent again while nobody is there, and Entra ID is asked once in five seconds', async () => {
      const nobody = await tenant('http://127.0.0.1:9');
      expect((await nobody.send(await nobody.token(ours))).status).toBe(503);
      const relay = await tenant(entra());
      await relay.answer(503);
      const token = await relay.token(ours);
      for (let turn = 0; turn < 20; turn++) expect((await relay.send(token)).status).toBe(503);
      expect(await relay.asked()).toBe(1);
      relay.at.monotonic += 6_000;
      await relay.send(token);
      expect(await relay.asked()).toBe(2);
    });

    it('of a key that may be new are sent again, and do not make the relay ask Entra ID each time', async () => {
      const relay = await known();
      expect((await relay.send(await relay.token(ours))).status).toBe(200);
      relay.at.monotonic += 1_000;
      await relay.publish(['one', ours], ['two', other]);
      for (let turn = 0; turn < 10; turn++) {
        expect((await relay.send(await relay.token(other, {}, { kid: 'two' }))).status).toBe(503);
      }
      expect(await relay.asked()).toBe(1);
    });

    it.each([
      ['any', 'right', 'right', 200],
      ['any', 'right', 'none', 200],
      ['any', 'none', 'right', 200],
      ['any', 'wrong', 'right', 200],
      ['any', 'right', 'wrong', 200],
      ['any', 'wrong', 'wrong', 401],
      ['any', 'none', 'none', 401],
      ['all', 'right', 'right', 200],
      ['all', 'right', 'none', 401],
      ['all', 'none', 'right', 401],
      ['all', 'wrong', 'right', 401],
      ['all', 'right', 'wrong', 401],
    ] as const)(
      '%s: a key that is %s and a token that is %s: %i',
      async (authentication, key, token, status) => {
        const relay = await known({ keys: [KEY], authentication });
        const path = { right: `/events?code=${KEY}`, wrong: '/events?code=wrong', none: '/events' }[key];
        const bearer = { right: ours, wrong: other, none: undefined }[token];
        const response = bearer
          ? await relay.send(await relay.token(bearer), path)
          : await relay.post(BODY, {}, path);
        expect(response.status).toBe(status);
      },
    );

    it('leave the handshake alone, and the validation needs one', async () => {
      const relay = await known({ keys: [KEY] });
      const authorization = `Bearer ${await relay.token(ours)}`;
      const origin = { 'webhook-request-origin': 'eventgrid.azure.net' };
      const options = await relay.app.request('/events', {
        method: 'OPTIONS',
        headers: { authorization, ...origin },
      });
      expect(options.status).toBe(200);
      expect((await relay.post(BODY, {}, '/events')).status).toBe(401);
    });

    it('are checked although --insecure was given', async () => {
      const relay = await known();
      const { post } = fixture({
        keys: [],
        tokens: async () => ({ kind: 'refused', status: 401, why: 'issuer' }),
        insecure: true,
      });
      expect(
        (await post(BODY, { authorization: `Bearer ${await relay.token(ours)}` }, '/events')).status,
      ).toBe(401);
    });
  });
}
