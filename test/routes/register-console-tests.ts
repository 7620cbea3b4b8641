import { describe, expect, it, vi } from 'vitest';
import { withOtherLetter } from '../support/other-letter.ts';
import { configOf, consoleFixture, ENV, KEYS } from './console-fixture.ts';
import { errorOf } from './fixture.ts';

const RESET = '/console/api/things/reset';

/** The console's routes, on either host. */
export function registerConsoleTests(where: string): void {
  describe(`the console on loopback, ${where}`, () => {
    it.each(['127.0.0.1:8030', 'localhost:8030', 'LOCALHOST:9000', '[::1]:8030', 'localhost'])(
      'answers the host %s',
      async (host) => {
        const { get } = consoleFixture('');
        expect((await get('/console/api/count', { host })).status).toBe(200);
      },
    );

    it.each([
      'attacker.example:8030',
      'localhost.attacker.example',
      '127.0.0.1.attacker.example:8030',
      '192.168.1.10:8030',
      '0.0.0.0:8030',
      '127.0.0.1@attacker.example',
      '',
    ])('refuses the host "%s", which DNS may lead here', async (host) => {
      const { get, post, did } = consoleFixture('');
      for (const path of [
        '/console/',
        '/console/api/count',
        '/console/api/session',
        '/console/assets/index-4f1c.js',
      ]) {
        const reply = await get(path, { host });
        expect([path, reply.status, (await errorOf(reply)).code]).toEqual([path, 403, 'host_refused']);
      }
      const reply = await post(RESET, { name: 'x' }, { host, origin: `http://${host}` });
      expect([reply.status, did]).toEqual([403, []]);
    });

    it.each(['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via', 'x-real-ip', 'cf-connecting-ip'])(
      'refuses a request through a proxy (%s)',
      async (name) => {
        const { get } = consoleFixture('');
        const reply = await get('/console/api/count', { [name]: '203.0.113.9' });
        expect([reply.status, (await errorOf(reply)).code]).toEqual([403, 'host_refused']);
      },
    );

    it('lets its own pages act, and tells the audit log', async () => {
      const { post, did, audit, lines } = consoleFixture('');
      const reply = await post(RESET, { name: 'splunk' });
      expect([reply.status, await reply.json(), did]).toEqual([200, { done: true }, ['local splunk']]);
      expect(await audit()).toEqual([
        {
          at: '2026-11-27T12:00:00.000Z',
          who: 'local',
          address: '192.0.2.7',
          what: 'resets splunk',
          result: 'done',
        },
      ]);
      expect(lines).toContainEqual({
        message: 'Console',
        fields: expect.objectContaining({ audit: true, who: 'local', what: 'resets splunk' }),
      });
    });

    it.each([
      ['another origin', { origin: 'https://attacker.example' }],
      ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
      ['another scheme', { origin: 'ftp://127.0.0.1:8030' }],
      ['no origin', { origin: undefined }],
      ['the origin null', { origin: 'null' }],
      ['two origins', { origin: 'http://127.0.0.1:8030 http://a.example' }],
      ['an origin with a path', { origin: 'http://127.0.0.1:8030/' }],
      ['a request of another site', { 'sec-fetch-site': 'cross-site' }],
      ['a request of a sibling site', { 'sec-fetch-site': 'same-site' }],
      ['an address that was typed', { 'sec-fetch-site': 'none' }],
    ])('refuses a change from %s', async (_, headers) => {
      const { post, did, audit } = consoleFixture('');
      const reply = await post(RESET, { name: 'x' }, headers);
      expect([reply.status, (await errorOf(reply)).code, did, await audit()]).toEqual([
        403,
        'cross_site',
        [],
        [],
      ]);
    });

    it('gives data to no page of another site', async () => {
      const { get } = consoleFixture('');
      expect((await get('/console/api/count', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      expect((await get('/console/api/count', { origin: 'https://attacker.example' })).status).toBe(403);
      expect((await get('/console/api/count', { 'sec-fetch-site': 'none' })).status).toBe(200);
      expect((await get('/console/rules', { 'sec-fetch-site': 'cross-site' })).status).toBe(200);
    });

    it.each([
      ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
      ['text', '{"name":"x"}', { 'content-type': 'text/plain' }, 415],
      ['no type', '{"name":"x"}', { 'content-type': undefined }, 415],
      ['a compressed body', '{"name":"x"}', { 'content-encoding': 'gzip' }, 415],
      ['no JSON', '{"name":', {}, 400],
      ['JSON that is too deep', '['.repeat(100_0) + ']'.repeat(100_0), {}, 400],
      ['another shape', '{"name":"x","more":1}', {}, 400],
      ['65 KiB', `{"name":"${'x'.repeat(65 * 1024)}"}`, {}, 413],
    ])('takes %s as no change', async (_, body, headers, status) => {
      const { post, did } = consoleFixture('');
      const reply = await post(RESET, body, headers);
      expect([reply.status, did]).toEqual([status, []]);
    });

    it('answers with the sentence of our errors, and with none of others', async () => {
      const { get, post, audit, lines } = consoleFixture('');
      const ours = await get('/console/api/broken?how=ours');
      expect([ours.status, await errorOf(ours)]).toEqual([
        503,
        { code: 'checkpoint_unreadable', message: 'A document is not JSON.' },
      ]);
      const foreign = await get('/console/api/broken?how=foreign');
      expect([foreign.status, JSON.stringify(await errorOf(foreign))]).toEqual([
        500,
        expect.not.stringContaining('secret'),
      ]);
      const act = await post(RESET, { name: 'bad' });
      expect([act.status, (await errorOf(act)).code]).toEqual([422, 'unknown_destination']);
      expect(await audit()).toEqual([
        expect.objectContaining({ what: 'resets bad', result: 'failed', code: 'unknown_destination' }),
      ]);
      expect(lines.length).toBeGreaterThan(2);
    });

    it('makes an answer once for all who ask within its time, and anew after an act', async () => {
      const { get, post, clock, reads } = consoleFixture('');
      const asked = await Promise.all([1, 2, 3].map(async () => (await get('/console/api/count')).json()));
      expect([asked, reads()]).toEqual([[{ reads: 1 }, { reads: 1 }, { reads: 1 }], 1]);
      expect(await (await get('/console/api/count?of=one')).json()).toEqual({ reads: 2 });
      clock.advance(5_001);
      expect(await (await get('/console/api/count')).json()).toEqual({ reads: 3 });
      await post(RESET, { name: 'x' });
      expect(await (await get('/console/api/count')).json()).toEqual({ reads: 4 });
    });

    it('ends a view that takes too long', async () => {
      const { get, clock } = consoleFixture('');
      const asked = get('/console/api/slow');
      await Promise.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      clock.advance(20_001);
      const reply = await asked;
      expect([reply.status, (await errorOf(reply)).code]).toEqual([504, 'timeout']);
    });

    it('hides secrets in the sentences of our errors', async () => {
      const { get } = consoleFixture('');
      const { message } = await errorOf(await get('/console/api/broken?how=telling'));
      expect([message?.includes('Cannot reach'), message?.includes('a-secret-of-this-host')]).toEqual([
        true,
        false,
      ]);
    });

    it('makes a few views at once, has a number of others wait, and refuses the rest', async () => {
      const { get, clock, slow } = consoleFixture('');
      const asked = Array.from({ length: 80 }, () => get('/console/api/slow'));
      await vi.waitFor(() => expect(slow()).toBe(4), 30_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(slow()).toBe(4);
      clock.advance(20_001);
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 503)).toHaveLength(16);
      expect(statuses.filter((status) => status === 504)).toHaveLength(64);
      expect((await get('/console/api/count')).status).toBe(200);
    });

    it('gives the turns of views that never end to others', async () => {
      const { get, clock, stuck } = consoleFixture('');
      const asked = Array.from({ length: 4 }, () => get('/console/api/stuck'));
      await vi.waitFor(() => expect(stuck()).toBe(4), 30_000);
      const waits = get('/console/api/count');
      clock.advance(20_001);
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([504, 504, 504, 504]);
      // It has waited as long as it may, too.
      expect((await waits).status).toBe(504);
      expect((await get('/console/api/count')).status).toBe(200);
    });

    it('logs an act when it begins, so that a kill leaves a line', async () => {
      const { post, lines, clock, hang } = consoleFixture('');
      hang();
      const asked = post(RESET, { name: 'splunk' });
      await vi.waitFor(() => expect(lines).not.toEqual([]), 30_000);
      expect(lines[0]).toMatchObject({
        message: 'Console',
        fields: { audit: true, who: 'local', address: '192.0.2.7', what: 'resets splunk', result: 'begun' },
      });
      clock.advance(3_001);
      await asked;
      expect(lines[1]?.fields).toMatchObject({ what: 'resets splunk', result: 'done' });
    });

    it('does not wait long for a state that does not answer', async () => {
      const { post, clock, hang, did } = consoleFixture('');
      hang();
      const asked = post(RESET, { name: 'splunk' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      clock.advance(3_001);
      expect([(await asked).status, did]).toEqual([200, ['local splunk']]);
    });

    it.each(['?of=three', '?of=one&of=two', '?more=1'])('refuses the query %s', async (query) => {
      const { get } = consoleFixture('');
      const reply = await get(`/console/api/count${query}`);
      expect([reply.status, (await errorOf(reply)).code]).toEqual([400, 'request_invalid']);
    });

    it('takes no other methods', async () => {
      const { send, get } = consoleFixture('');
      const headers = { host: '127.0.0.1:8030', origin: 'http://127.0.0.1:8030' };
      const ask = async (method: string, path: string) => {
        const reply = await send(path, { method, headers });
        return [reply.status, reply.headers.get('allow')];
      };
      expect(await ask('HEAD', '/console/')).toEqual([200, null]);
      expect(await ask('HEAD', '/console/api/count')).toEqual([200, null]);
      expect(await ask('OPTIONS', RESET)).toEqual([405, 'POST']);
      expect(await ask('OPTIONS', '/console/')).toEqual([405, 'GET, HEAD']);
      expect(await ask('PUT', '/console/api/count')).toEqual([405, 'GET, HEAD']);
      expect(await ask('DELETE', '/console/rules')).toEqual([405, 'GET, HEAD']);
      expect((await get(RESET)).status).toBe(405);
      expect((await get('/console/logout')).status).toBe(405);
      expect((await get('/console/api/nothing')).status).toBe(404);
    });
  });

  describe(`the console's files, ${where}`, () => {
    it('answers each page with index.html, and keeps hashed files alone', async () => {
      const { get } = consoleFixture('');
      for (const path of ['/console/', '/console/rules', '/console/alerts?level=high', '/console/login']) {
        const reply = await get(path);
        expect([path, reply.status, reply.headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
        expect(await reply.text()).toContain('<title>xdr-relay</title>');
      }
      const script = await get('/console/assets/index-4f1c.js');
      expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(script.headers.get('cache-control')).toContain('immutable');
      expect((await get('/console/icon.svg')).headers.get('cache-control')).toBe('no-cache');
      const redirect = await get('/console');
      expect([redirect.status, redirect.headers.get('location')]).toEqual([308, '/console/']);
    });

    it.each([
      '/console/assets/../../package.json',
      '/console/assets/..%2f..%2fpackage.json',
      '/console/%2e%2e/package.json',
      '/console/assets/%2e%2e%2findex.html',
      '/console/assets//index-4f1c.js',
      '/console/assets/.env',
      '/console/assets/none.js',
      '/console/assets/',
      '/console/assets/index-4f1c.js%00.html',
      '/console/constructor.js',
      '/console/index.php',
    ])('finds nothing at %s', async (path) => {
      const { get } = consoleFixture('');
      expect([404, 403]).toContain((await get(path)).status);
    });

    it('says so where the pages are not built', async () => {
      const { get } = consoleFixture('', { assets: { find: async () => undefined } });
      const reply = await get('/console/');
      expect([reply.status, (await errorOf(reply)).code]).toEqual([503, 'console_not_built']);
      expect((await get('/console/api/count')).status).toBe(200);
    });

    it('carries its headers on everything', async () => {
      const { get, post, send } = consoleFixture('');
      const replies = await Promise.all([
        get('/console/'),
        get('/console/assets/index-4f1c.js'),
        get('/console/assets/none.js'),
        get('/console/api/session'),
        get('/console/api/broken?how=foreign'),
        get('/console/', { host: 'attacker.example' }),
        post(RESET, { name: 'x' }),
        send('/console/', {
          method: 'OPTIONS',
          headers: { host: '127.0.0.1:8030', origin: 'http://127.0.0.1:8030' },
        }),
      ]);
      for (const { headers } of replies) {
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain('unsafe');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('referrer-policy')).toBe('no-referrer');
        expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
        expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
        expect(headers.get('permissions-policy')).toContain('camera=()');
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('cache-control')).not.toBeNull();
      }
    });
  });

  describe(`a login with a key, ${where}`, () => {
    const OPEN = `public_url: "https://relay.example", ${KEYS}`;

    it('is needed for data and changes, and not for the pages', async () => {
      const { get, post, did } = consoleFixture(OPEN);
      for (const reply of [
        await get('/console/api/count'),
        await get('/console/api/audit'),
        await post(RESET, { name: 'x' }),
      ]) {
        expect([reply.status, (await errorOf(reply)).code]).toEqual([401, 'login_needed']);
      }
      expect(did).toEqual([]);
      expect((await get('/console/')).status).toBe(200);
      expect(await (await get('/console/api/session')).json()).toEqual({
        viewer: null,
        logins: ['key'],
        allowed: { rows: false, capture: false, acts: false },
      });
    });

    it('gives a session of eight hours in a cookie that scripts and other sites do not get', async () => {
      const { get, post, clock, audit } = consoleFixture(OPEN);
      const reply = await post('/console/login', { key: ENV.ANNA });
      expect(await reply.json()).toEqual({ name: 'anna', role: 'operator' });
      const [set = ''] = reply.headers.getSetCookie();
      expect(set).toMatch(
        /^__Host-xdr-relay=[\w.-]+; Path=\/; Max-Age=28800; Secure; HttpOnly; SameSite=Strict$/,
      );
      const cookie = set.split(';')[0] ?? '';
      expect(Buffer.from(cookie.split('=')[1] ?? '', 'base64url').toString()).not.toContain(ENV.ANNA);
      expect(await (await get('/console/api/session', { cookie })).json()).toEqual({
        viewer: { name: 'anna', role: 'operator', by: 'key', until: '2026-11-27T20:00:00.000Z' },
        logins: ['key'],
        allowed: { rows: false, capture: false, acts: true },
        version: '1.2.3',
      });
      clock.advance(8 * 3_600_000 - 1);
      expect((await get('/console/api/count', { cookie })).status).toBe(200);
      clock.advance(1);
      expect((await get('/console/api/count', { cookie })).status).toBe(401);
      expect(await audit()).toEqual([
        expect.objectContaining({ who: 'anna', what: 'logs in with a key', result: 'done' }),
      ]);
    });

    it.each([
      ['an operator, with both settings', ENV.ANNA, ', capture: true, rows: { show: true }', true],
      ['a viewer', ENV.VERA, ', capture: true, rows: { show: true }', false],
      ['an operator, without rows', ENV.ANNA, ', capture: true', false],
      ['an operator, without captures', ENV.ANNA, ', rows: { show: true }', false],
    ])('offers captures to who may have them: %s', async (_, key, settings, expected) => {
      const { get, login } = consoleFixture(OPEN + settings);
      const session = await get('/console/api/session', { cookie: await login(key) });
      expect(await session.json()).toMatchObject({ allowed: { capture: expected } });
    });

    it('lets a viewer look, and not act', async () => {
      const { get, post, login, did, audit } = consoleFixture(OPEN);
      const cookie = await login(ENV.VERA);
      expect((await get('/console/api/count', { cookie })).status).toBe(200);
      const reply = await post(RESET, { name: 'x' }, { cookie });
      expect([reply.status, (await errorOf(reply)).code, did]).toEqual([403, 'role_needed', []]);
      expect((await audit()).at(-1)).toMatchObject({
        who: 'vera',
        what: 'asks for things/reset',
        result: 'refused',
      });
      const log = await get('/console/api/audit', { cookie });
      expect([log.status, (await errorOf(log)).code]).toEqual([403, 'role_needed']);
      const operator = await get('/console/api/audit', { cookie: await login(ENV.ANNA) });
      expect(await operator.json()).toMatchObject({
        entries: [{ who: 'anna' }, { who: 'vera', result: 'refused' }, { who: 'vera' }],
      });
    });

    it('refuses other keys, and tells the audit log without them', async () => {
      const { post, audit, lines } = consoleFixture(OPEN);
      for (const key of ['a-key-that-nobody-has', `${ENV.ANNA} `, ENV.ANNA.toUpperCase(), ENV.KEY]) {
        const reply = await post('/console/login', { key });
        expect([reply.status, (await errorOf(reply)).code]).toEqual([401, 'login_refused']);
        expect(reply.headers.getSetCookie()).toEqual([]);
      }
      expect((await post('/console/login', { key: '' })).status).toBe(400);
      expect(
        (await post('/console/login', { key: ENV.ANNA }, { origin: 'https://attacker.example' })).status,
      ).toBe(403);
      expect(await audit()).toHaveLength(4);
      const told = JSON.stringify([await audit(), lines]);
      for (const secret of ['a-key-that-nobody-has', ENV.ANNA, ENV.KEY]) expect(told).not.toContain(secret);
    });

    it.each([
      [
        'altered',
        (session: string) =>
          `${Buffer.from('{"by":"key","name":"anna","from":1,"until":9999999999999}').toString('base64url')}.${session.split('.')[1]}`,
      ],
      ['unsigned', (session: string) => `${session.split('.')[0]}.`],
      ['without a dot', (session: string) => session.split('.')[0] ?? ''],
      ['with more parts', (session: string) => `${session}.x`],
      ['with another signature', (session: string) => withOtherLetter(session, -2)],
      ['much too long', (session: string) => `${session}${'A'.repeat(5_000)}`],
      ['empty', () => ''],
    ])('takes no session that is %s', async (_, change) => {
      const { get, login } = consoleFixture(OPEN);
      const [name, value = ''] = (await login(ENV.ANNA)).split('=');
      expect((await get('/console/api/count', { cookie: `${name}=${change(value)}` })).status).toBe(401);
      expect(
        (await get('/console/api/count', { cookie: `${name}=${value}; ${name}=${change(value)}` })).status,
      ).toBe(401);
      expect((await get('/console/api/count', { cookie: `other=1; ${name}=${value}` })).status).toBe(200);
    });

    it('looks its role up at each request: a removed or changed key ends its sessions alone', async () => {
      const { get, login, change } = consoleFixture(OPEN);
      const [anna, vera] = [await login(ENV.ANNA), await login(ENV.VERA)];
      const status = async (cookie: string) => (await get('/console/api/count', { cookie })).status;
      change(OPEN.replace('role: operator', 'role: viewer'));
      expect(await (await get('/console/api/session', { cookie: anna })).json()).toMatchObject({
        viewer: { role: 'viewer' },
      });
      change(OPEN, { ANNA: 'another-key-of-anna-now' });
      expect([await status(anna), await status(vera)]).toEqual([401, 200]);
      change(OPEN.replace(/, \{ name: vera[^}]*\} \}/, ''));
      change(OPEN.replace('name: vera', 'name: veronika'));
      expect([await status(anna), await status(vera)]).toEqual([200, 401]);
    });

    it('ends with a logout', async () => {
      const { post, login, audit } = consoleFixture(OPEN);
      const reply = await post('/console/logout', {}, { cookie: await login(ENV.VERA) });
      expect(reply.headers.getSetCookie()).toEqual([
        '__Host-xdr-relay=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict',
      ]);
      expect((await audit()).at(-1)).toMatchObject({ who: 'vera', what: 'logs out' });
    });

    it('answers to the public address alone', async () => {
      const { get, post } = consoleFixture(OPEN);
      expect((await get('/console/', { host: 'relay.example' })).status).toBe(200);
      expect((await get('/console/', { host: '127.0.0.1:8030' })).status).toBe(200);
      expect((await get('/console/', { host: 'other.example' })).status).toBe(403);
      const own = { host: '127.0.0.1:8030', origin: 'https://relay.example' };
      expect((await post('/console/login', { key: ENV.ANNA }, own)).status).toBe(200);
      expect((await get('/console/')).headers.get('strict-transport-security')).toContain('max-age');
    });

    it('limits logins by address, acts by person, in bounded memory', async () => {
      const { post, login, clock, did } = consoleFixture(OPEN);
      const cookie = await login(ENV.ANNA);
      const attempts = await Promise.all(
        Array.from({ length: 20 }, () => post('/console/login', { key: 'a-key-that-nobody-has' })),
      );
      expect(attempts.filter(({ status }) => status === 401)).toHaveLength(9);
      const late = attempts.find(({ status }) => status === 429);
      expect(Number(late?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await post('/console/login', { key: ENV.ANNA })).status).toBe(429);
      expect(
        (await post('/console/login', { key: ENV.ANNA }, { 'x-forwarded-for': '203.0.113.9, 203.0.113.10' }))
          .status,
      ).toBe(200);
      // A host of IPv6 has a whole network of addresses, whichever way they are written.
      const statuses: number[] = [];
      for (let n = 0; n < 12; n++) {
        const from = ['2001:db8::', '2001:DB8:0::', '2001:0db8:0:0:1:2:3:'][n % 3];
        const forwarded = { 'x-forwarded-for': `${from}${n + 1}` };
        statuses.push((await post('/console/login', { key: 'a-key-that-nobody-has' }, forwarded)).status);
      }
      expect(statuses.filter((status) => status === 429)).toHaveLength(2);
      clock.advance(60_000);
      expect((await post('/console/login', { key: ENV.ANNA })).status).toBe(200);
      for (let n = 0; n < 70; n++) await post(RESET, { name: String(n) }, { cookie });
      expect(did).toHaveLength(60);
    });
  });

  it(`refuses settings that cannot be, ${where}`, () => {
    expect(() => configOf('host: 0.0.0.0')).toThrow('everybody who reaches it');
  });
}
