import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../lab/azurite.ts';
import { startEntraServer } from '../../lab/receivers/entra.ts';
import { startReceiverServer } from './receiver-server.ts';

/** What the tests in workerd need outside of it: workerd can start nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [azurite, receivers, entra] = await Promise.all([
    startAzurite(),
    startReceiverServer(),
    startEntraServer(),
  ]);
  project.provide('connectionString', azurite.connectionString);
  project.provide('receivers', receivers.origin);
  project.provide('entra', entra.origin);
  return async () => {
    await entra.close();
    await receivers.close();
    await azurite.stop();
  };
}
