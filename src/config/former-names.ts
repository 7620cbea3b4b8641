/** Reads and checks the former names of destinations (`was:` in relay.yaml). */
import type { FormerNames } from '../checkpoints/former-names.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { pathText } from '../diagnostics/path.ts';
import type { RelayConfig } from './schema.ts';

/** The current name for each former name. */
export function formerNames({ destinations }: RelayConfig): FormerNames {
  return new Map(
    Object.entries(destinations).flatMap(([name, { was = [] }]) =>
      listOf(was).map((old) => [old, name] as const),
    ),
  );
}

/** Reports a former name that is a destination's current name, or that two destinations claim. */
export function checkFormerNames({ destinations }: RelayConfig): readonly Finding[] {
  const seen = new Map<string, string>();
  return Object.entries(destinations).flatMap(([name, { was = [] }]) =>
    listOf(was).flatMap((old, index): Finding[] => {
      const path = ['destinations', name, 'was', ...(typeof was === 'string' ? [] : [index])];
      const earlier = seen.get(old);
      seen.set(old, name);
      if (old === name) {
        const message = `${pathText(path)} is the destination's own name`;
        return [{ code: 'conflict', path, message, hint: 'was names the name it had before' }];
      }
      if (Object.hasOwn(destinations, old)) {
        const message = `${pathText(path)} names a destination that is still there`;
        return [
          { code: 'conflict', path, message, hint: `two destinations cannot have the offsets of "${old}"` },
        ];
      }
      if (earlier === undefined) return [];
      const message = `${pathText(path)}: "${old}" is under was of "${earlier}" already`;
      return [{ code: 'conflict', path, message, hint: 'only one destination can have its offsets' }];
    }),
  );
}

function listOf(was: string | readonly string[]): readonly string[] {
  return typeof was === 'string' ? [was] : was;
}
