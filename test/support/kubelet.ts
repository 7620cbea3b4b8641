/** Writes the volumes of ConfigMaps and Secrets as the kubelet does. */
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

let versions = 0;

/**
 * Writes the files into a new folder below `at`, swaps the link `..data` to it, and removes the folder that was there before
 * (kubernetes/kubernetes, pkg/volume/util/atomic_writer.go).
 *
 * @param files their texts by name. All calls for one volume have the same names.
 */
export async function writeVolume(at: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = `..2026_11_26_${versions++}`;
  await mkdir(join(at, version), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(at, version, name), text);
  const before = await readlink(join(at, '..data')).catch(() => undefined);
  await symlink(version, join(at, '..data_tmp'));
  await rename(join(at, '..data_tmp'), join(at, '..data'));
  if (before !== undefined) return await rm(join(at, before), { recursive: true });
  for (const name of Object.keys(files)) await symlink(`..data/${name}`, join(at, name));
}
