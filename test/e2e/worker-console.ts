/** Checks the console of a Worker that runs in workerd: its pages among the static assets, and its login. */
import { expect } from 'vitest';
import { sessionIn } from '../support/session-cookie.ts';

/** @param key of an operator. */
export async function expectConsole(origin: string, key: string): Promise<void> {
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const reply = await fetch(origin + path, { headers, redirect: 'manual' });
    return { reply, text: await reply.text() };
  };
  const { reply, text } = await get('/console/');
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect(reply.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; .*frame-ancestors 'none'/,
  );
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect((await get('/console/rules?show=never')).text).toBe(text);

  const [, script = ''] = /<script [^>]*src="([^"]+)"/.exec(text) ?? [];
  const asset = await get(script, { 'accept-encoding': 'gzip' });
  expect([asset.reply.status, asset.reply.headers.get('content-type')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
  ]);
  expect(asset.reply.headers.get('cache-control')).toContain('immutable');
  expect(asset.reply.headers.get('content-security-policy')).toBe(
    reply.headers.get('content-security-policy'),
  );
  expect((await get('/console/assets/none.js')).reply.status).toBe(404);

  const refused = await get('/console/api/now');
  expect([refused.reply.status, JSON.parse(refused.text).error.code]).toEqual([401, 'login_needed']);
  const logIn = (given: string) =>
    fetch(`${origin}/console/login`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ key: given }),
    });
  const wrong = await logIn(`${key}x`);
  expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []]);
  await wrong.body?.cancel();
  const right = await logIn(key);
  expect(await right.json()).toEqual({ name: 'soc', role: 'operator' });
  const now = await get('/console/api/now', { cookie: sessionIn(right) });
  expect([now.reply.status, now.text]).toEqual([200, expect.stringContaining('"totals"')]);
}
