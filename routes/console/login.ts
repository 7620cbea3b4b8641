/** The login to the console, by a key or with Entra ID, and the logout. */
import { randomBytes } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { cookieOf, LOGIN_COOKIE, SESSION_COOKIE, setCookie } from '../../src/console/access/cookies.ts';
import { safeReturn } from '../../src/console/access/origins.ts';
import {
  entraSession,
  grantsOf,
  keySession,
  personByKey,
  roleOf,
  SESSION_MS,
} from '../../src/console/access/people.ts';
import { seal, unseal } from '../../src/console/access/sealed.ts';
import type { LoggedIn, LoginWay } from '../../src/console/model/session.ts';
import type { ErrorCode } from '../../src/shared/error-codes.ts';
import { codeOf, loggedError } from '../../src/shared/errors.ts';
import { refuse } from '../answers.ts';
import type { ConsoleDeps } from './deps.ts';
import { refuseMethod, refuseRate } from './refusals.ts';
import { addressOf, askerOf, jsonOf, personIn } from './request.ts';

/** A login with Entra ID has to come back by then. Seconds. */
const LOGIN_SECONDS = 600;
/** States that are remembered, so that none is used twice. */
const MOST_USED = 1_000;

const keySchema = z.strictObject({ key: z.string().min(1).max(1_024) });
const emptySchema = z.strictObject({});
const loginSchema = z.strictObject({ state: z.string(), to: z.string(), until: z.number() });

export function loginRoutes(deps: ConsoleDeps): Hono {
  const app = new Hono();
  app.post('/login', (c) => loginByKey(c, deps));
  app.post('/logout', (c) => logout(c, deps));
  app.all('/logout', (c) => refuseMethod(c, 'POST'));
  app.get('/login/entra', (c) => beginEntra(c, deps));
  app.get('/callback', (c) => endEntra(c, deps));
  return app;
}

/** The milliseconds to wait where there were too many logins of one address; 0 else. */
function tooManyOfOne(c: Context, deps: ConsoleDeps): number {
  return deps.state.rates.loginsOfOne.take(askerOf(addressOf(c, deps)));
}

/** The same for all addresses together. Each way counts for itself: who guesses keys keeps nobody from Entra ID. */
function tooManyInAll(way: LoginWay, deps: ConsoleDeps): number {
  return deps.state.rates.logins.take(way);
}

/** Refuses what another site's page loads as an image or a script: it would use up the logins of the person who looks at that page. */
function refuseUnlessOpened(c: Context): Response | undefined {
  if ((c.req.header('sec-fetch-dest') ?? 'document') === 'document') return undefined;
  return refuse(c, 403, {
    code: 'cross_site',
    message: 'A login begins and ends with a page that is opened.',
  });
}

async function loginByKey(c: Context, deps: ConsoleDeps): Promise<Response> {
  const { page, services, audit } = deps;
  const waitMs = tooManyOfOne(c, deps) || tooManyInAll('key', deps);
  if (waitMs > 0) return refuseRate(c, waitMs);
  const json = await jsonOf(c, deps);
  if ('refused' in json) return json.refused;
  const { data } = keySchema.safeParse(json.value);
  if (!data) return refuse(c, 400, { code: 'request_invalid', message: 'The body must be {"key": "..."}.' });
  const person = personByKey(data.key, page);
  const address = addressOf(c, deps);
  if (!person) {
    const what = 'tries to log in with a key';
    await audit.tell({ who: 'unknown', address, what, result: 'refused', code: 'login_refused' });
    return refuse(c, 401, { code: 'login_refused', message: 'This key is none of console.login.keys.' });
  }
  await audit.tell({ who: person.viewer.name, address, what: 'logs in with a key', result: 'done' });
  c.header('set-cookie', sessionCookie(keySession(person, page, services.clock.now())));
  return c.json(person.viewer satisfies LoggedIn);
}

async function logout(c: Context, deps: ConsoleDeps): Promise<Response> {
  const json = await jsonOf(c, deps);
  if ('refused' in json) return json.refused;
  if (!emptySchema.safeParse(json.value).success) {
    return refuse(c, 400, { code: 'request_invalid', message: 'The body must be {}.' });
  }
  const person = personIn(c, deps);
  if (person && person.by !== 'none') {
    const { viewer, id } = person;
    await deps.audit.tell({
      who: viewer.name,
      id,
      address: addressOf(c, deps),
      what: 'logs out',
      result: 'done',
    });
  }
  c.header('set-cookie', setCookie(SESSION_COOKIE, '', { sameSite: 'Strict', seconds: 0 }));
  return c.json({});
}

/** Sends the browser to Entra ID. The cookie ties what comes back to this browser. */
async function beginEntra(c: Context, deps: ConsoleDeps): Promise<Response> {
  const { page, services } = deps;
  const entra = page.login?.entra && (await deps.entra());
  if (!entra) return refuse(c, 404, { code: 'not_found', message: 'There is no login with Entra ID here.' });
  const refused = refuseUnlessOpened(c);
  if (refused) return refused;
  const waitMs = tooManyOfOne(c, deps);
  if (waitMs > 0) return refuseRate(c, waitMs);
  const state = randomBytes(32).toString('base64url');
  const login = {
    state,
    to: safeReturn(c.req.query('to')),
    until: services.clock.now() + LOGIN_SECONDS * 1000,
  };
  const sealed = seal(login, page.login?.entra?.client_secret ?? '', 'login');
  c.header('set-cookie', setCookie(LOGIN_COOKIE, sealed, { sameSite: 'Lax', seconds: LOGIN_SECONDS }));
  return c.redirect(entra.authorizeUrl(state), 302);
}

/** Takes what Entra ID sends back, and answers with a page that leads on: a redirect would not carry the new, strict cookie. */
async function endEntra(c: Context, deps: ConsoleDeps): Promise<Response> {
  const { page, services, audit, state: memory } = deps;
  const settings = page.login?.entra;
  const entra = settings && (await deps.entra());
  if (!entra) return refuse(c, 404, { code: 'not_found', message: 'There is no login with Entra ID here.' });
  const refused = refuseUnlessOpened(c);
  if (refused) return refused;
  const sealed = cookieOf(c.req.header('cookie'), LOGIN_COOKIE) ?? '';
  const { data: login } = loginSchema.safeParse(unseal(sealed, settings.client_secret, 'login'));
  const isOurs =
    login !== undefined &&
    login.state === c.req.query('state') &&
    services.clock.now() < login.until &&
    !memory.used.has(login.state);
  // One of ours was counted for its address when it began. Anybody can make others: they must not use up what all have together.
  const waitMs = isOurs ? tooManyInAll('entra', deps) : tooManyOfOne(c, deps);
  if (waitMs > 0) return refuseRate(c, waitMs);
  const address = addressOf(c, deps);
  const fail = async (code: ErrorCode, who = 'unknown', id?: string) => {
    await audit.tell({ who, id, address, what: 'tries to log in with Entra ID', result: 'refused', code });
    return leadOn(c, `/console/login?error=${code}`);
  };
  // The cookie stays: it may be that of another login, which is under way.
  if (!isOurs) return fail('login_expired');
  c.header('set-cookie', setCookie(LOGIN_COOKIE, '', { sameSite: 'Lax', seconds: 0 }));
  remember(memory.used, login.state);
  const refusal = c.req.query('error');
  const code = c.req.query('code');
  if (refusal !== undefined || code === undefined || code.length > 8_192) {
    const why = /^\w{1,60}$/.exec(refusal ?? '')?.[0] ?? 'no code';
    services.logger.warn('Login failed', { why: `Entra ID sent back: ${why}` });
    return fail('login_failed');
  }
  try {
    const found = await entra.person(code, login.state, c.req.raw.signal);
    const person = { ...found, grants: grantsOf(found.grants, page) };
    if (roleOf(person.grants, page) === undefined) return await fail('login_no_role', found.name, found.id);
    const { name: who, id } = person;
    await audit.tell({ who, id, address, what: 'logs in with Entra ID', result: 'done' });
    c.header('set-cookie', sessionCookie(entraSession(person, page, services.clock.now())), { append: true });
    return leadOn(c, login.to);
  } catch (error) {
    services.logger.warn('Login failed', { ...loggedError(error) });
    return fail(codeOf(error) ?? 'login_failed');
  }
}

function remember(used: Set<string>, state: string): void {
  used.add(state);
  const [oldest = state] = used;
  if (used.size > MOST_USED) used.delete(oldest);
}

function sessionCookie(session: string): string {
  return setCookie(SESSION_COOKIE, session, { sameSite: 'Strict', seconds: SESSION_MS / 1000 });
}

function leadOn(c: Context, to: string): Response {
  const safe = to.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
  return c.html(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>xdr-relay</title><link rel="icon" href="data:,">
<meta http-equiv="refresh" content="0;url=${safe}"></head>
<body><p><a href="${safe}">Continue to the console</a></p></body></html>
`);
}
