/** Presets that are careless, or that somebody made to do harm: nothing of them may end the relay, or send events and secrets elsewhere. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { type ReceiverReply, startReceiver } from '../../lab/receivers/server.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { httpPresetConfig } from '../../src/destinations/http-preset/config.ts';
import { presetSchema } from '../../src/destinations/http-preset/preset.ts';
import { resolvedPreset } from '../../src/destinations/http-preset/resolve.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf, RETRY_AFTER_MAX_MS } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const LEAST = {
  title: 'Acme',
  request: { url: 'https://acme.example/in' },
  body: { framing: 'array', record: '{event}' },
  replies: [{ status: 200, body: 'json', means: 'accepted' }],
};
const SECRETS = { settings: {}, secrets: {} };

function problemsOf(preset: object): readonly string[] {
  const { error } = presetSchema.safeParse({ ...LEAST, ...preset });
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

async function open(reply: (path: string) => ReceiverReply, entry: object = {}) {
  let requests = 0;
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const receiver = await startReceiver({}, counts, ({ path }) => {
    requests += 1;
    return reply(path);
  });
  const config = httpPresetConfig.parse({
    type: 'http_preset',
    preset: LEAST,
    endpoint: receiver.origin,
    allow_networks: ['127.0.0.1'],
    ...entry,
  });
  const clock = new FakeClock(Date.UTC(2026, 10, 27), { sleepPasses: true });
  const destination = createDestination('own', config, depsOf(nodeHttpClient, clock));
  closers.push(() => destination.close(), receiver.close);
  return { destination, receiver, requests: () => requests };
}

describe('an endpoint', () => {
  it.each(['https://acme.example//evil.example/in?a=1', 'https://acme.example/\\evil.example/in?a=1'])(
    'is where requests go, whatever the path of %s looks like',
    (url) => {
      const preset = presetSchema.parse({ ...LEAST, request: { url } });
      const resolved = resolvedPreset({
        preset,
        ...SECRETS,
        endpoint: 'https://gateway.contoso.example:8443',
      });
      expect(resolved.url).toBe('https://gateway.contoso.example:8443//evil.example/in?a=1');
    },
  );
});

describe('the pattern of a setting', () => {
  const withPattern = (pattern: string) => problemsOf({ settings: { x: { description: 'x.', pattern } } });

  it('may not take seconds to match', () => {
    expect(withPattern('(a?){1000}'.repeat(40))).toEqual([
      expect.stringMatching(/^settings\.x\.pattern: .*fewer repetitions/),
    ]);
  });

  it('may have the repetitions that keys and ids need', () => {
    expect(withPattern('[0-9A-Za-z_-]{20,1000}')).toEqual([]);
  });
});

describe('credentials', () => {
  const settings = { open: { description: 'x.' }, hidden: { description: 'x.', secret: true } };
  const withAuth = (auth: object) => problemsOf({ settings, request: { ...LEAST.request, auth } });
  it.each([
    ['token', { type: 'bearer' }],
    ['password', { type: 'basic', username: 'relay' }],
    ['key', { type: 'api_key', header: 'X-Key' }],
    ['client_secret', { type: 'oauth2', token_url: 'https://acme.example/token', client_id: 'relay' }],
    ['key', { type: 'google_service_account', scope: 'x' }],
  ])('in `%s` of %o come from a setting that is secret, and are written nowhere', (key, auth) => {
    for (const text of ['a-token-0123', '{open}']) {
      expect(withAuth({ ...auth, [key]: text })).toEqual([
        expect.stringMatching(new RegExp(`^request\\.auth\\.${key}: .*secret: true`)),
      ]);
    }
    expect(withAuth({ ...auth, [key]: '{hidden}' })).toEqual([]);
  });
});

describe('headers that are credentials', () => {
  it.each(['Authorization', 'X-Api-Key', 'DD-API-KEY', 'X-Acme-Token', 'Cookie'])(
    'such as %s come from a secret setting, too',
    (name) => {
      const settings = { open: { description: 'x.' }, hidden: { description: 'x.', secret: true } };
      const withText = (text: string) =>
        problemsOf({ settings, request: { ...LEAST.request, headers: { [name]: text } } });
      const refused = [expect.stringMatching(new RegExp(`^request\\.headers\\.${name}: .*secret: true`))];
      expect(withText('Bearer abc')).toEqual(refused);
      expect(withText('{open}')).toEqual(refused);
      expect(withText('Bearer {hidden}')).toEqual([]);
    },
  );
});

describe('an acceptance', () => {
  it('is recognised in a reply that tells of each of a thousand records', async () => {
    const records = Array.from({ length: 1_000 }, (_, at) => ({ id: `record-${at}`.padEnd(200, '-') }));
    const { destination, requests } = await open(() => ({ status: 200, body: JSON.stringify({ records }) }));
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(requests()).toBe(1);
  });

  it('is not half a reply', async () => {
    const { destination } = await open(() => ({ status: 200, body: '{"ok":tr' }));
    await expect(destination.send(batchOf(destination, [envelope(1)]), signal)).rejects.toMatchObject({
      code: 'bad_reply',
    });
  });
});

describe('the limits of a request', () => {
  it.each([
    ['ascii', 'x'],
    ['three bytes a character', '€'],
  ])('are kept to the byte: %s', async (_, character) => {
    const bytesOf = (text: string) => {
      const [item] = batchOf(destination, [withText(text)]).items;
      return item?.bytes ?? 0;
    };
    const withText = (Text: string) => envelope(1, { event: { Text } });
    const { destination, requests } = await open(() => ({ status: 200, body: '{}' }), {
      preset: { ...LEAST, limits: { bytes: '16KiB', event_bytes: '4096B' } },
    });
    const room = 4_096 - bytesOf('');
    const many = character.repeat(Math.floor(room / Buffer.byteLength(character)));
    const exact = many + 'x'.repeat(room - Buffer.byteLength(many));
    expect(bytesOf(exact)).toBe(4_096);
    await destination.send(batchOf(destination, [withText(exact)]), signal);
    await expect(
      destination.send(batchOf(destination, [withText(`${exact}x`)]), signal),
    ).rejects.toMatchObject({ code: 'too_large', rows: [0] });
    expect(requests()).toBe(1);
  });

  it('leave room for a batch where records may be many and requests are small', async () => {
    const { destination } = await open(() => ({ status: 200, body: '{}' }), {
      preset: { ...LEAST, limits: { bytes: '1KiB', events: 100_000 } },
      batch: { items: 5_000 },
    });
    expect(destination.batch.bytes).toBeGreaterThan(900);
    const { items, bytes } = destination.batch;
    // The least that a record has are the two bytes of `{}`: with a comma after each, no batch is above the limit.
    expect(bytes + items - 1 + 2).toBeLessThanOrEqual(1_024);
  });
});

describe('a reply', () => {
  const failureOf = async (reply: (path: string) => ReceiverReply, entry: object) => {
    const { destination } = await open(reply, entry);
    return destination.send(batchOf(destination, [envelope(1)]), signal).then(
      () => expect.fail('accepted'),
      (error: unknown) => error,
    );
  };
  const withSecret = (text: string, request: object) => ({
    preset: {
      ...LEAST,
      settings: { hidden: { description: 'x.', secret: true } },
      request: { ...LEAST.request, ...request },
    },
    secrets: { hidden: text },
  });

  it.each([
    [
      'the token in a secret address',
      withSecret('https://acme.example/in/tok3n-0123456', { url: '{hidden}' }),
    ],
    ['a word of a header', withSecret('Bearer tok3n-0123456', { headers: { Authorization: '{hidden}' } })],
    [
      'an access token',
      withSecret('client-secret-1', {
        auth: {
          type: 'oauth2',
          token_url: 'TOKENS',
          client_id: 'relay',
          client_secret: '{hidden}',
        },
      }),
    ],
  ])('that repeats %s is shown without it', async (_, entry) => {
    const tokens = await startReceiver({}, { requests: 0, faults: 0, refused: 0, events: 0 }, () => ({
      status: 200,
      body: JSON.stringify({ access_token: 'tok3n-0123456', token_type: 'Bearer', expires_in: 3_600 }),
    }));
    closers.push(tokens.close);
    const error = await failureOf(
      () => ({ status: 500, body: 'no room for tok3n-0123456 here' }),
      JSON.parse(JSON.stringify(entry).replace('TOKENS', `${tokens.origin}/token`)),
    );
    expect(error).toMatchObject({ message: 'Acme answered 500: no room for *** here' });
  });

  it('is HTML where something stands before its first tag', async () => {
    const sumo = { preset: 'sumo', secrets: { url: 'https://acme.example/receiver/v1/http/abcdefgh' } };
    const page = {
      status: 200,
      body: '\ufeff\r\n <!doctype html>',
      headers: { 'content-type': 'text/plain' },
    };
    expect(await failureOf(() => page, sumo)).toMatchObject({ code: 'bad_reply' });
  });

  it.each([['99999999999'], ['1e3'], ['-5'], ['NaN'], ['Infinity'], ['0x10']])(
    'that asks for a wait of %s is obeyed within bounds, or not at all',
    async (wait) => {
      const error = await failureOf(() => ({ status: 429, headers: { 'x-ratelimit-reset': wait } }), {
        preset: 'datadog',
        secrets: { api_key: '0123456789abcdef0123456789abcdef' },
      });
      const retryAfterMs = /^\d+$/.test(wait) ? RETRY_AFTER_MAX_MS : undefined;
      expect(error).toMatchObject({ code: 'throttled', retryAfterMs });
    },
  );
});

describe('what stands around the records', () => {
  it('must leave room for them: else every event would become a dead letter', () => {
    const preset = {
      ...LEAST,
      settings: { note: { description: 'a note.' } },
      body: { framing: 'object', object: { note: '{note}', records: '{records}' }, record: '{event}' },
      limits: { bytes: '1KiB' },
    };
    const issuesOf = (note: string) =>
      httpPresetConfig.safeParse({ type: 'http_preset', preset, settings: { note } }).error?.issues ?? [];
    expect(issuesOf('short')).toEqual([]);
    expect(issuesOf('x'.repeat(1_100))).toEqual([
      expect.objectContaining({ path: ['preset'], message: expect.stringMatching(/leave room for records/) }),
    ]);
  });
});

describe('a service account of Google', () => {
  it('whose key cannot sign is a refusal that a person can mend, and says nothing of the key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const key = { type: 'service_account', client_email: 'a@b.example', private_key: pem };
    const { destination, requests } = await open(() => ({ status: 200, body: '{}' }), {
      preset: 'google_secops',
      settings: { project: 'contoso', instance: '7d1f7b2c-3a55-4c56-9b2c-1f9a0e8d6c11' },
      secrets: { service_account: JSON.stringify(key) },
    });
    const error = await destination
      .send(batchOf(destination, [envelope(1)]), signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(error).toMatchObject({ code: 'not_authorized', message: expect.stringMatching(/2048/) });
    expect(requests()).toBe(0);
  });
});
