/** Writes the package's software bill of materials (CycloneDX 1.5): what `npm sbom` says of the packages that are bundled. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ROOT } from './root.ts';

const MAX_BYTES = 64 * 1024 * 1024;

const component = z.looseObject({ 'bom-ref': z.string(), name: z.string(), version: z.string() });
const sbom = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ 'bom-ref': z.string() }) }),
  components: z.array(component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

export type Sbom = z.infer<typeof sbom>;

/**
 * What `npm sbom` makes of package-lock.json: every package, those of development too, also where NODE_ENV is `production`. Vite sets that for the
 * whole process when it builds, and npm would leave out every package that is bundled. Throws if npm fails.
 */
export async function sbomOfLockFile(): Promise<Sbom> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--include=dev'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: MAX_BYTES });
  return sbom.parse(JSON.parse(stdout));
}

/**
 * Leaves of an SBOM what is bundled, and makes xdr-relay depend on all of it.
 *
 * @param bundled `name@version` of each package. Throws a RangeError if the SBOM lacks one.
 */
export function onlyBundled(whole: Sbom, bundled: readonly string[]): Sbom {
  const wanted = new Set(bundled);
  const components = whole.components.filter(({ name, version }) => wanted.delete(`${name}@${version}`));
  if (wanted.size > 0)
    throw new RangeError(`Not in the SBOM of package-lock.json: ${[...wanted].join(', ')}`);
  const refs = new Set(components.map((one) => one['bom-ref']));
  const root = whole.metadata.component['bom-ref'];
  const dependencies = whole.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => refs.has(ref)) }));
  const { component } = whole.metadata;
  return {
    ...whole,
    // npm names it after the folder of the clone, and takes everything for a library.
    metadata: {
      ...whole.metadata,
      component: { ...component, name: root.slice(0, root.lastIndexOf('@')), type: 'application' },
    },
    // They are in xdr-relay's own files, whatever their place in package.json.
    components: components.map((one) => ({ ...one, scope: 'required', properties: [] })),
    dependencies: [{ ref: root, dependsOn: [...refs] }, ...dependencies],
  };
}
