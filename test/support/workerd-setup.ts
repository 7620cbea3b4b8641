import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../lab/azurite.ts';
import { startCountingProxy } from '../../lab/counting-proxy.ts';
import { startEntraServer } from '../../lab/receivers/entra.ts';
import { closeServer, listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { startReceiverServer } from './receiver-server.ts';

const COUNTRIES = createRequire(import.meta.url).resolve(
  '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country-ipv4.mmdb',
);

/** What the tests in workerd need outside of it: workerd can start nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [azurite, receivers, entra] = await Promise.all([
    startAzurite(),
    startReceiverServer(),
    startEntraServer(),
  ]);
  const proxy = await startCountingProxy(azurite);
  const counts = createServer((_, reply) => reply.end(JSON.stringify(proxy.operations)));
  const countries = createServer((_, reply) => createReadStream(COUNTRIES).pipe(reply));
  project.provide('countries', `http://127.0.0.1:${await listenOnLoopback(countries)}`);
  project.provide('connectionString', azurite.connectionString);
  project.provide('counted', {
    connectionString: proxy.connectionString,
    operations: `http://127.0.0.1:${await listenOnLoopback(counts)}`,
  });
  project.provide('receivers', receivers.origin);
  project.provide('entra', entra.origin);
  return async () => {
    await entra.close();
    await receivers.close();
    await closeServer(counts);
    await closeServer(countries);
    await proxy.close();
    await azurite.stop();
  };
}
