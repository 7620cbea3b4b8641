// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** Logins to the console in Chromium, of a real `serve`: by key and with Entra ID, their refusals, the logout, and sessions that end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { freePort } from '../../lab/process.ts';
import { type OpenIdProvider, startOpenIdProvider } from '../../lab/receivers/openid.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { parseConfig } from '../../src/config/load.ts';
import { SESSION_COOKIE } from '../../src/console/access/cookies.ts';
import { keySession, personByKey, SESSION_MS } from '../../src/console/access/people.ts';
import { hasBrowser, NO_FAULTS, type OpenOptions, openPage } from '../support/browser.ts';
import { isWholeConsoleTried } from '../support/browser-extent.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const TENANT = '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c';
const CLIENT_ID = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const VIEWERS = 'aaaaaaaa-0000-4000-8000-000000000001';
const ENV = {
  KEY: 'a-key-for-the-endpoint',
  OPERATOR: 'the-console-key-of-an-operator',
  VIEWER: 'the-console-key-of-a-viewer',
  CLIENT: 'a-client-secret-of-entra',
};
const RULES = '/console/rules?show=never';
/** As long as a link of the playground may be: it fits into no header and no cookie. */
const FRAGMENT = `#playground=1.${'x'.repeat(60_000)}`;

let folder: string;
let azurite: Azurite;
let entra: OpenIdProvider;
let relay: ServeProcess;
let origin: string;
let yaml: string;

beforeAll(async () => {
  if (!hasBrowser()) return;
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-login-'));
  azurite = await azuriteAccount();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  entra = await startOpenIdProvider({
    tenant: TENANT,
    clientId: CLIENT_ID,
    clientSecret: ENV.CLIENT,
    redirectUri: `${origin}/console/callback`,
  });
  yaml = `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
destinations: { hook: { type: webhook, url: "https://hook.example" } }
default_destinations: [hook]
console:
  port: ${port}
  public_url: ${origin}
  login:
    keys: [{ name: omar, key: "\${OPERATOR}", role: operator }, { name: vera, key: "\${VIEWER}" }]
    entra: { tenant_id: ${TENANT}, client_id: ${CLIENT_ID}, client_secret: "\${CLIENT}", authority: "${entra.origin}", viewers: [${VIEWERS}] }
`;
  const configFile = await writeConfig(folder, yaml);
  const env = { ...ENV, CONNECTION: azurite.connectionString };
  relay = await startServe({ configFile, env, args: ['--no-consumer'] });
}, 120_000);
afterAll(async () => {
  await relay?.stop('SIGKILL');
  entra?.close();
  await azurite?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  if (entra) entra.order = { claims: { groups: [VIEWERS] } };
});

let callers = 0;
/** A page of a caller with an address of its own, as the proxy of `public_url` tells it: logins are limited by address. */
function open(path: string, options: OpenOptions = {}) {
  callers += 1;
  const address = `192.0.2.${callers}`;
  return openPage(origin + path, {
    ...options,
    context: { extraHTTPHeaders: { 'x-forwarded-for': address } },
  });
}

async function logIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key').fill(key);
  await page.getByLabel('Key').press('Enter');
}

const where = (page: Page) => page.url().slice(origin.length);
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

/** Puts a session into the browser that ended a second ago: eight hours are long for a test. */
async function endSession(page: Page): Promise<void> {
  const { config } = parseConfig(yaml, 'relay.yaml', { ...ENV, CONNECTION: azurite.connectionString });
  const person = config?.console && personByKey(ENV.OPERATOR, config.console);
  if (!person || !config.console) throw new Error('The configuration has no such key.');
  const value = keySession(person, config.console, Date.now() - SESSION_MS - 1000);
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name === SESSION_COOKIE);
  if (!cookie) throw new Error('The browser has no session.');
  await page.context().addCookies([{ ...cookie, value }]);
  // As when the person comes back to the tab.
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
}

describe.skipIf(!hasBrowser())('a login by key', () => {
  it('is refused for another key, leads to the page that was asked for, and ends with the logout', async () => {
    const { page, faults, violations, close } = await open(RULES, { expected: /status of 401/ });
    await logIn(page, 'a-key-of-somebody-else');
    await page.getByRole('alert').getByText('This key is none of console.login.keys.').waitFor();
    expect(await violations()).toEqual([]);
    await logIn(page, ENV.OPERATOR);
    await heading(page, 'Rules').waitFor();
    expect(where(page)).toBe(RULES);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.context().cookies()).toMatchObject([
      { name: SESSION_COOKIE, secure: true, httpOnly: true, sameSite: 'Strict', path: '/' },
    ]);
    await page.getByText('omar, operator').waitFor();
    await page.getByRole('button', { name: 'Log out' }).press('Enter');
    await page.getByLabel('Key').waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('of a viewer shows no buttons that change things, and the relay refuses such a request', async () => {
    const { page, faults, close } = await open('/console/setup', { expected: /status of 403/ });
    await logIn(page, ENV.VIEWER);
    await page.getByText('vera, viewer').waitFor();
    await page.getByText('Not run in this process yet.').first().waitFor();
    expect(await page.getByRole('button', { name: 'Run all checks' }).count()).toBe(0);
    const asked = `fetch('/console/api/destinations/test', { method: 'POST',
      headers: { 'content-type': 'application/json' }, body: '{"name":"hook"}' })
      .then(async (reply) => [reply.status, (await reply.json()).error.code])`;
    expect(await page.evaluate(asked)).toEqual([403, 'role_needed']);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)(
    'is slowed down after ten tries of one address, with a sentence',
    async () => {
      const { page, faults, violations, close } = await open('/console/', {
        expected: /status of 4(?:01|29)/,
      });
      await page.getByLabel('Key').waitFor();
      const tries = `Promise.all(Array.from({ length: 10 }, () => fetch('/console/login', { method: 'POST',
      headers: { 'content-type': 'application/json' }, body: '{"key":"x"}' }).then((reply) => reply.status)))`;
      expect(await page.evaluate(tries)).toEqual(Array.from({ length: 10 }, () => 401));
      await logIn(page, ENV.OPERATOR);
      await page.getByRole('alert').getByText('Too many requests: try again in').waitFor();
      expect(await violations()).toEqual([]);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried)(
    'is asked for again when the session has ended, and leads back to the page that was open',
    async () => {
      const { page, faults, violations, close } = await open(RULES + FRAGMENT, { expected: /status of 401/ });
      await logIn(page, ENV.OPERATOR);
      await heading(page, 'Rules').waitFor();
      expect(where(page)).toBe(RULES + FRAGMENT);
      await endSession(page);
      const note = page.getByRole('alert').filter({ hasText: 'Your session has ended' });
      await note.waitFor();
      await heading(page, 'Rules').waitFor();
      expect(await violations()).toEqual([]);
      await note.getByRole('link', { name: 'Log in' }).press('Enter');
      await logIn(page, ENV.OPERATOR);
      await heading(page, 'Rules').waitFor();
      expect(where(page)).toBe(RULES + FRAGMENT);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it
    .runIf(isWholeConsoleTried)
    .each([
      'https://attacker.example/console/rules',
      '//attacker.example/',
      'javascript:alert(1)',
      '/events',
    ])('leads to no other place: %s', async (to) => {
    const { page, faults, close } = await open(`/console/login?${new URLSearchParams({ to })}`);
    await logIn(page, ENV.VIEWER);
    await page.getByText('vera, viewer').waitFor();
    expect(where(page)).toBe('/console/');
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});

describe.skipIf(!hasBrowser())('a login with Entra ID', () => {
  const elsewhere = { expected: /another origin/ };

  it('comes back with a session to the page that was asked for', async () => {
    const { page, faults, close } = await open(RULES, { expected: /another origin|status of 404/ });
    await page.getByRole('link', { name: 'Log in with Microsoft Entra ID' }).click();
    await heading(page, 'Rules').waitFor();
    await page.getByText('anna@contoso.example, viewer').waitFor();
    expect(where(page)).toBe(RULES);
    expect((await page.context().cookies()).map(({ name, sameSite }) => [name, sameSite])).toEqual([
      [SESSION_COOKIE, 'Strict'],
    ]);
    // A link in another site's page, with the strict cookie left at home: the pages are for everybody, their data comes after.
    await page.goto(`${entra.origin}/`);
    await page.evaluate(`location.href = ${JSON.stringify(origin + RULES)}`);
    await page.getByText('anna@contoso.example, viewer').waitFor();
    expect(entra.refusals.filter((why) => !why.startsWith('GET /'))).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)(
    'comes back to what a link has behind its #, also after a login that failed',
    async () => {
      entra.order = { claims: {} };
      const { page, faults, close } = await open(RULES + FRAGMENT, elsewhere);
      const log = page.getByRole('link', { name: 'Log in with Microsoft Entra ID' });
      await log.click();
      await page.getByRole('alert').getByText('none of your groups').waitFor();
      entra.order = { claims: { groups: [VIEWERS] } };
      await log.click();
      await heading(page, 'Rules').waitFor();
      expect(where(page)).toBe(RULES + FRAGMENT);
      // Once: the same page, opened anew, is as its address says.
      await page.goto(`${origin}/console/setup`);
      await page.goto(origin + RULES);
      await heading(page, 'Rules').waitFor();
      expect(where(page)).toBe(RULES);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried).each([
    [
      'of another tenant',
      { tid: 'aaaaaaaa-0000-4000-8000-0000000000ff', groups: [VIEWERS] },
      'did not let you in',
    ],
    ['without a group', {}, 'none of your groups and app roles may use this console'],
    ['of too many groups', { _claim_names: { groups: 'src1' } }, 'more groups than Entra ID tells of'],
  ])('refuses a person %s with a sentence', async (_, claims, sentence) => {
    entra.order = { claims };
    const { page, faults, close } = await open(RULES, elsewhere);
    await page.getByRole('link', { name: 'Log in with Microsoft Entra ID' }).click();
    await page.getByRole('alert').getByText(sentence).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});

describe.skipIf(!hasBrowser())('the login page', () => {
  it.runIf(isWholeConsoleTried).each(['light', 'dark'] as const)(
    'has nothing for axe in %s, at 360 pixels, with an error',
    async (theme) => {
      const opened = await open('/console/login?error=login_no_role', { theme, width: 360 });
      const { page, faults, violations, overflow, close } = opened;
      await page.getByRole('alert').getByText('Code: login_no_role.').waitFor();
      expect(await violations()).toEqual([]);
      expect(await overflow()).toBe(0);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried)('shows an error that it does not know as text', async () => {
    const hostile = `<img src=x onerror=alert(1)>${'x'.repeat(3000)}`;
    const { page, faults, overflow, close } = await open(
      `/console/login?${new URLSearchParams({ error: hostile })}`,
      { width: 360 },
    );
    await page.getByRole('alert').getByText('The login has failed. Code: <img src=x').waitFor();
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});
