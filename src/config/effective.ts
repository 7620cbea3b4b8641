/** Renders the configuration in force as YAML for people. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { type Path, pointer, valueAt } from '../diagnostics/path.ts';
import type { ParsedConfig } from './load.ts';
import { relayConfigSchema } from './schema.ts';
import { visitSecrets } from './secret-keys.ts';

/**
 * The config with its defaults as YAML for people. Undefined if relay.yaml has errors.
 *
 * Secrets, sensitive values from the environment, and all values from files and Key Vault are shown as the file has them: `${NAME}`.
 */
export function effectiveConfig({ config, origins, presets }: ParsedConfig): string | undefined {
  if (!config) return undefined;
  const shown = structuredClone(z.encode(relayConfigSchema, config));
  // A preset's content stands in its own file.
  const masks: { readonly path: Path; readonly text: string }[] = [...presets.placed];
  visitSecrets(relayConfigSchema, shown, (path, _value, secrecy) => {
    const origin = origins.get(pointer(path));
    if (origin) masks.push({ path, text: origin.text });
    else if (secrecy === 'always') masks.push({ path, text: '********' });
  });
  for (const { path, text, isSecret } of origins.values()) {
    if (isSecret && valueAt(shown, path) !== undefined) masks.push({ path, text });
  }
  for (const { path, text } of masks) {
    const parent = valueAt(shown, path.slice(0, -1));
    if (typeof parent === 'object' && parent !== null) Reflect.set(parent, path.at(-1) ?? '', text);
  }
  return stringify(shown, { lineWidth: 0 });
}
