import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../lab/azurite.ts';
import { startCountingProxy } from '../../lab/counting-proxy.ts';
import { startEntraServer } from '../../lab/receivers/entra.ts';
import { closeServer, listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { startReceiverServer } from './receiver-server.ts';

/** What the tests in workerd need outside of it: workerd can start nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [azurite, receivers, entra] = await Promise.all([
    startAzurite(),
    startReceiverServer(),
    startEntraServer(),
  ]);
  const proxy = await startCountingProxy(azurite);
  const counts = createServer((_, reply) => reply.end(JSON.stringify(proxy.operations)));
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
    await proxy.close();
    await azurite.stop();
  };
}
