import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { startEntraServer } from '../../lab/receivers/entra.ts';
import { signingKeys } from '../../src/event-grid/signing-keys.ts';
import { registerTokenTests } from './register-token-tests.ts';

let entra: Awaited<ReturnType<typeof startEntraServer>>;

beforeAll(async () => {
  entra = await startEntraServer();
});
afterAll(() => entra.close());
afterEach(() => vi.useRealTimers());

registerTokenTests('on Node', () => entra.origin);

/** Keys whose clock and whose Date, by which jose counts, are stepped by hand. */
async function keysOf(tenant: string) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const began = Date.now();
  const url = new URL(`${entra.origin}/${tenant}/discovery/v2.0/keys`);
  const keys = signingKeys(url, { fetch, clock: { monotonic: () => Date.now() - began } });
  const put = async (status: number, kids: readonly string[] = []) => {
    const body = JSON.stringify({ keys: kids.map((kid) => ({ kty: 'RSA', kid, n: MODULUS, e: 'AQAB' })) });
    await (await fetch(url, { method: 'PUT', body: JSON.stringify({ status, body }) })).text();
  };
  return { find: (kid: string) => keys.find({ alg: 'RS256', kid }), put, pass: vi.advanceTimersByTime };
}

const MODULUS = 'u'.repeat(342);

it('a new key is found half a minute after the last look', async () => {
  const { find, put, pass } = await keysOf('rotating');
  await put(200, ['one']);
  await find('one');
  await put(200, ['one', 'two']);
  pass(29_000);
  await expect(find('two')).rejects.toThrow();
  pass(2_000);
  await expect(find('two')).resolves.toBeDefined();
});

it('keys are looked at again after an hour, and a withdrawn one is no longer accepted', async () => {
  const { find, put, pass } = await keysOf('withdrawing');
  await put(200, ['one']);
  await find('one');
  await put(200, ['two']);
  pass(59 * 60_000);
  await expect(find('one')).resolves.toBeDefined();
  pass(2 * 60_000);
  await expect(find('one')).rejects.toThrow();
});

it('while Entra ID is down, the keys of before are good for a day', async () => {
  const { find, put, pass } = await keysOf('down');
  await put(200, ['one']);
  await find('one');
  await put(500);
  pass(23 * 60 * 60_000);
  await expect(find('one')).resolves.toBeDefined();
  pass(2 * 60 * 60_000);
  await expect(find('one')).rejects.toMatchObject({ code: 'token_keys_unavailable' });
});

it('does not wait for ever', async () => {
  const { find, put } = await keysOf('hanging');
  await put(0);
  await expect(find('one')).rejects.toMatchObject({ code: 'token_keys_unavailable' });
}, 15_000);
