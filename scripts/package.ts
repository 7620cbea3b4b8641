/**
 * Builds what `npm pack` puts into the package beside the files of the repository: the command (dist/node), the console's
 * side in the browser (dist/console), the rule engine (dist/rules), the licences of what they contain, and the bill of materials.
 *
 *   npm run build
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { buildCommand } from './build.ts';
import { builtConsole } from './current-console.ts';
import { noticesOf } from './notices.ts';
import { ROOT } from './root.ts';
import { buildRulesEntry } from './rules-entry.ts';
import { onlyBundled, sbomOfLockFile } from './sbom.ts';

const DIST = join(ROOT, 'dist');

/** AssemblyScript's runtime library is in the compiled page scanner, which bundlers do not look into. */
const IN_WASM = 'node_modules/assemblyscript';

const [command, inBrowser, rules, sbom] = await Promise.all([
  buildCommand(join(DIST, 'node')),
  // What it was built from is noted: `npm pack` runs `prepare` next, which would build it again.
  builtConsole(),
  buildRulesEntry(join(DIST, 'rules')),
  sbomOfLockFile(),
]);
const packages = [...new Set([...command.packages, ...inBrowser, ...rules, IN_WASM])].toSorted();
const bundled = await Promise.all(packages.map(nameAndVersion));
await writeFile(join(DIST, 'THIRD-PARTY-NOTICES.txt'), await noticesOf(packages));
await writeFile(join(DIST, 'sbom.cdx.json'), `${JSON.stringify(onlyBundled(sbom, bundled), undefined, 2)}\n`);
console.log(`Built ${command.file}, ${packages.length} packages in it`);

async function nameAndVersion(folder: string): Promise<string> {
  const manifest = z.object({ name: z.string(), version: z.string() });
  const { name, version } = manifest.parse(
    JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')),
  );
  return `${name}@${version}`;
}
