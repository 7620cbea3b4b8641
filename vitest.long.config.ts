import { defineConfig } from 'vitest/config';

/** What takes too long for `npm test`: see test/long. */
export default defineConfig({
  test: {
    name: 'long',
    include: ['test/long/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    globalSetup: ['test/support/azurite-setup.ts'],
  },
});
