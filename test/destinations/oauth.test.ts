import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import {
  type FaultHook,
  type ReceivedRequest,
  type Receiver,
  type ReceiverReply,
  startReceiver,
} from '../../lab/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError } from '../../src/destinations/errors.ts';
import { accessTokens } from '../../src/destinations/oauth-tokens.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { webhookConfig } from '../../src/destinations/webhook/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const SECRET = 's3cret+/=:ä';
const signal = new AbortController().signal;

/** An authorisation server by RFC 6749 and a webhook that takes its tokens, on one port. */
async function startServer({
  token,
  fault,
  hook,
}: {
  /** What the token endpoint answers, in place of a token. */
  readonly token?: (request: ReceivedRequest, number: number) => ReceiverReply | undefined;
  readonly fault?: FaultHook;
  /** What the webhook answers, in place of 204 for a good token and 401. */
  readonly hook?: (request: ReceivedRequest) => ReceiverReply | undefined;
}) {
  const asked: ReceivedRequest[] = [];
  const good = new Set<string>();
  const posted: string[] = [];
  const receiver: Receiver = await startReceiver(
    { ...(fault && { fault }) },
    { requests: 0, faults: 0, refused: 0, events: 0 },
    (request) => {
      if (request.path === '/token') {
        asked.push(request);
        const other = token?.(request, asked.length);
        if (other) return other;
        const made = `access-token-${asked.length}`;
        good.add(made);
        return json(200, { access_token: made, token_type: 'Bearer', expires_in: 3600 });
      }
      const bearer = request.headers.authorization ?? '';
      posted.push(bearer);
      return hook?.(request) ?? { status: good.has(bearer.replace('Bearer ', '')) ? 204 : 401, body: bearer };
    },
  );
  return { receiver, asked, good, posted };
}

function json(status: number, body: unknown): ReceiverReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

describe('a destination with an access token', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    server: Parameters<typeof startServer>[0] = {},
    auth: Readonly<Record<string, unknown>> = {},
  ) {
    const running = await startServer(server);
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = webhookConfig.parse({
      type: 'webhook',
      url: `${running.receiver.origin}/hook`,
      allow_networks: ['127.0.0.1'],
      auth: {
        type: 'oauth2',
        token_url: `${running.receiver.origin}/token`,
        client_id: 'relay',
        client_secret: SECRET,
        ...auth,
      },
    });
    const destination = createDestination('hook', config, depsOf(nodeHttpClient, clock));
    closers.push(() => destination.close(), running.receiver.close);
    return { ...running, clock, destination };
  }
  const send = (destination: Destination) => destination.send(batchOf(destination, [envelope(1)]), signal);

  it('asks once, by RFC 6749, and keeps the token until shortly before its end', async () => {
    const { destination, asked, posted, clock } = await open({}, { scope: 'events.write', audience: 'soar' });
    await Promise.all([send(destination), send(destination), send(destination)]);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'events.write',
      audience: 'soar',
    });
    const basic = Buffer.from(
      (asked[0]?.headers.authorization ?? '').replace('Basic ', ''),
      'base64',
    ).toString();
    const [id, secret] = basic.split(':').map((part) => new URLSearchParams(`v=${part}`).get('v'));
    expect([id, secret]).toEqual(['relay', SECRET]);
    expect(posted).toEqual(['Bearer access-token-1', 'Bearer access-token-1', 'Bearer access-token-1']);
    await clock.run(3_530_000);
    await send(destination);
    expect(asked).toHaveLength(1);
    await clock.run(20_000);
    await send(destination);
    expect(asked).toHaveLength(2);
    expect(posted.at(-1)).toBe('Bearer access-token-2');
  });

  it('sends its id and secret in the body where the server wants them there', async () => {
    const { destination, asked } = await open({}, { client_auth: 'post' });
    await send(destination);
    expect(asked[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toMatchObject({
      client_id: 'relay',
      client_secret: SECRET,
    });
  });

  it.each([0, -1, -1e9, 1, '0'])(
    'does not ask with each request where a token lasts %s seconds',
    async (seconds) => {
      const { destination, asked, clock } = await open({
        token: (_, number) => json(200, { access_token: `t${number}`, expires_in: seconds }),
        hook: () => ({ status: 204 }),
      });
      for (let n = 0; n < 5; n += 1) await send(destination);
      expect(asked).toHaveLength(1);
      await clock.run(11_000);
      await send(destination);
      expect(asked).toHaveLength(2);
    },
  );

  it('does not go by the wall clock', async () => {
    const { destination, asked, clock } = await open();
    const now = vi.spyOn(clock, 'now');
    await send(destination);
    for (const days of [-1, 1, 365]) {
      now.mockReturnValue(Date.now() + days * 86_400_000);
      await send(destination);
    }
    expect(asked).toHaveLength(1);
  });

  it('asks anew, and sends again, where a token was taken back before its end', async () => {
    const { destination, asked, good, posted, clock } = await open();
    await send(destination);
    await clock.run(60_000);
    good.clear();
    await send(destination);
    expect(asked).toHaveLength(2);
    expect(posted).toEqual(['Bearer access-token-1', 'Bearer access-token-1', 'Bearer access-token-2']);
  });

  it('does not ask again and again where the webhook takes no token', async () => {
    const { destination, asked, posted } = await open({
      hook: ({ headers }) => ({ status: 401, body: `no ${headers.authorization}` }),
    });
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(error).toMatchObject({ code: 'not_authorized' });
    expect(String(error)).not.toContain('access-token-1');
    expect([asked.length, posted.length]).toEqual([1, 1]);
  });

  it.each([
    [401, { error: 'invalid_client', error_description: `unknown ${SECRET}` }],
    [400, { error: 'invalid_scope' }],
    [422, { detail: SECRET }],
    [413, 'too large'],
  ])('is refused, and no row is, where the server answers %i', async (status, body) => {
    const { destination, posted } = await open({ token: () => json(status, body) });
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(error).toMatchObject({ code: 'not_authorized' });
    expect(String(error)).not.toContain(SECRET);
    expect(posted).toEqual([]);
  });

  it.each<[string, ReceiverReply]>([
    ['a login page', { status: 200, body: '<html>Sign in</html>' }],
    ['no token', json(200, { token_type: 'Bearer', id_token: 'secret-id-token' })],
    ['a token that would begin another header', json(200, { access_token: 'a\r\nx: y' })],
    ['a token of another type', json(200, { access_token: 'abc', token_type: 'mac' })],
    ['a token of a megabyte', json(200, { access_token: 'a'.repeat(1_000_000) })],
  ])('is refused where the server answers %s', async (_, reply) => {
    const { destination } = await open({ token: () => reply });
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'not_authorized' });
    expect(String(error)).not.toContain('secret-id-token');
    expect(String(error).length).toBeLessThan(500);
  });

  it.each([429, 500, 503])('waits where the server answers %i', async (status) => {
    const { destination, asked } = await open({
      token: (_, number) => (number === 1 ? { status, headers: { 'retry-after': '7' } } : undefined),
    });
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ retryAfterMs: 7_000 });
    await send(destination);
    expect(asked).toHaveLength(2);
  });

  it('asks again after a reply that was lost', async () => {
    const { destination, asked } = await open({
      fault: ({ number }) => (number === 1 ? 'accept_then_reset' : undefined),
    });
    await expect(send(destination)).rejects.toBeInstanceOf(RetryableError);
    await send(destination);
    expect(asked).toHaveLength(2);
  });

  it('keeps a token only five minutes where the server does not say how long it is good', async () => {
    const { destination, asked, clock } = await open({
      token: (_, number) => json(200, { access_token: `t${number}`, expires_in: 'soon' }),
      hook: () => ({ status: 204 }),
    });
    await send(destination);
    await clock.run(200_000);
    await send(destination);
    expect(asked).toHaveLength(1);
    await clock.run(100_000);
    await send(destination);
    expect(asked).toHaveLength(2);
  });

  it('does not show a secret that the server repeats as it stood in the body', async () => {
    const secret = `it's (a) secret!`;
    const { destination } = await open(
      { token: ({ body }) => ({ status: 400, body }) },
      { client_auth: 'post', client_secret: secret },
    );
    const error = await send(destination).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('400');
    expect(String(error)).not.toContain(new URLSearchParams({ v: secret }).toString().slice(2));
  });

  it('asks for nothing where the one who needs a token has given up', async () => {
    const { asked, receiver, clock } = await open({ token: () => json(500, {}) });
    const http = nodeHttpClient({ allowNetworks: ['127.0.0.1'], connections: 1, timeoutMs: 1_000, clock });
    closers.push(() => http.close());
    const tokens = accessTokens(
      { token_url: `${receiver.origin}/token`, client_id: 'a', client_secret: 'b', client_auth: 'basic' },
      { http, clock, context: () => ({ who: 'x', secrets: [], now: 0, retryAfterMaxMs: 0 }) },
    );
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    await expect(tokens.token(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(asked).toEqual([]);
  });

  it('goes on for the others where one that waits for the token gives up', async () => {
    const { destination, asked } = await open({
      fault: ({ path }) => (path === '/token' ? { delayMs: 200 } : undefined),
    });
    const abort = new AbortController();
    const given = destination.send(batchOf(destination, [envelope(1)]), abort.signal);
    const other = send(destination);
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await other;
    expect(asked).toHaveLength(1);
  });
});
