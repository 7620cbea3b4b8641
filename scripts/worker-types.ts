/**
 * Generates the types of the Worker's runtime and bindings (dist/worker/worker-configuration.d.ts), when wrangler.toml or
 * wrangler itself is another than when they were generated last:
 *
 *   node scripts/worker-types.ts
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = join(ROOT, 'dist/worker');
const TYPES = join(FOLDER, 'worker-configuration.d.ts');
/** Neither somebody's secrets in .dev.vars nor their relay.yaml change the types: all clones have the same. */
const OPTIONS = ['--strict-vars=false', '--env-file', '/dev/null'];

const stamp = `// Generated from ${await fingerprint()}\n`;
if (!(await startsWith(TYPES, stamp))) await generate();

/** What the types depend on. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(OPTIONS));
  hash.update(await readFile(join(ROOT, 'wrangler.toml')));
  for (const name of ['wrangler', 'workerd']) {
    hash.update(await readFile(createRequire(import.meta.url).resolve(`${name}/package.json`)));
  }
  return hash.digest('hex');
}

async function startsWith(path: string, text: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => '')).startsWith(text);
}

/** Writes a file beside and renames it: two type checks at once, or one that is stopped, leave no half file. */
async function generate(): Promise<void> {
  const draft = join(FOLDER, `types-${process.pid}.d.ts`);
  const bundle = join(FOLDER, `types-${process.pid}.js`);
  await mkdir(FOLDER, { recursive: true });
  try {
    await run('wrangler', ['types', draft, ...OPTIONS], {
      XDR_RELAY_CONFIG: join(ROOT, 'deploy/cloudflare/relay.yaml'),
      XDR_RELAY_BUNDLE: bundle,
    });
    await writeFile(draft, stamp + (await readFile(draft, 'utf8')));
    await rename(draft, TYPES);
  } finally {
    await rm(draft, { force: true });
    await rm(bundle, { force: true });
  }
}

/** Runs a tool of this repository; where it fails, prints what it said and ends with its failure. */
async function run(tool: string, args: readonly string[], variables: NodeJS.ProcessEnv): Promise<void> {
  const path = join(ROOT, 'node_modules/.bin', tool);
  try {
    await promisify(execFile)(path, args, { cwd: ROOT, env: { ...process.env, ...variables } });
  } catch (thrown) {
    const { stdout, stderr } = thrown as { readonly stdout?: string; readonly stderr?: string };
    console.error(`${stdout ?? ''}${stderr ?? ''}`);
    throw thrown;
  }
}
