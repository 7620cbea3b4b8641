/** Loaded into a relay by tests (`--import`): sends its requests to the vault of the lab, which has no name on the network. */
import { connect } from 'node:tls';
import { Agent, fetch as fetchBy } from 'undici';
import { VAULT_CERTIFICATE } from '../../lab/vault-certificate.ts';

const { LAB_VAULT_HOST: host, LAB_VAULT_PORT: port } = process.env;
const real = globalThis.fetch;

const agent = new Agent({
  connect: (_, done) => {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(port),
      servername: host ?? '',
      ca: VAULT_CERTIFICATE.cert,
    });
    socket.once('secureConnect', () => done(null, socket));
    socket.once('error', (error) => done(error, null));
  },
});

const toVault: typeof fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname !== host) return real(input, init);
  return fetchBy(url, { ...(init as object), dispatcher: agent }) as unknown as Promise<Response>;
};
globalThis.fetch = toVault;
