import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../demo/azurite.ts';

/** What the tests in workerd need outside of it: workerd can start nothing. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const azurite = await startAzurite();
  project.provide('connectionString', azurite.connectionString);
  return () => azurite.stop();
}
