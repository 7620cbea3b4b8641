/** The Worker's build step: puts relay.yaml and its rule files into a module. */
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { storedFile } from '../../src/databases/stored-file.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { readPresetFiles } from '../../src/hosts/node/preset-files.ts';
import { loadRuleFolders } from '../../src/hosts/node/rule-files.ts';
import { compileRules } from '../../src/rules/index.ts';
import { isListFile, MOST_WORKER_LIST_BYTES, tooManyListBytes } from '../../src/rules/lists/list-files.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { foreignCodeOf, messageOf } from '../../src/shared/errors.ts';
import { bundleZod } from './zod.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** As wrangler.toml's `alias` has it; `wrangler dev --alias` may say otherwise. */
const OUTPUT = resolve(ROOT, process.env.XDR_RELAY_BUNDLE ?? 'dist/worker/files.js');

/** What lies beside the module, in the same folder: the console's pages, and zod. */
const FOLDER = dirname(OUTPUT);

/**
 * wrangler's build step: puts relay.yaml, its rule files and its preset files into a module, as a Worker has no file system.
 *
 * relay.yaml is the one that XDR_RELAY_CONFIG names; else the one of this repository's root; else the template beside
 * this script. Its `${NAME}` are filled in by the Worker, from its variables and secrets.
 */
async function bundle(): Promise<string> {
  const { path, text } = await findConfig();
  const outline = outlineSchema.parse(parse(text, { maxAliasCount: 0 }) ?? {});
  const folders = [outline.transforms].flat().map((folder) => resolve(dirname(path), folder));
  const inContainer = outline.transforms_container !== undefined;
  const files = inContainer ? [] : (await loadRuleFolders(folders)).files;
  const rules = files.filter((file) => !/\.test\.ya?ml$/i.test(file.path));
  checkLists(rules);
  check(rules, outline);
  const config = { path: relative(ROOT, path), text };
  const presets = [...(await readPresetFiles(text, path))].map(([key, read]) => {
    if ('trouble' in read) throw new Error(`${key}: ${read.trouble}`);
    return { key, text: read.value };
  });
  const module = Object.entries({ config, presets, rules: rules.map(storedFile) })
    .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join('');
  await mkdir(FOLDER, { recursive: true });
  await Promise.all([bundleZod(join(FOLDER, 'zod.js'), ROOT), copyConsole(join(FOLDER, 'assets/console'))]);
  if ((await readFile(OUTPUT, 'utf8').catch(() => undefined)) !== module) await writeFile(OUTPUT, module);
  const source = inContainer
    ? `the rules are in the container ${outline.transforms_container}`
    : `${rules.length} rule files of ${folders.map((folder) => relative(ROOT, folder) || '.').join(', ')}`;
  return `${config.path}; ${source}`;
}

/** The built console, without what is compressed beforehand: Cloudflare compresses by itself. Without one, the folder is empty. */
async function copyConsole(to: string): Promise<void> {
  const from = inRoot('dist/console');
  const draft = `${to}-${process.pid}`;
  try {
    await mkdir(draft, { recursive: true });
    if (await stat(from).catch(() => undefined))
      await cp(from, draft, { recursive: true, filter: (path) => !/\.(?:br|gz)$/.test(path) });
    await rm(to, { recursive: true, force: true, maxRetries: 5 });
    await rename(draft, to).catch((error: unknown) => {
      // Another wrangler has put the same there meanwhile.
      if (!['ENOTEMPTY', 'EEXIST'].includes(foreignCodeOf(error) ?? '')) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function findConfig(): Promise<{ readonly path: string; readonly text: string }> {
  const named = process.env.XDR_RELAY_CONFIG;
  const candidates = named ? [resolve(named)] : ['relay.yaml', 'deploy/cloudflare/relay.yaml'].map(inRoot);
  for (const path of candidates) {
    try {
      return { path, text: await readFile(path, 'utf8') };
    } catch (error) {
      if (named || foreignCodeOf(error) !== 'ENOENT') throw error;
    }
  }
  throw new Error(`there is neither ${candidates.join(' nor ')}`);
}

function inRoot(path: string): string {
  return resolve(ROOT, path);
}

/** What of relay.yaml can be told before its variables are known. */
const outlineSchema = z.object({
  transforms: z.union([z.string(), z.array(z.string()).min(1)]).default('transforms'),
  transforms_container: z.string().optional(),
  destinations: z.record(z.string(), z.unknown()).default({}),
  default_destinations: z.array(z.string()).default([]),
  alerts: z.array(z.object({ levels: z.array(z.string()), to: z.array(z.string()) })).default([]),
  variables: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
});

/** An isolate has little memory: lists that would fill it stop the deployment. */
function checkLists(rules: readonly RuleFile[]): void {
  const lists = rules.filter(({ path }) => isListFile(path));
  const bytes = lists.reduce(
    (sum, { text, database }) => sum + (database?.bytes.length ?? Buffer.byteLength(text)),
    0,
  );
  if (bytes > MOST_WORKER_LIST_BYTES) throw new Error(tooManyListBytes(bytes, MOST_WORKER_LIST_BYTES));
}

/** A mistake in a rule stops the deployment. What relay.yaml itself lacks is told by `xdr-relay config`, and by the Worker. */
function check(rules: readonly RuleFile[], outline: z.infer<typeof outlineSchema>): void {
  const { diagnostics } = compileRules(rules, {
    destinations: Object.keys(outline.destinations),
    defaultDestinations: outline.default_destinations,
    alerts: outline.alerts,
    variables: outline.variables,
  });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const sources = new Map(rules.map(({ path, text }) => [path, text]));
  throw new Error(`the rules have errors\n\n${renderDiagnostics(errors, sources)}`);
}

try {
  console.log(`Bundled ${await bundle()}`);
} catch (error) {
  console.error(`Not bundled: ${messageOf(error)}`);
  process.exitCode = 1;
}
