/** Plugins of Vite with which the relay's rules, encoders and senders become the playground's engine in a browser. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { ROOT } from './root.ts';

const SHIMS = join(ROOT, 'console/playground/node');

/** Modules of Node, and what stands in for them. A test compares both. */
const REPLACED: Readonly<Record<string, string>> = {
  'node:buffer': 'buffer.ts',
  'node:crypto': 'crypto.ts',
  'node:timers/promises': 'timers.ts',
  'node:util': 'util.ts',
  'node:zlib': 'zlib.ts',
  '#compiled-scanner': 'no-compiled-scanner.ts',
};

const LATE_PARTS = ['mappings', 'patterns', 'techniques', 'tokens', 'userAgents'] as const;

interface Late {
  readonly module: string;
  /** The function of the parts that loads it. */
  readonly part: (typeof LATE_PARTS)[number];
  /** What is imported of it; absent for all that it exports. */
  readonly names?: readonly string[];
  /** What its exports are before it is loaded. */
  readonly empty?: string;
}

/**
 * Modules whose content is loaded when something asks for it: their importers read it later than when they are loaded. Those that are
 * late themselves read each other's at once.
 */
const LATE: Readonly<Record<string, Late>> = {
  shipped: { module: 'src/rules/shapes/shipped.ts', part: 'mappings' },
  ecs: { module: 'src/rules/shapes/ecs/fields-data.ts', part: 'mappings' },
  ocsf: { module: 'src/rules/shapes/ocsf/schema-data.ts', part: 'mappings' },
  tableShape: { module: 'src/rules/shapes/table-shape.ts', part: 'mappings', names: ['TableShape'] },
  plan: { module: 'src/rules/shapes/plan.ts', part: 'mappings', names: ['emptyPlan', 'planOf'] },
  check: { module: 'src/rules/shapes/check.ts', part: 'mappings', names: ['checkPlan'] },
  mappingFile: {
    module: 'src/rules/shapes/mapping-file.ts',
    part: 'mappings',
    names: ['groupsFileOfShape', 'mappingFileOfShape'],
  },
  violations: {
    module: 'src/rules/shapes/validate/violations.ts',
    part: 'mappings',
    names: ['violationsOf'],
  },
  jose: {
    module: 'node_modules/jose/dist/webapi/index.js',
    part: 'tokens',
    names: ['importPKCS8', 'SignJWT'],
  },
  bowser: { module: 'node_modules/bowser/bowser.mjs', part: 'userAgents', names: ['parse'] },
  re2js: {
    module: 'node_modules/re2js/build/index.js',
    part: 'patterns',
    names: ['RE2JS', 'RE2JSException'],
  },
  techniques: { module: 'src/shared/attack-techniques.ts', part: 'techniques', empty: 'new Map()' },
};

const LATE_PREFIX = '\0late:';
const PARTS = '\0late-parts';
/** What has `virtual:` in its name is no file. */
export const PARTS_MODULE = 'virtual:late-parts';

/** Modules of Node by small ones of the playground's own, and the global `Buffer` by an import of it. */
function withoutNode(): Plugin {
  return {
    name: 'playground-without-node',
    enforce: 'pre',
    resolveId(source) {
      const shim = REPLACED[source];
      return shim === undefined ? undefined : join(SHIMS, shim);
    },
    transform(code, id) {
      if (
        !id.startsWith(join(ROOT, 'src')) ||
        !/\bBuffer\.(?:from|alloc|concat|isBuffer|byteLength)/.test(code)
      )
        return undefined;
      if (/from 'node:buffer'/.test(code)) return undefined;
      return { code: `import { Buffer } from 'node:buffer';${code}`, map: null };
    },
  };
}

/** Files of zod that are left out: messages in other languages, and JSON Schema, which nothing here makes. */
const UNUSED_ZOD =
  /[\\/]zod[\\/]v4[\\/](?:locales[\\/]index|core[\\/](?:json-schema-processors|to-json-schema))\.js$/;

/** Takes the code out of parts of zod that are not used. Their functions stay, and do nothing. */
function lessZod(): Plugin {
  return {
    name: 'playground-less-zod',
    enforce: 'pre',
    async load(id) {
      if (!UNUSED_ZOD.test(id)) return undefined;
      const names = [...(await readFile(id, 'utf8')).matchAll(/^export (?:const|function|class) (\w+)/gm)];
      return names.map(([, name = '']) => `export const ${name} = () => undefined;`).join('\n');
    },
  };
}

/** Each late module as variables that are empty at first; the module itself is a part that is loaded on demand. */
function lateParts(): Plugin {
  const paths = new Map(Object.entries(LATE).map(([key, { module }]) => [join(ROOT, module), key]));
  return {
    name: 'playground-late-parts',
    enforce: 'pre',
    async resolveId(source, importer, options) {
      if (source === PARTS_MODULE) return PARTS;
      if (source.startsWith(LATE_PREFIX)) return source;
      if (importer?.startsWith(LATE_PREFIX) || paths.has(importer ?? '')) return undefined;
      const found = await this.resolve(source, importer, { ...options, skipSelf: true });
      const key = found && paths.get(found.id);
      return key === undefined ? undefined : LATE_PREFIX + key;
    },
    async load(id) {
      if (id === PARTS) return partsCode();
      if (!id.startsWith(LATE_PREFIX)) return undefined;
      const key = id.slice(LATE_PREFIX.length);
      const late = LATE[key];
      if (!late) return undefined;
      const file = join(ROOT, late.module);
      const { names = exportsOf(await readFile(file, 'utf8')), empty = '{}' } = late;
      return `${names.map((name) => `export let ${name} = ${empty};`).join('\n')}
export async function late() {
  const real = await import(${JSON.stringify(file)});
${names.map((name) => `  ${name} = real.${name};`).join('\n')}
}`;
    },
  };
}

function partsCode(): string {
  const entries = Object.entries(LATE);
  const imports = entries.map(
    ([key]) => `import { late as ${key} } from ${JSON.stringify(LATE_PREFIX + key)};`,
  );
  const loaders = LATE_PARTS.map((part) => {
    const calls = entries.flatMap(([key, late]) => (late.part === part ? `${key}()` : []));
    return `async ${part}() { await Promise.all([${calls.join(', ')}]); },`;
  });
  return [...imports, 'export const parts = {', ...loaders, '};'].join('\n');
}

function exportsOf(code: string): readonly string[] {
  return [...code.matchAll(/^export const (\w+)/gm)].map(([, name = '']) => name);
}

/** The plugins, new for each build. */
export function playgroundPlugins(): Plugin[] {
  return [withoutNode(), lessZod(), lateParts()];
}
