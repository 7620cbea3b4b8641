/**
 * A setup file of Vitest: the next file in a worker finds the process as the first one did, with the same folder, environment, clock and
 * functions, also where a test failed before it put them back.
 */
import { afterAll, vi } from 'vitest';

const folder = process.cwd();
const environment = { ...process.env };

// Registered first, and so called last, after what the file itself puts back.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (environment[name] === undefined) delete process.env[name];
  Object.assign(process.env, environment);
});
