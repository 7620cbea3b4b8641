/**
 * Lays out the files that the image adds to its base: Node, the package as `npm pack` makes it, the rules where relay.yaml looks for
 * them, and the list of components.
 *
 *   npm run build && node deploy/container/assemble.ts FOLDER
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { startAzurite } from '../../lab/azurite.ts';
import { startServe } from '../../lab/serve.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const HOME = 'opt/xdr-relay';
/** `serve` drains for 25 s at most. Milliseconds. */
const STOPS_WITHIN_MS = 30_000;

const sbomSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(z.looseObject({ name: z.string(), version: z.string() })),
});
/** The parts of a CycloneDX document that are changed here; the rest passes through. */
export type Sbom = z.infer<typeof sbomSchema>;

/**
 * Writes the image's own files into `folder`, which becomes the root of its file system: `usr/bin/node`, `opt/xdr-relay/` and
 * `etc/xdr-relay/transforms/`. `npm run build` must have run.
 *
 * @param node the Node binary to copy, which runs this. It runs the command in the image, so it must be built for the C library of the base.
 */
export async function assemble(folder: string, node: string): Promise<void> {
  const home = join(folder, HOME);
  unpackPackage(home);
  // Only what serve and the other commands read: source maps alone are 4 MB, and Node reads them only if it is told to.
  for (const unused of ['docs', 'deploy', 'dist/rules', 'dist/sbom.cdx.json']) {
    rmSync(join(home, unused), { recursive: true, force: true });
  }
  const sbom = sbomSchema.parse(JSON.parse(readFileSync(join(ROOT, 'dist/sbom.cdx.json'), 'utf8')));
  writeFileSync(join(home, 'sbom.cdx.json'), `${JSON.stringify(sbomOfImage(sbom), undefined, 2)}\n`);
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  cpSync(node, join(folder, 'usr/bin/node'), { dereference: true });
  cpSync(join(home, 'transforms'), join(folder, 'etc/xdr-relay/transforms'), { recursive: true });
  await shipCompiled(home);
}

/**
 * Starts the command once, until it is ready, and puts what V8 compiled beside it: nothing can be kept where the image runs. It is no part of
 * what the same commit gives again byte by byte.
 */
async function shipCompiled(home: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'xdr-relay-start-'));
  const built = join(home, 'dist/node');
  const azurite = await startAzurite();
  try {
    const configFile = join(work, 'relay.yaml');
    writeFileSync(configFile, startedWith(join(home, 'transforms')));
    const serve = await startServe({
      command: join(built, 'xdr-relay.js'),
      configFile,
      args: ['--insecure'],
      env: {
        STORAGE: azurite.connectionString,
        TOKEN: 'a-token-of-nobody',
        NODE_COMPILE_CACHE: join(built, 'compiled'),
        NODE_DISABLE_COMPILE_CACHE: '',
      },
    });
    await serve.stop('SIGTERM', STOPS_WITHIN_MS);
    renameSync(join(built, 'compiled/serve.compiled'), join(built, 'serve.compiled'));
    chmodSync(join(built, 'serve.compiled'), 0o644);
  } finally {
    await azurite.stop('SIGKILL');
    for (const folder of [work, join(built, 'compiled')]) rmSync(folder, { recursive: true, force: true });
  }
}

/** Nothing is sent. @param transforms the folder of the shipped rules. */
function startedWith(transforms: string): string {
  return `
storage: { connection_string: "\${STORAGE}" }
transforms: ${JSON.stringify(transforms)}
destinations:
  splunk: { type: splunk_hec, token: "\${TOKEN}", url: "http://127.0.0.1:9", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
`;
}

/** Unpacks what `npm pack` packs into `home`, without the source maps. */
function unpackPackage(home: string): void {
  mkdirSync(home, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'xdr-relay-image-'));
  try {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [{ filename } = { filename: '' }] = z
      .array(z.object({ filename: z.string() }))
      .parse(JSON.parse(packed));
    execFileSync('tar', [
      '-xzf',
      join(work, filename),
      '-C',
      home,
      '--strip-components=1',
      '--exclude=*.map',
    ]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Adds Node to the package's list of components. The packages of the base image are in the base's own list (/var/lib/dpkg).
 *
 * It has neither a time nor a serial number, so that the same commit gives the same image.
 */
export function sbomOfImage(
  { serialNumber: _serial, ...sbom }: Sbom,
  node: string = process.versions.node,
): Sbom {
  const { timestamp: _time, ...metadata } = sbom.metadata;
  const runtime = {
    'bom-ref': `node@${node}`,
    type: 'platform',
    name: 'node',
    version: node,
    purl: `pkg:generic/node@${node}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${node}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  };
  return { ...sbom, metadata, components: [...sbom.components, runtime] };
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('name the folder to write into');
  await assemble(resolve(folder), process.execPath);
}
