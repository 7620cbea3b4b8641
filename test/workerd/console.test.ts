// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { afterEach, describe, expect, it } from 'vitest';
import type { SetupGroup } from '../../src/console/model/setup.ts';
import { registerConsoleTests } from '../routes/register-console-tests.ts';
import { startRelay } from './relay.ts';

registerConsoleTests('in workerd');

const KEY = 'the-console-key-of-anna';
const open: Awaited<ReturnType<typeof startRelay>>[] = [];
afterEach(async () => {
  for (const relay of open.splice(0)) await relay.close();
});

/** The Worker with a console, whose static assets are these. */
async function start(page: string) {
  const relay = await startRelay({ yaml: `console: { ${page} }`, variables: { ANNA: KEY } });
  open.push(relay);
  const files: Record<string, string> = { '/console/index.html': '<title>xdr-relay</title>' };
  const assets = {
    fetch: async (url: string) => {
      const text = files[new URL(url).pathname];
      return new Response(text ?? 'Not found', { status: text === undefined ? 404 : 200 });
    },
  };
  Object.assign(relay.env, { ASSETS: assets });
  return relay;
}

describe('the console of the Worker', () => {
  it('is under /console/ of its address, behind a login, with the headers on everything', async () => {
    const { fetch, settled } = await start(
      'login: { keys: [{ name: anna, key: "${ANNA}", role: operator }] }',
    );
    const index = await fetch('/console/rules');
    expect([index.status, await index.text()]).toEqual([200, '<title>xdr-relay</title>']);
    expect(index.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(index.headers.get('strict-transport-security')).toContain('max-age');
    expect((await fetch('/console/assets/none.js')).status).toBe(404);
    expect((await fetch('/console/api/destinations')).status).toBe(401);

    const login = await fetch('/console/login', {
      method: 'POST',
      headers: {
        origin: 'https://relay.example',
        'content-type': 'application/json',
        'cf-connecting-ip': '192.0.2.9',
      },
      body: JSON.stringify({ key: KEY }),
    });
    expect(await login.json()).toEqual({ name: 'anna', role: 'operator' });
    const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const destinations = await fetch('/console/api/destinations', { headers: { cookie } });
    expect([destinations.status, JSON.stringify(await destinations.json())]).toEqual([
      200,
      expect.stringContaining('splunk'),
    ]);
    const files = await fetch('/console/api/rules/files', { headers: { cookie } });
    expect(await files.json()).toMatchObject({ place: 'the bundle of the Worker', troubles: [] });
    expect((await fetch('/console/api/alerts', { headers: { cookie } })).status).toBe(200);
    const run = await fetch('/console/api/setup/run', {
      method: 'POST',
      headers: { cookie, origin: 'https://relay.example', 'content-type': 'application/json' },
      body: JSON.stringify({ group: 'state' }),
    });
    const { checks, ran } = (await run.json()) as SetupGroup;
    expect([ran?.by, checks.map(({ result }) => typeof result?.state)]).toEqual([
      'anna',
      ['string', 'string'],
    ]);
    const audit = await fetch('/console/api/audit', { headers: { cookie } });
    expect(await audit.json()).toMatchObject({
      entries: [
        { what: 'runs the checks of the group state' },
        { who: 'anna', address: '192.0.2.9', what: 'logs in with a key' },
      ],
    });
    expect((await fetch('/healthz')).status).toBe(200);
    await settled();
  });

  it('is nowhere without its section, and not without a login', async () => {
    const without = await startRelay();
    open.push(without);
    expect((await without.fetch('/console/')).status).toBe(404);
    const { fetch } = await start('');
    expect((await fetch('/console/')).status).toBe(503);
  });
});
