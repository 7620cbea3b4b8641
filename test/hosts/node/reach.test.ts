/** Connections that only show whether an address can be reached. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { reachOrigin } from '../../../src/hosts/node/reach.ts';
import { SELF_SIGNED } from '../../destinations/self-signed.ts';

const signal = AbortSignal.timeout(20_000);
const allowNetworks = ['127.0.0.0/8'];
let server: Server | undefined;
afterEach(() => {
  server?.close();
  vi.unstubAllEnvs();
});

async function portOf(made: Server): Promise<number> {
  server = made;
  made.on('tlsClientError', () => {});
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return (made.address() as AddressInfo).port;
}

describe('an address that is no http', () => {
  it('is connected to, and not through the proxy of the environment', async () => {
    vi.stubEnv('ALL_PROXY', 'http://127.0.0.1:9');
    const port = await portOf(createServer((socket) => socket.end()));
    await reachOrigin(`tcp://127.0.0.1:${port}`, { allowNetworks }, signal);
    server?.close();
    await expect(reachOrigin(`tcp://127.0.0.1:${port}`, { allowNetworks }, signal)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('shows whether its certificate is trusted', async () => {
    const port = await portOf(createTlsServer(SELF_SIGNED, (socket) => socket.end()));
    const address = `tls://127.0.0.1:${port}`;
    await reachOrigin(address, { allowNetworks, tls: { ca: SELF_SIGNED.cert } }, signal);
    await expect(reachOrigin(address, { allowNetworks }, signal)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it.each(['tcp://127.0.0.1:9', 'tcp://localhost:9', 'tls://0x7f.1:9'])(
    'is refused in a private network: %s',
    async (address) => {
      await expect(reachOrigin(address, { allowNetworks: [] }, signal)).rejects.toMatchObject({
        code: 'address_refused',
      });
    },
  );
});
