/** Plugins of esbuild that leave out of a start of the bundled command what it would pay for and not use. */
import { readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';
import { ROOT } from './root.ts';

const load = createRequire(import.meta.url);

/**
 * Takes Node's own modules by `process.getBuiltinModule`. An `import` of them reads every export, and some load much more when they are read:
 * `WebSocket` of node:http is all of Node's undici, `webcrypto` of node:crypto all of that.
 *
 * For ECMAScript modules each export is a constant of its own, so that esbuild drops those that nothing uses. CommonJS modules get the
 * module itself.
 */
export const builtinsOnDemand: Plugin = {
  name: 'builtins-on-demand',
  setup(build) {
    build.onResolve({ filter: /^(?:node:)?\w+(?:\/\w+)*$/ }, ({ path, kind }) => {
      // An `import()` is of its own time, and needs the names.
      if (!isBuiltin(path) || kind === 'entry-point' || kind === 'dynamic-import') return undefined;
      const namespace = kind === 'import-statement' ? 'builtin' : 'builtin-for-require';
      return { path: path.startsWith('node:') ? path : `node:${path}`, namespace, sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin-for-require' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: exportsOf(path) }));
  },
};

/** An ECMAScript module with the exports of a module of Node, none of which is read unless it is used. */
function exportsOf(path: string): string {
  const names = Object.keys(load(path)).filter((name) => name !== 'default');
  return [
    `const all = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`,
    'export default all;',
    ...names.map((name, n) => `const e${n} = /* @__PURE__ */ (() => all[${JSON.stringify(name)}])();`),
    `export { ${names.map((name, n) => `e${n} as ${JSON.stringify(name)}`).join(', ')} };`,
  ].join('\n');
}

/** A module whose users get it only when they call what they import of it. */
interface Lazy {
  /** What is imported. */
  readonly path: string;
  /** Part of the path of the package that imports it. */
  readonly by: string;
  /** Stands in for the module. @param real the module's path, as text of JavaScript */
  readonly contents: (real: string) => string;
}

/** The agent for requests through a proxy, which hardly any request needs, with `debug` and all of node:https and node:tls. */
function proxyAgent(path: string, name: string): Lazy {
  const contents = (real: string) =>
    `export const ${name} = function (...given) { return new (require(${real}).${name})(...given); };`;
  return { path, by: '/@typespec/ts-http-runtime/', contents };
}

const LAZY: readonly Lazy[] = [
  proxyAgent('https-proxy-agent', 'HttpsProxyAgent'),
  proxyAgent('http-proxy-agent', 'HttpProxyAgent'),
  {
    // Only for uploads that ask for this checksum.
    path: './crc64.js',
    by: '/@azure/storage-common/',
    contents: (real) => `export default async () => (await import(${real})).default();`,
  },
  {
    // The server speaks HTTP/1.1 alone, so no request is one of HTTP/2.
    path: 'node:http2',
    by: '/@hono/node-server/',
    contents: (real) =>
      `export class Http2ServerRequest {}
      const lazily = { get: (_, name) => process.getBuiltinModule(${real}).constants[name] };
      export const constants = /* @__PURE__ */ new Proxy({}, lazily);`,
  },
  {
    // Only for subcommands that are programs of their own.
    path: 'node:child_process',
    by: '/commander/',
    contents: (real) =>
      `export default { spawn: (...given) => process.getBuiltinModule(${real}).spawn(...given) };`,
  },
];

/** Loads parts of packages when they are first called. */
export const partsOnDemand: Plugin = {
  name: 'parts-on-demand',
  setup(build) {
    for (const [n, { path, by, contents }] of LAZY.entries()) {
      const namespace = `lazy-${n}`;
      const exactly = new RegExp(`^${path.replaceAll('.', '\\.')}$`);
      build.onResolve({ filter: exactly }, async ({ importer, kind, resolveDir, pluginData }) => {
        if (pluginData === namespace || kind !== 'import-statement') return undefined;
        if (!importer.replaceAll('\\', '/').includes(`/node_modules${by}`)) return undefined;
        const lazy = { path, namespace, sideEffects: false };
        if (isBuiltin(path)) return { ...lazy, pluginData: path };
        const real = await build.resolve(path, { kind, importer, resolveDir, pluginData: namespace });
        return { ...lazy, pluginData: real.path, errors: real.errors };
      });
      build.onLoad({ filter: /.*/, namespace }, ({ pluginData: real }) => ({
        contents: contents(JSON.stringify(real)),
        resolveDir: ROOT,
      }));
    }
  },
};

/**
 * Each logger of pino asks who called it, for the names of transports, of which the relay has none. V8 then counts the lines of the whole
 * script: 7 ms of processor time.
 */
export const pinoWithoutCallers: Plugin = {
  name: 'pino-without-callers',
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/]pino[\\/]lib[\\/]caller\.js$/ }, () => ({
      contents: 'module.exports = () => [];',
    }));
  },
};

/**
 * Bundles of zod only what is used. Its `z` is an object that has everything as a member, and esbuild drops no members of objects; of a
 * namespace it drops what nothing names.
 */
export const zodByName: Plugin = {
  name: 'zod-by-name',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replace(/^import \{ z \} from 'zod';$/m, "import * as z from 'zod';");
      return contents === text ? undefined : { contents, loader: 'ts' };
    });
  },
};

/** Leaves all commands but `serve` out of a bundle. */
export const serveAlone: Plugin = {
  name: 'serve-alone',
  setup(build) {
    build.onResolve({ filter: /\/commands\/index\.ts$/ }, ({ resolveDir }) => ({
      path: resolveDir,
      namespace: 'serve-alone',
    }));
    build.onLoad({ filter: /.*/, namespace: 'serve-alone' }, ({ path }) => ({
      contents: "import { serve } from './commands/serve.ts'; export const COMMANDS = [serve];",
      resolveDir: path,
    }));
  },
};

/** Leaves a module out of a bundle, which is built into a file of its own. @param file its path, as the bundle's files name it */
export function apart(filter: RegExp, file: string): Plugin {
  return {
    name: 'apart',
    setup(build) {
      build.onResolve({ filter }, () => ({ path: file, external: true }));
    },
  };
}
