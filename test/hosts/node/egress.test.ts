import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EgressProxy, type EgressProxyOptions, startEgressProxy } from '../../../lab/egress-proxy.ts';
import { closeServer, listenOnLoopback } from '../../../lab/receivers/loopback.ts';
import { startWebhookReceiver } from '../../../lab/receivers/webhook.ts';
import { createDestination } from '../../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError } from '../../../src/destinations/errors.ts';
import type { Destination } from '../../../src/destinations/port.ts';
import { webhookConfig } from '../../../src/destinations/webhook/config.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { proxyFor } from '../../../src/hosts/node/proxies.ts';
import { depsOf } from '../../destinations/deps.ts';
import { closedOrigin } from '../../destinations/register-destination-tests.ts';
import { batchOf, envelope } from '../../destinations/samples.ts';
import { SELF_SIGNED } from '../../destinations/self-signed.ts';

const PASSWORD = 'proxy-p@ssword:1';
const signal = new AbortController().signal;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0).reverse()) await close();
});

async function proxyOf(options: EgressProxyOptions = {}): Promise<EgressProxy> {
  const proxy = await startEgressProxy(options);
  closers.push(proxy.close);
  return proxy;
}

async function receiverOf() {
  const receiver = await startWebhookReceiver({ store: true });
  closers.push(receiver.close);
  return receiver;
}

/** An https server that says which certificate its client has. */
async function secureReceiver(asksForCertificate = false): Promise<{ origin: string; clients: string[] }> {
  const clients: string[] = [];
  const server = createServer(
    {
      ...SELF_SIGNED,
      ca: SELF_SIGNED.cert,
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate,
    },
    (request, response) => {
      clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN));
      request.resume().on('end', () => response.writeHead(204).end());
    },
  );
  const port = await listenOnLoopback(server);
  closers.push(() => closeServer(server));
  return { origin: `https://127.0.0.1:${port}`, clients };
}

function open(url: string, over: Readonly<Record<string, unknown>> = {}): Destination {
  const config = webhookConfig.parse({ type: 'webhook', url, allow_networks: ['127.0.0.1'], ...over });
  const destination = createDestination('hook', config, depsOf(nodeHttpClient));
  closers.push(() => destination.close());
  return destination;
}

const send = (destination: Destination) => destination.send(batchOf(destination, [envelope(1)]), signal);

async function failure(destination: Destination): Promise<unknown> {
  const error = await send(destination).catch((thrown: unknown) => thrown);
  expect(String(error)).not.toContain(PASSWORD);
  expect(String(error)).not.toContain(encodeURIComponent(PASSWORD));
  return error;
}

describe('a destination behind a proxy', () => {
  it('is reached through a tunnel, with a user name and a password', async () => {
    const { origin, clients } = await secureReceiver();
    const proxy = await proxyOf({ credentials: `relay:${PASSWORD}` });
    const destination = open(`${origin}/in`, {
      proxy: { url: proxy.origin, username: 'relay', password: PASSWORD },
      tls: { ca: SELF_SIGNED.cert },
    });
    for (let sent = 0; sent < 8; sent++) await send(destination);
    expect(clients).toHaveLength(8);
    // Tunnels are kept.
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${new URL(origin).host}`]));
    expect(proxy.seen.length).toBeLessThanOrEqual(destination.concurrency);
  });

  it('is reached without a tunnel where it speaks plain http', async () => {
    const receiver = await receiverOf();
    const proxy = await proxyOf({ credentials: `relay:${PASSWORD}` });
    await send(open(receiver.url, { proxy: { url: proxy.origin, username: 'relay', password: PASSWORD } }));
    expect(receiver.received).toHaveLength(1);
    expect(proxy.seen).toEqual([`POST ${receiver.url}`]);
  });

  it('is reached by a name that only the proxy can look up', async () => {
    const receiver = await receiverOf();
    const proxy = await proxyOf({
      lookup: (host) => (host === 'soar.internal.invalid' ? '127.0.0.1' : host),
    });
    const url = receiver.url.replace('127.0.0.1', 'soar.internal.invalid');
    await send(open(url, { proxy: { url: proxy.origin } }));
    expect(receiver.received).toHaveLength(1);
  });

  it('is refused by its literal address as without a proxy', async () => {
    const receiver = await receiverOf();
    const proxy = await proxyOf();
    const destination = open(receiver.url, { allow_networks: [], proxy: { url: proxy.origin } });
    expect(await failure(destination)).toMatchObject({ code: 'address_refused' });
    expect(proxy.seen).toEqual([]);
  });

  it.each([
    ['HTTP_PROXY', 'http_proxy'],
    ['http_proxy', 'HTTP_PROXY'],
  ])('goes by %s, by NO_PROXY, and by `proxy: none`', async (name, other) => {
    vi.stubEnv(other, undefined);
    const receiver = await receiverOf();
    const proxy = await proxyOf({ credentials: `relay:${PASSWORD}` });
    vi.stubEnv(name, proxy.origin.replace('//', `//relay:${encodeURIComponent(PASSWORD)}@`));
    const destination = open(receiver.url);
    await send(destination);
    expect(proxy.seen).toHaveLength(1);
    await send(open(receiver.url, { proxy: 'none' }));
    expect(proxy.seen).toHaveLength(1);
    vi.stubEnv('NO_PROXY', '127.0.0.1,.core.windows.net');
    await send(destination);
    expect(proxy.seen).toHaveLength(1);
    expect(receiver.received).toHaveLength(3);
  });

  it.each<[string, string, boolean]>([
    ['::1', 'https://[::1]:8088/', true],
    ['localhost, ::1', 'https://[0:0::1]/', true],
    ['[::1]:8088', 'https://[::1]:8088/', true],
    ['fd00::/8', 'https://[fd00::5]/', true],
    ['fd00::/8', 'https://[fc00::5]/', false],
    ['10.0.0.0/8 192.168.0.0/16', 'https://192.168.3.4/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/8', 'https://10.contoso.example/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['.contoso.example', 'https://hec.contoso.example/', true],
    ['contoso.example:444', 'https://contoso.example/', false],
  ])('knows by NO_PROXY=%s whether %s is reached without a proxy', (exceptions, url, isDirect) => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.contoso.example:3128');
    vi.stubEnv('NO_PROXY', exceptions);
    expect(proxyFor(url, undefined) === undefined).toBe(isDirect);
  });

  it.each([
    ['proxy.contoso.example:3128', undefined],
    ['relay:pass@proxy.contoso.example:3128', undefined],
    ['', undefined],
    ['socks5://relay:geheim@proxy.contoso.example:1080', /no http or https/],
    ['http://relay:geheim 1@proxy:x', /no http or https/],
    ['http://relay:geheim%zz@proxy', /no http or https/],
  ])('does not end the process for HTTPS_PROXY=%s', async (value, warning) => {
    const script = `
      import { useEnvironmentProxy } from ${JSON.stringify(new URL('../../../src/hosts/node/environment-proxy.ts', import.meta.url).href)};
      const env = { HTTPS_PROXY: ${JSON.stringify(value)}, https_proxy: '' };
      console.log(JSON.stringify([useEnvironmentProxy(env) ?? '', env.HTTPS_PROXY]));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const [said, completed] = JSON.parse(stdout);
    expect(said).toMatch(warning ?? /^$/);
    expect(said).not.toContain('geheim');
    if (warning === undefined && value !== '') expect(completed).toBe(`http://${value}`);
  });

  it('says that the environment names no proxy, and does not go past it', async () => {
    const receiver = await receiverOf();
    vi.stubEnv('HTTP_PROXY', `socks5://relay:${PASSWORD}@127.0.0.1:1080`);
    expect(await failure(open(receiver.url))).toMatchObject({ code: 'proxy_refused' });
    expect(receiver.received).toEqual([]);
  });

  describe.each(['http', 'https'])('over %s', (scheme) => {
    const origin = async () =>
      scheme === 'http' ? (await receiverOf()).url : `${(await secureReceiver()).origin}/in`;
    const through = async (options: EgressProxyOptions, more = {}) => {
      const proxy = await proxyOf(options);
      return open(await origin(), { proxy: { url: proxy.origin, ...more }, timeout: '500ms' });
    };

    it('is out of service where the proxy wants another password', async () => {
      const destination = await through(
        { credentials: 'relay:other' },
        { username: 'relay', password: PASSWORD },
      );
      const error = await failure(destination);
      expect(error).toBeInstanceOf(DestinationRefusedError);
      expect(error).toMatchObject({ code: 'proxy_refused', message: expect.stringContaining('407') });
    });

    it('waits while the proxy hangs, or resets', async () => {
      expect(await failure(await through({ answer: 'hang' }))).toMatchObject({ code: 'timeout' });
      expect(await failure(await through({ answer: 'reset' }))).toBeInstanceOf(RetryableError);
    });

    it('is reached again when a proxy that hung answers', async () => {
      let isHanging = true;
      const proxy = await proxyOf({ answer: () => (isHanging ? 'hang' : undefined) });
      const destination = open(await origin(), {
        proxy: { url: proxy.origin },
        tls: { ca: SELF_SIGNED.cert },
        timeout: '300ms',
        concurrency: 1,
      });
      for (const _ of [1, 2, 3]) expect(await failure(destination)).toMatchObject({ code: 'timeout' });
      isHanging = false;
      await vi.waitFor(() => send(destination), { timeout: 30_000, interval: 200 });
    });

    it('waits while the proxy is not there', async () => {
      const destination = open(await origin(), { proxy: { url: await closedOrigin() } });
      expect(await failure(destination)).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('proxy'),
      });
    });
  });

  it('is out of service where the proxy forbids it, and waits where the proxy cannot reach it', async () => {
    const { origin } = await secureReceiver();
    const answering = async (answer: number) =>
      failure(open(origin, { proxy: { url: (await proxyOf({ answer })).origin } }));
    expect(await answering(403)).toMatchObject({ code: 'proxy_refused' });
    for (const status of [429, 502, 503]) expect(await answering(status)).toBeInstanceOf(RetryableError);
  });
});

describe('what is asked by fetch', () => {
  it('goes through the proxy of the environment, except to the process’ own host', async () => {
    const receiver = await receiverOf();
    const proxy = await proxyOf({ lookup: () => '127.0.0.1' });
    const script = `
      import { useEnvironmentProxy } from ${JSON.stringify(new URL('../../../src/hosts/node/environment-proxy.ts', import.meta.url).href)};
      useEnvironmentProxy({ HTTP_PROXY: ${JSON.stringify(proxy.origin)}, NO_PROXY: 'other.example' });
      for (const url of process.argv.slice(1)) console.log(String((await fetch(url)).status));`;
    const named = receiver.origin.replace('127.0.0.1', 'keys.invalid');
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      script,
      `${named}/keys`,
      `${receiver.origin}/own`,
    ]);
    expect(stdout.trim().split('\n')).toEqual(['404', '404']);
    expect(proxy.seen.filter((each) => each.includes('/own'))).toEqual([]);
    expect(proxy.seen).toHaveLength(1);
    expect(receiver.counts.requests).toBe(2);
  });
});

describe('a destination with certificates of its own', () => {
  it('is trusted by its authority alone', async () => {
    const { origin } = await secureReceiver();
    await send(open(origin, { tls: { ca: SELF_SIGNED.cert } }));
    expect(await failure(open(origin))).toMatchObject({ code: 'bad_certificate' });
  });

  it.each([false, true])('is shown the certificate of the relay (through a proxy: %s)', async (isProxied) => {
    const { origin, clients } = await secureReceiver(true);
    const tls = { ca: SELF_SIGNED.cert, certificate: SELF_SIGNED.cert, key: SELF_SIGNED.key };
    const way = isProxied ? { proxy: { url: (await proxyOf()).origin } } : {};
    await send(open(origin, { tls, ...way }));
    expect(clients).toEqual(['self-signed.test']);
    expect(await failure(open(origin, { tls: { ca: SELF_SIGNED.cert }, ...way }))).toBeInstanceOf(
      RetryableError,
    );
  });

  it('is out of service where they cannot be read', async () => {
    const { origin } = await secureReceiver();
    const certificate = SELF_SIGNED.cert.replace(/MIIB[\s\S]{80}/, '');
    const error = await failure(open(origin, { tls: { certificate, key: SELF_SIGNED.key } }));
    expect(error).toBeInstanceOf(DestinationRefusedError);
    expect(error).toMatchObject({ code: 'bad_certificate' });
    expect(String(error)).not.toContain('PRIVATE');
  });

  it.each([
    [{ certificate: SELF_SIGNED.cert }, /both/],
    [{ ca: 'no certificate' }, /BEGIN/],
    [{ certificate: SELF_SIGNED.cert, key: SELF_SIGNED.cert }, /private key/],
  ])('is not configured with half of them, or with something else (%#)', (tls, message) => {
    expect(() => open('https://hook.example', { tls })).toThrow(message);
  });

  it.each([
    [{ url: 'http://relay:abc@proxy.example' }, /keys of their own/],
    [{ url: 'socks5://proxy.example' }, /URL/i],
    [{ url: 'http://proxy.example', password: 'abc' }, /username/],
  ])('has a proxy by its address, user name and password (%#)', (proxy, message) => {
    expect(() => open('https://hook.example', { proxy })).toThrow(message);
  });
});
