/** Renders the settings of one destination in force as YAML for people who may not see its secrets. */
import { stringify } from 'yaml';
import { z } from 'zod';
import { valueAt } from '../diagnostics/path.ts';
import { redact } from './redact.ts';
import { type RelayConfig, relayConfigSchema } from './schema.ts';
import { visitSecrets } from './secret-keys.ts';

const HIDDEN = '********';

/**
 * The settings with their defaults; undefined if there is no such destination. Where a value comes from is not known here, so everything
 * that may be a secret is hidden, and `secrets` are taken out of the rest. @param secrets longest first.
 */
export function shownDestination(
  config: RelayConfig,
  name: string,
  secrets: readonly string[],
): string | undefined {
  if (!Object.hasOwn(config.destinations, name)) return undefined;
  const shown = structuredClone(z.encode(relayConfigSchema, config));
  visitSecrets(relayConfigSchema, shown, (path) => {
    const parent = valueAt(shown, path.slice(0, -1));
    if (typeof parent === 'object' && parent !== null) Reflect.set(parent, path.at(-1) ?? '', HIDDEN);
  });
  return redact(stringify(shown.destinations[name], { lineWidth: 0 }), secrets);
}
