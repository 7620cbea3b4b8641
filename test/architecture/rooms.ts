/** The rooms of the code and what each may import: the layer rule of docs/design.md. */

/** A folder whose files belong together. */
export interface Room {
  /** The rooms whose files it may import, besides its own. */
  readonly imports: readonly string[];
  /** The packages it may import. */
  readonly packages: readonly string[];
  /** Which of Node's modules: none at all, those that workerd has too, or all. */
  readonly node: 'none' | 'portable' | 'all';
}

/** Node's modules that reach no file, socket or process: the relay's core runs in workerd too. */
export const PORTABLE: readonly string[] = [
  'node:buffer',
  'node:crypto',
  'node:stream',
  'node:timers/promises',
  'node:util',
  'node:zlib',
];

const STORAGE = ['@azure/storage-blob', '@azure/storage-queue'];

/** From the bottom up. A file belongs to the room with the longest name that its path begins with. */
export const ROOMS: Readonly<Record<string, Room>> = {
  'src/shared': { imports: [], packages: ['ipaddr.js', 'zod'], node: 'portable' },
  'src/diagnostics': { imports: ['src/shared'], packages: ['picocolors', 'yaml', 'zod'], node: 'none' },
  'src/azure': { imports: ['src/shared'], packages: ['@azure/identity', ...STORAGE], node: 'portable' },
  'src/destinations': { imports: ['src/shared'], packages: ['ipaddr.js', 'zod'], node: 'portable' },
  'src/rules': {
    imports: ['src/diagnostics', 'src/shared'],
    packages: ['@noble/hashes', 'ipaddr.js', 're2js', 'yaml', 'zod'],
    node: 'none',
  },
  'src/config': {
    imports: [
      'src/azure',
      'src/checkpoints',
      'src/destinations',
      'src/diagnostics',
      'src/rules',
      'src/shared',
    ],
    packages: ['yaml', 'zod'],
    node: 'none',
  },
  'src/queue': {
    imports: ['src/azure', 'src/shared'],
    packages: ['@azure/storage-queue', 'zod'],
    node: 'portable',
  },
  'src/event-grid': {
    imports: ['src/azure', 'src/queue', 'src/shared'],
    packages: ['@azure/eventgrid', 'jose', 'zod'],
    node: 'none',
  },
  'src/blobs': {
    imports: ['src/azure', 'src/blobs/rows/scanner', 'src/shared'],
    packages: ['@azure/storage-blob'],
    node: 'portable',
  },
  'src/blobs/rows/scanner': { imports: [], packages: ['#compiled-scanner'], node: 'portable' },
  'src/checkpoints': {
    imports: ['src/azure', 'src/shared'],
    packages: ['@azure/storage-blob', 'zod'],
    node: 'portable',
  },
  'src/delivery': {
    imports: ['src/azure', 'src/blobs', 'src/checkpoints', 'src/destinations', 'src/shared'],
    packages: ['@azure/storage-blob', 'zod'],
    node: 'portable',
  },
  'src/relay/correlation': {
    imports: ['src/checkpoints', 'src/rules', 'src/shared'],
    packages: [],
    node: 'none',
  },
  'src/relay/source': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/event-grid',
      'src/queue',
      'src/relay/correlation',
      'src/rules',
      'src/shared',
    ],
    packages: ['zod'],
    node: 'none',
  },
  'src/relay/rows': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/destinations',
      'src/relay/correlation',
      'src/relay/source',
      'src/rules',
      'src/shared',
    ],
    packages: [],
    node: 'portable',
  },
  'src/relay/visit': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/event-grid',
      'src/queue',
      'src/relay/rows',
      'src/relay/source',
      'src/shared',
    ],
    packages: ['zod'],
    node: 'portable',
  },
  'src/relay/follow': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/queue',
      'src/relay/source',
      'src/relay/visit',
      'src/shared',
    ],
    packages: ['zod'],
    node: 'none',
  },
  'src/relay/cost': {
    imports: ['src/checkpoints', 'src/relay/visit', 'src/shared'],
    packages: ['zod'],
    node: 'none',
  },
  'src/relay/rule-sets': {
    imports: ['src/blobs', 'src/checkpoints', 'src/config', 'src/diagnostics', 'src/rules', 'src/shared'],
    packages: ['zod'],
    node: 'portable',
  },
  'src/relay/dead-letters': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/destinations',
      'src/relay/rows',
      'src/rules',
      'src/shared',
    ],
    packages: [],
    node: 'none',
  },
  'src/relay/discovery': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/queue',
      'src/relay/source',
      'src/relay/visit',
      'src/shared',
    ],
    packages: ['zod'],
    node: 'portable',
  },
  'src/relay/status': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/queue',
      'src/relay/discovery',
      'src/relay/follow',
      'src/relay/rule-sets',
      'src/relay/source',
      'src/relay/visit',
      'src/shared',
    ],
    packages: ['zod'],
    node: 'none',
  },
  'src/relay': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/config',
      'src/delivery',
      'src/destinations',
      'src/queue',
      'src/relay/dead-letters',
      'src/relay/discovery',
      'src/relay/follow',
      'src/relay/source',
      'src/relay/status',
      'src/relay/visit',
      'src/rules',
      'src/shared',
    ],
    packages: [],
    node: 'none',
  },
  routes: {
    imports: ['src/event-grid', 'src/queue', 'src/shared'],
    packages: ['hono'],
    node: 'portable',
  },
  'src/hosts': {
    imports: [
      'routes',
      'src/azure',
      'src/blobs',
      'src/blobs/rows/scanner',
      'src/checkpoints',
      'src/config',
      'src/delivery',
      'src/event-grid',
      'src/queue',
      'src/relay',
      'src/relay/source',
      'src/shared',
    ],
    packages: ['@azure/identity'],
    node: 'none',
  },
  'src/hosts/node': {
    imports: [
      'routes',
      'src/blobs',
      'src/blobs/rows/scanner',
      'src/config',
      'src/destinations',
      'src/diagnostics',
      'src/hosts',
      'src/relay',
      'src/relay/cost',
      'src/relay/rule-sets',
      'src/relay/source',
      'src/relay/status',
      'src/rules',
      'src/shared',
    ],
    packages: [
      '@azure/identity',
      '@hono/node-server',
      'chokidar',
      'pino',
      'pino-pretty',
      'prom-client',
      'undici',
    ],
    node: 'all',
  },
  'src/hosts/worker': {
    imports: [
      'routes',
      'src/azure',
      'src/blobs',
      'src/blobs/rows/scanner',
      'src/checkpoints',
      'src/config',
      'src/destinations',
      'src/diagnostics',
      'src/event-grid',
      'src/hosts',
      'src/queue',
      'src/relay',
      'src/relay/discovery',
      'src/relay/rule-sets',
      'src/relay/source',
      'src/relay/status',
      'src/rules',
      'src/shared',
    ],
    packages: [
      '@azure/core-http-compat',
      '@azure/core-rest-pipeline',
      '@azure/identity',
      '@azure/storage-blob',
      'jose',
      'xdr-relay-files',
      'zod',
    ],
    node: 'portable',
  },
  'src/cli': {
    imports: [
      'src/blobs',
      'src/checkpoints',
      'src/config',
      'src/delivery',
      'src/destinations',
      'src/diagnostics',
      'src/event-grid',
      'src/hosts',
      'src/hosts/node',
      'src/queue',
      'src/relay',
      'src/relay/correlation',
      'src/relay/cost',
      'src/relay/dead-letters',
      'src/relay/discovery',
      'src/relay/rule-sets',
      'src/relay/source',
      'src/relay/status',
      'src/relay/visit',
      'src/rules',
      'src/shared',
    ],
    packages: ['chokidar', 'commander', 'log-update', 'picocolors', 'yaml', 'zod'],
    node: 'all',
  },
  bin: { imports: ['demo', 'src/cli', 'src/hosts/node'], packages: [], node: 'none' },
  scripts: {
    imports: ['deploy', 'src/config', 'src/destinations', 'src/diagnostics', 'src/rules', 'src/shared'],
    packages: ['@elastic/ecs', 'esbuild', 'yaml', 'zod'],
    node: 'all',
  },
  // The judges know nothing of what they judge: a mistake of the relay must not be a mistake of its judge.
  'lab/receivers': { imports: [], packages: ['standardwebhooks', 'zod'], node: 'all' },
  'lab/oracle': { imports: [], packages: [], node: 'all' },
  lab: {
    imports: [
      'lab/receivers',
      'src/blobs',
      'src/checkpoints',
      'src/delivery',
      'src/destinations',
      'src/event-grid',
      'src/queue',
      'src/relay',
      'src/rules',
      'src/shared',
    ],
    packages: ['@azure/storage-blob'],
    node: 'all',
  },
  deploy: {
    imports: ['lab', 'lab/receivers', 'src/diagnostics', 'src/hosts/node', 'src/rules', 'src/shared'],
    packages: [
      '@azure/arm-appcontainers',
      '@azure/arm-eventgrid',
      '@azure/arm-keyvault',
      '@azure/arm-monitor',
      '@azure/arm-storage',
      '@azure/core-rest-pipeline',
      'jose',
      'yaml',
      'zod',
    ],
    node: 'all',
  },
  demo: {
    imports: [
      'lab',
      'lab/oracle',
      'lab/receivers',
      'src/cli',
      'src/delivery',
      'src/diagnostics',
      'src/hosts/node',
      'src/rules',
      'src/shared',
    ],
    packages: ['log-update', 'picocolors', '@azure/storage-blob'],
    node: 'all',
  },
  'soak/oracle': { imports: ['lab/oracle'], packages: [], node: 'none' },
  soak: {
    imports: [
      'lab',
      'lab/oracle',
      'lab/receivers',
      'soak/oracle',
      'src/checkpoints',
      'src/delivery',
      'src/queue',
      'src/shared',
    ],
    packages: [...STORAGE],
    node: 'all',
  },
  bench: {
    imports: [
      'lab',
      'lab/receivers',
      'routes',
      'scripts',
      'src/config',
      'src/event-grid',
      'src/hosts/node',
      'src/queue',
      'src/relay',
      'src/relay/cost',
      'src/rules',
      'src/shared',
    ],
    packages: ['re2js', 'yaml', '@azure/storage-blob'],
    node: 'all',
  },
};

/** The folders that the rooms are in. */
export const FOLDERS: readonly string[] = [
  ...new Set(Object.keys(ROOMS).map((name) => name.split('/')[0] ?? name)),
];

/** The name of the room that a file belongs to; undefined where it stands in none. */
export function roomOf(path: string): string | undefined {
  return Object.keys(ROOMS)
    .filter((name) => path.startsWith(`${name}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}
