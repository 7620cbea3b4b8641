import { fileURLToPath } from 'node:url';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { isWholeConsoleTried, ONLY_WITH_ALL } from './test/support/browser-extent.ts';
import { builtCommand } from './test/support/built-command.ts';
import { LongFilesFirst } from './test/support/file-order.ts';
import { removeSettings } from './test/support/own-environment.ts';
import { runsFactor } from './test/support/runs.ts';
import { filesInSharedWorkers } from './test/support/shared-workers.ts';

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** As `[alias]` of wrangler.toml has it: the Azure SDKs' builds for Node. Whole names only, not beginnings of names. */
const azureForWorkers = Object.entries({
  '@azure/storage-blob': '@azure/storage-blob/dist/esm/index.js',
  '@azure/storage-queue': '@azure/storage-queue/dist/esm/index.js',
  '@azure/storage-common': '@azure/storage-common/dist/esm/index.js',
  '@azure/core-xml': '@azure/core-xml/dist/esm/index.js',
  '@azure/core-util': '@azure/core-util/dist/esm/index.js',
  '@typespec/ts-http-runtime/internal/util': '@typespec/ts-http-runtime/dist/esm/util/internal.js',
  '@typespec/ts-http-runtime/internal/policies': '@typespec/ts-http-runtime/dist/esm/policies/internal.js',
}).map(([name, file]) => ({ find: new RegExp(`^${name}$`), replacement: path(`node_modules/${file}`) }));

removeSettings(process.env);

// The tests start some hundred processes of Node, which would each compile the same modules again.
process.env.NODE_COMPILE_CACHE ??= path('node_modules/.cache/xdr-relay-compiled');

// lab/serve.ts and test/cli/run.ts start this one in place of the sources.
process.env.XDR_RELAY_LAB_COMMAND ??= await builtCommand();

/** Only what hangs takes so long, however busy the machine is. Milliseconds. */
const POLLED_WITHIN = { expect: { poll: { timeout: 55_000 } } };
const PATIENCE = { testTimeout: 60_000 * runsFactor(), hookTimeout: 60_000, ...POLLED_WITHIN };

/** Node imports the sources itself: Vite would transform all of them once for each project. Nothing here mocks modules. */
const NATIVE = { experimental: { viteModuleRunner: false, nodeLoader: false } };

/** Folders of `test` with a project of their own, or, as `long`, with a configuration of their own. */
const OTHER_FOLDERS = ['console', 'e2e', 'workerd', 'long'];

const UNIT_FILES = filesInSharedWorkers(path('.'), OTHER_FOLDERS);

export default defineConfig({
  test: {
    // Three more than the cores of a small machine: many tests wait for Azurite, for leases, for processes.
    maxWorkers: 5,
    sequence: { sequencer: LongFilesFirst },
    globalSetup: ['test/support/azurite-setup.ts'],
    projects: [
      {
        // What does not change its process: a worker runs one file after another.
        test: {
          name: 'unit',
          ...NATIVE,
          include: UNIT_FILES,
          isolate: false,
          setupFiles: ['test/support/properties.ts', 'test/support/unchanged-process.ts'],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'node',
          ...NATIVE,
          setupFiles: ['test/support/properties.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [...OTHER_FOLDERS.map((folder) => `test/${folder}/**`), ...UNIT_FILES],
          ...PATIENCE,
        },
      },
      {
        test: {
          name: 'e2e',
          ...NATIVE,
          isolate: false,
          include: ['test/e2e/**/*.test.ts'],
          ...POLLED_WITHIN,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The console in Chromium.
        test: {
          exclude: isWholeConsoleTried ? [] : [...ONLY_WITH_ALL],
          name: 'console',
          ...NATIVE,
          isolate: false,
          include: ['test/console/**/*.test.ts'],
          globalSetup: ['test/support/browser-setup.ts'],
          ...PATIENCE,
          // Longer than test/support/browser.ts waits for a part of a page.
          testTimeout: 180_000 * runsFactor(),
          hookTimeout: 180_000,
        },
      },
      {
        // The adapters, and the Worker's own parts, in workerd.
        plugins: [
          cloudflareTest({
            miniflare: {
              compatibilityDate: '2026-10-20',
              compatibilityFlags: ['nodejs_compat'],
              // As wrangler's own rules have it: such a file becomes a module that is compiled before the Worker starts.
              modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
            },
          }),
        ],
        resolve: {
          alias: [
            ...azureForWorkers,
            { find: 'xdr-relay-files', replacement: path('test/workerd/files.ts') },
          ],
        },
        test: {
          name: 'workerd',
          isolate: false,
          include: ['test/workerd/**/*.test.ts'],
          globalSetup: ['test/support/workerd-setup.ts'],
          ...PATIENCE,
        },
      },
    ],
  },
});
