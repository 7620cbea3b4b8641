/** Finds the destinations that write rows to standard output, where then nothing else may be written. */
import type { RelayConfig } from './schema.ts';

/** The names of the destinations of type `file` with the path `-`. */
export function stdoutDestinations({ destinations }: Pick<RelayConfig, 'destinations'>): readonly string[] {
  return Object.entries(destinations).flatMap(([name, entry]) =>
    entry.type === 'file' && entry.path === '-' ? [name] : [],
  );
}
