// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OpenIdProvider, startOpenIdProvider } from '../../lab/receivers/openid.ts';
import { withOtherLetter } from '../support/other-letter.ts';
import { sessionIn } from '../support/session-cookie.ts';
import { consoleFixture, ENV } from './console-fixture.ts';
import { errorOf } from './fixture.ts';

const TENANT = '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c';
const CLIENT = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const VIEWERS = 'aaaaaaaa-0000-4000-8000-000000000001';
const OPERATORS = 'aaaaaaaa-0000-4000-8000-000000000002';

let entra: OpenIdProvider;
beforeAll(async () => {
  entra = await startOpenIdProvider({
    tenant: TENANT,
    clientId: CLIENT,
    clientSecret: ENV.CLIENT,
    redirectUri: 'https://relay.example/console/callback',
  });
});
afterAll(() => entra.close());
beforeEach(() => {
  entra.order = { claims: { groups: [VIEWERS] } };
});

const yaml = (more = '') =>
  `public_url: "https://relay.example", login: { entra: { tenant_id: ${TENANT}, client_id: ${CLIENT}, client_secret: "\${CLIENT}", authority: "${entra.origin}", viewers: [${VIEWERS}], operators: [${OPERATORS.toUpperCase()}]${more} } }`;

/** A console whose clock is that of the substitute for Entra ID. */
function fixture(text = yaml(), options: Parameters<typeof consoleFixture>[1] = {}) {
  const made = consoleFixture(text, options);
  made.clock.advance(Date.now() - made.clock.now());
  return {
    ...made,
    /** Begins a login; resolves with the browser's cookie, and what Entra ID sends it back to. */
    async begin(to = '/console/rules?sort=hits') {
      const begun = await made.get(`/console/login/entra?${new URLSearchParams({ to })}`);
      expect(begun.status).toBe(302);
      const [set = ''] = begun.headers.getSetCookie();
      const there = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
      await there.text();
      const back = new URL(there.headers.get('location') ?? 'about:blank');
      return { set, cookie: set.split(';')[0] ?? '', back: back.pathname + back.search };
    },
    async logIn(to?: string) {
      const { cookie, back } = await this.begin(to);
      return made.get(back, { cookie, 'sec-fetch-site': 'cross-site' });
    },
  };
}

/** Where the page that a callback answers leads. */
async function leadsTo(reply: Response): Promise<string | undefined> {
  return /content="0;url=([^"]*)"/.exec(await reply.text())?.[1];
}

describe('a login with Entra ID', () => {
  it('comes back with a session, by a page that leads on', async () => {
    const console = fixture();
    const { set, cookie, back } = await console.begin();
    expect(set).toMatch(
      /^__Host-xdr-relay-login=[\w.-]+; Path=\/; Max-Age=600; Secure; HttpOnly; SameSite=Lax$/,
    );
    const reply = await console.get(back, { cookie, 'sec-fetch-site': 'cross-site' });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
    const cookies = reply.headers.getSetCookie();
    expect(cookies).toContain('__Host-xdr-relay-login=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax');
    expect(cookies.join()).toContain('Max-Age=28800; Secure; HttpOnly; SameSite=Strict');
    const session = sessionIn(reply);
    expect(await leadsTo(reply)).toBe('/console/rules?sort=hits');
    expect(await (await console.get('/console/api/session', { cookie: session })).json()).toMatchObject({
      viewer: { name: 'anna@contoso.example', role: 'viewer', by: 'entra' },
      logins: ['entra'],
    });
    expect(await console.audit()).toEqual([
      expect.objectContaining({
        who: 'anna@contoso.example',
        id: '00000000-0000-4000-8000-0000000000aa',
        what: 'logs in with Entra ID',
        result: 'done',
      }),
    ]);
    for (const text of [session, cookie, JSON.stringify(console.lines), back]) {
      expect(text).not.toContain(ENV.CLIENT);
      expect(Buffer.from(text.split('=')[1] ?? '', 'base64url').toString()).not.toContain(ENV.CLIENT);
    }
    expect(entra.refusals).toEqual([]);
  });

  it.each([
    ['a group of operators', { groups: [VIEWERS, OPERATORS] }, 'operator'],
    ['the app role viewer', { roles: ['viewer'] }, 'viewer'],
    ['the app role operator', { roles: ['operator'], groups: undefined }, 'operator'],
    ['an app role beside too many groups', { roles: ['viewer'], _claim_names: { groups: 'src1' } }, 'viewer'],
  ])('gives the role of %s', async (_, claims, role) => {
    const console = fixture();
    entra.order = { claims };
    const session = sessionIn(await console.logIn());
    expect(await (await console.get('/console/api/session', { cookie: session })).json()).toMatchObject({
      viewer: { role },
    });
  });

  it('looks the role up at each request: a group that is removed, another secret, another tenant', async () => {
    const console = fixture();
    const session = sessionIn(await console.logIn());
    const status = async () => (await console.get('/console/api/count', { cookie: session })).status;
    expect(await status()).toBe(200);
    console.change(yaml().replace(`viewers: [${VIEWERS}]`, 'viewers: []'));
    expect(await status()).toBe(401);
    console.change(yaml(), { CLIENT: 'another-client-secret-now' });
    expect(await status()).toBe(401);
    console.change(yaml().replace(TENANT, TENANT.replace('1', '2')));
    expect(await status()).toBe(401);
    console.change(yaml());
    expect(await status()).toBe(200);
  });

  it.each([
    ['no group', { claims: {} }, 'login_no_role'],
    ['another group', { claims: { groups: ['aaaaaaaa-0000-4000-8000-000000000009'] } }, 'login_no_role'],
    ['a role of another meaning', { claims: { roles: ['Operator', 'admin'] } }, 'login_no_role'],
    ['too many groups', { claims: { _claim_names: { groups: 'src1' } } }, 'login_too_many_groups'],
    [
      'another nonce',
      { claims: { nonce: 'another-nonce-another-nonce', groups: [VIEWERS] } },
      'login_failed',
    ],
    ['no nonce', { claims: { nonce: undefined, groups: [VIEWERS] } }, 'login_failed'],
    [
      'another tenant',
      { claims: { tid: 'aaaaaaaa-0000-4000-8000-0000000000ff', groups: [VIEWERS] } },
      'login_failed',
    ],
    [
      'another issuer',
      { claims: { iss: 'https://login.microsoftonline.com/x/v2.0', groups: [VIEWERS] } },
      'login_failed',
    ],
    [
      'another audience',
      { claims: { aud: 'aaaaaaaa-0000-4000-8000-0000000000ff', groups: [VIEWERS] } },
      'login_failed',
    ],
    [
      'another audience beside the right one',
      { claims: { aud: [CLIENT, 'aaaaaaaa-0000-4000-8000-0000000000ff'], groups: [VIEWERS] } },
      'login_failed',
    ],
    [
      'another application that asked for it',
      { claims: { azp: 'aaaaaaaa-0000-4000-8000-0000000000ff', groups: [VIEWERS] } },
      'login_failed',
    ],
    ['an end in the past', { claims: { exp: 1, groups: [VIEWERS] } }, 'login_failed'],
    ['a beginning in the future', { claims: { nbf: 9_999_999_999, groups: [VIEWERS] } }, 'login_failed'],
    ['no end', { claims: { exp: undefined, groups: [VIEWERS] } }, 'login_failed'],
    ['no signature', { claims: { groups: [VIEWERS] }, signed: 'none' as const }, 'login_failed'],
    [
      'the signature of the public key',
      { claims: { groups: [VIEWERS] }, signed: 'HS256' as const },
      'login_failed',
    ],
    [
      "a stranger's signature",
      { claims: { groups: [VIEWERS] }, signed: 'stranger' as const },
      'login_failed',
    ],
  ])('lets nobody in by a token with %s', async (_, order, code) => {
    const console = fixture();
    entra.order = order;
    const reply = await console.logIn();
    expect(() => sessionIn(reply)).toThrow();
    expect(await leadsTo(reply)).toBe(`/console/login?error=${code}`);
    expect(await console.audit()).toEqual([expect.objectContaining({ result: 'refused', code })]);
  });

  it('takes a state once, from the browser that began, for ten minutes', async () => {
    const console = fixture();
    const { cookie, back } = await console.begin();
    const expired = '/console/login?error=login_expired';
    expect(await leadsTo(await console.get(back))).toBe(expired);
    expect(await leadsTo(await console.get(back, { cookie: (await console.begin()).cookie }))).toBe(expired);
    const otherState = withOtherLetter(back, back.indexOf('state=') + 'state='.length);
    expect(await leadsTo(await console.get(otherState, { cookie }))).toBe(expired);
    expect(await leadsTo(await console.get(back, { cookie: withOtherLetter(cookie, -2) }))).toBe(expired);
    expect(await leadsTo(await console.get(back, { cookie }))).toBe('/console/rules?sort=hits');
    expect(await leadsTo(await console.get(back, { cookie }))).toBe(expired);
    console.clock.advance(120_000);
    const late = await console.begin();
    console.clock.advance(600_000);
    expect(await leadsTo(await console.get(late.back, { cookie: late.cookie }))).toBe(expired);
  });

  it.each([
    'https://attacker.example/',
    '//attacker.example/console/',
    '/console/../../attacker',
    '/console/\\attacker.example',
    '/console//attacker.example/../../..//attacker.example',
    '/console/api/audit',
    '/console/callback?code=x',
    '/events',
    'javascript:alert(1)',
    '/console/\u0009/x',
  ])('leads to no other place: %s', async (to) => {
    const console = fixture();
    const target = (await leadsTo(await console.logIn(to))) ?? '';
    const url = new URL(target.replaceAll('&#38;', '&'), 'https://relay.example');
    expect(url.origin).toBe('https://relay.example');
    expect(url.pathname).toMatch(/^\/console\/(?!api|callback)/);
  });

  it('writes what it leads to as text', async () => {
    const console = fixture();
    const reply = await console.logIn('/console/rules?q="><script>alert(1)</script>');
    expect(await reply.text()).not.toContain('<script');
  });

  it('ends politely when Entra ID refuses, breaks off, or does not answer', async () => {
    const console = fixture();
    const { cookie, back } = await console.begin();
    const state = new URL(back, 'https://relay.example').searchParams.get('state') ?? '';
    const denied = await console.get(
      `/console/callback?${new URLSearchParams({ error: 'access_denied', state })}`,
      { cookie },
    );
    expect(await leadsTo(denied)).toBe('/console/login?error=login_failed');

    const wrong = fixture(yaml(), {
      fetch: (url, init) =>
        fetch(url, { ...init, body: String(init.body).replace(ENV.CLIENT, 'another-secret') }),
    });
    expect(await leadsTo(await wrong.logIn())).toBe('/console/login?error=login_failed');
    expect(JSON.stringify(wrong.lines)).toContain('HTTP 401, invalid_client, AADSTS9002');
    expect(JSON.stringify(wrong.lines)).not.toContain('another-secret');

    const silent = fixture(yaml(), { fetch: () => Promise.reject(new TypeError('fetch failed')) });
    expect(await leadsTo(await silent.logIn())).toBe('/console/login?error=login_unavailable');
    const huge = fixture(yaml(), { fetch: async () => new Response('x'.repeat(200_000)) });
    expect(await leadsTo(await huge.logIn())).toBe('/console/login?error=login_unavailable');
  });

  it('is begun by a page that is opened, not by one that another site loads as an image', async () => {
    const { get } = fixture();
    const path = '/console/login/entra';
    const image = await get(path, { 'sec-fetch-dest': 'image' });
    expect([image.status, (await errorOf(image)).code]).toEqual([403, 'cross_site']);
    expect(image.headers.get('set-cookie')).toBeNull();
    expect((await get(path, { 'sec-fetch-dest': 'document' })).status).toBe(302);
  });

  it('is not kept from people by callbacks that belong to no login, wherever they come from', async () => {
    const console = fixture();
    const stranger = (n: number) =>
      console.get('/console/callback?code=x&state=y', { 'x-forwarded-for': `203.0.113.${n}` });
    for (let n = 1; n <= 20; n += 1) {
      for (let of = 0; of < 10; of += 1) expect((await stranger(n)).status).toBe(200);
      expect((await stranger(n)).status).toBe(429);
    }
    expect(await leadsTo(await console.logIn())).toBe('/console/rules?sort=hits');
  });

  it('is not kept from people by others who guess keys', async () => {
    const console = fixture(yaml().replace('login: {', 'login: { keys: [{ name: anna, key: "${ANNA}" }],'));
    const guess = (n: number) =>
      console.post('/console/login', { key: 'x' }, { 'x-forwarded-for': `203.0.113.${n}` });
    for (let n = 1; n <= 12; n += 1) {
      for (let of = 0; of < 10; of += 1) expect((await guess(n)).status).toBe(401);
    }
    expect((await guess(13)).status).toBe(429);
    expect(await leadsTo(await console.logIn())).toBe('/console/rules?sort=hits');
  });

  it('works for ten people who begin one after the other behind one address', async () => {
    const console = fixture();
    for (let person = 0; person < 10; person += 1) {
      expect(await leadsTo(await console.logIn())).toBe('/console/rules?sort=hits');
    }
    expect((await console.get('/console/login/entra')).status).toBe(429);
  });

  it('that is under way goes on when another callback comes between', async () => {
    const console = fixture();
    const { cookie, back } = await console.begin();
    const strange = await console.get('/console/callback?code=x&state=y', { cookie });
    expect(strange.headers.getSetCookie()).toEqual([]);
    expect(await leadsTo(await console.get(back, { cookie }))).toBe('/console/rules?sort=hits');
  });

  it('is ended by a page that is opened, not by one that another site loads as an image', async () => {
    const console = fixture();
    const { cookie, back } = await console.begin();
    const image = await console.get(back, { cookie, 'sec-fetch-dest': 'image' });
    expect([image.status, (await errorOf(image)).code]).toEqual([403, 'cross_site']);
    const page = await console.get(back, { cookie, 'sec-fetch-dest': 'document' });
    expect(await leadsTo(page)).toBe('/console/rules?sort=hits');
  });

  it('is not there unless it is configured', async () => {
    const { get } = consoleFixture('login: { keys: [{ name: anna, key: "${ANNA}" }] }');
    for (const path of ['/console/login/entra', '/console/callback?code=x&state=y']) {
      const reply = await get(path);
      expect([reply.status, (await errorOf(reply)).code]).toEqual([404, 'not_found']);
    }
  });
});
