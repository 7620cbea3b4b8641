/** Plugins of esbuild that leave out of the bundled command what a start would pay for and nothing uses. */
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Takes Node's own modules by `process.getBuiltinModule`. An `import` of them reads every export, and some load much more when they are read:
 * `WebSocket` of node:http is all of Node's undici, `webcrypto` of node:crypto all of that.
 */
export const builtinsOnDemand: Plugin = {
  name: 'builtins-on-demand',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?\w+(?:\/\w+)*$/ }, ({ path, kind }) => {
      // An `import()` is of its own time, and needs the names.
      if (!isBuiltin(path) || kind === 'entry-point' || kind === 'dynamic-import') return undefined;
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace: 'builtin' };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** Leaves out zod's messages in fifty languages, two thirds of it: English is a module of its own. */
export const zodInEnglish: Plugin = {
  name: 'zod-in-english',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]zod[\\/]/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export {};' }));
  },
};
