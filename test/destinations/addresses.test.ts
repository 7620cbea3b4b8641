import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressAllowed, checkLiteralHost } from '../../src/destinations/addresses.ts';
import { networksOf } from '../../src/destinations/http.ts';
import { guardedLookup, nodeHttpClient } from '../../src/hosts/node/http.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { parseNetwork } from '../../src/shared/network.ts';
import { SELF_SIGNED } from './self-signed.ts';

const signal = new AbortController().signal;
const request = (url: string) => ({ method: 'POST', url, headers: {}, body: '{}' }) as const;
const clientOf = (allowNetworks: readonly string[] = []) =>
  nodeHttpClient({ allowNetworks, connections: 1, timeoutMs: 2_000, clock: systemClock });

describe('addresses a destination may be at', () => {
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2001::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
    'not an address',
    '',
  ])('refuses %s', (address) => {
    expect(addressAllowed(address, [])).toBe(false);
  });

  it.each([
    '8.8.8.8',
    '20.60.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a01:111::1',
    '::ffff:8.8.8.8',
  ])('allows %s', (address) => {
    expect(addressAllowed(address, [])).toBe(true);
  });

  it('allows what the config allows, and nothing beside it', () => {
    const networks = networksOf(['10.1.0.0/16', 'fd00::/8', '127.0.0.1']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd00::5', '127.0.0.1']) {
      expect(addressAllowed(address, networks)).toBe(true);
    }
    for (const address of ['10.2.0.1', 'fc00::5', '127.0.0.2', '::1', '169.254.169.254']) {
      expect(addressAllowed(address, networks)).toBe(false);
    }
  });

  it('an IPv4-mapped address is judged as its IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(addressAllowed(`::ffff:${address}`, [])).toBe(addressAllowed(address, []));
      }),
    );
  });

  it.each([
    '10.0.0.0/33',
    'ten',
    '10.0.0',
    '::/129',
    '',
    'localhost',
    '0x7f.1',
    '0x7f.0.0.1/8',
    '010.0.0.0/8',
    '10/8',
    '::/0/0',
  ])('%s is no network', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it.each([
    'http://127.0.0.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://169.254.169.254/latest/meta-data',
    'http://①②⑦.⓪.⓪.①',
  ])('refuses the literal host of %s', (url) => {
    expect(() => checkLiteralHost(new URL(url), [])).toThrow(/not a public address/);
  });
});

describe('Node’s HTTP client', () => {
  it('refuses a literal address without a connection', async () => {
    const client = clientOf();
    await expect(client.send(request('http://127.0.0.1:8088/x?token=abc'), signal)).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'address_refused',
      message: expect.not.stringContaining('abc'),
    });
    await client.close();
  });

  it('refuses a name that resolves to loopback, in the lookup of its own connection', async () => {
    const client = clientOf();
    await expect(client.send(request('http://localhost:8088/'), signal)).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'address_refused',
    });
    await client.close();
  });

  it('looks up as the runtime asks: one address or all', async () => {
    const lookup = guardedLookup(networksOf(['127.0.0.0/8', '::1']));
    const one = await new Promise((resolve) =>
      lookup('localhost', { family: 4 }, (...result) => resolve(result)),
    );
    expect(one).toEqual([null, '127.0.0.1', 4]);
    const all = await new Promise((resolve) =>
      lookup('localhost', { all: true, family: 4 }, (...result) => resolve(result)),
    );
    expect(all).toEqual([null, [{ address: '127.0.0.1', family: 4 }]]);
    const none = await new Promise((resolve) =>
      lookup('no-such-name.invalid', { all: true }, (error) => resolve(error?.code)),
    );
    expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(none);
  });

  it('never shows a header that can’t be sent', async () => {
    const client = clientOf(['127.0.0.1']);
    const sent = client.send(
      { ...request('http://127.0.0.1:8088/'), headers: { authorization: 'Splunk secret\ntoken' } },
      signal,
    );
    await expect(sent).rejects.toMatchObject({ message: expect.not.stringMatching(/secret|token/) });
    await client.close();
  });

  it('takes a name nobody knows for passing trouble', async () => {
    const client = clientOf();
    await expect(client.send(request('http://no-such-name.invalid/'), signal)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'unreachable',
    });
    await client.close();
  });

  it('takes a certificate nobody vouches for for a refusal', async () => {
    const server = createServer(SELF_SIGNED, (_, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = clientOf(['127.0.0.1']);
    await expect(client.send(request(`https://127.0.0.1:${port}/`), signal)).rejects.toMatchObject({
      name: 'DestinationRefusedError',
      code: 'bad_certificate',
    });
    await client.close();
    server.close();
  });
});
