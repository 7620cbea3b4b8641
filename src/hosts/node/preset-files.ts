/** Reads the preset files that the destinations of a relay.yaml name. */
import { dirname, resolve } from 'node:path';
import type { SecretValue, SecretValues } from '../../config/fill-in.ts';
import { presetKey, presetPaths } from '../../config/preset-files.ts';
import { readSecretFile } from './secret-file.ts';

/** The files, by their keys. Never rejects: what cannot be read has a sentence that says why. */
export async function readPresetFiles(text: string, configFile: string): Promise<SecretValues> {
  const files = new Map<string, SecretValue>();
  for (const path of presetPaths(text)) {
    // The bounds of secrets fit: a file of at most 64 KiB, and no pipe that nobody writes to.
    files.set(presetKey(path), await readSecretFile(presetPath(path, configFile)));
  }
  return files;
}

/** The absolute path of a preset file, which is relative to the folder of relay.yaml. */
export function presetPath(path: string, configFile: string): string {
  return resolve(dirname(resolve(configFile)), path);
}
