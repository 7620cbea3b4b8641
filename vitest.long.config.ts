import { defineConfig } from 'vitest/config';
import { removeSettings } from './test/support/own-environment.ts';

removeSettings(process.env);

// Beside other work, at a load of ten for each core, a start has taken more than a minute. For lab/serve.ts.
process.env.XDR_RELAY_LAB_READY_MS ??= '240000';

/** What takes too long for `npm test`: see test/long. */
export default defineConfig({
  test: {
    name: 'long',
    include: ['test/long/**/*.test.ts'],
    testTimeout: 300_000,
    // Longer than a start may take.
    hookTimeout: 300_000,
    fileParallelism: false,
    globalSetup: ['test/support/azurite-setup.ts'],
  },
});
