/** Builds the console, and starts one Chromium for all tests of it, which is closed when they have ended. */
import { chromium as driver } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { CHROMIUM_FLAGS, chromium } from '../../scripts/chromium.ts';
import { currentConsole } from '../../scripts/current-console.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where Chromium is reached; undefined where there is none. */
    readonly browser: string | undefined;
  }
}

/** On a machine that builds the console beside it. */
const LAUNCHED_WITHIN_MS = 120_000;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [file] = await Promise.all([chromium(), currentConsole()]);
  if (file === undefined) {
    console.warn(
      'There is no Chromium: the tests of the console in a browser are skipped. See scripts/chromium.ts',
    );
    project.provide('browser', undefined);
    return async () => {};
  }
  const server = await driver.launchServer({
    executablePath: file,
    args: [...CHROMIUM_FLAGS],
    timeout: LAUNCHED_WITHIN_MS,
  });
  project.provide('browser', server.wsEndpoint());
  return () => server.close();
}
