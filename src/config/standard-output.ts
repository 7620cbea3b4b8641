/** Finds the destinations that write rows to standard output, where then nothing else may be written. */
import type { RelayConfig } from './schema.ts';

/** The names of the destinations that write into a file with the path `-`. */
export function stdoutDestinations({ destinations }: Pick<RelayConfig, 'destinations'>): readonly string[] {
  return Object.entries(destinations).flatMap(([name, entry]) =>
    'path' in entry && entry.path === '-' ? [name] : [],
  );
}
