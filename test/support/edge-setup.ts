import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../demo/azurite.ts';
import { startReceiverServer } from './receiver-server.ts';

/** What the tests in workerd need outside of it: workerd can start nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [azurite, receivers] = await Promise.all([startAzurite(), startReceiverServer()]);
  project.provide('connectionString', azurite.connectionString);
  project.provide('receivers', receivers.origin);
  return async () => {
    await receivers.close();
    await azurite.stop();
  };
}
