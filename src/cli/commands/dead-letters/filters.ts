/** The options that select dead letters, the same for each command on them. */
import {
  configOption,
  count,
  flag,
  instant,
  parsed,
  someArguments,
  sourceOption,
  text,
} from '../../options.ts';

export function letterFilters() {
  return {
    config: configOption(),
    source: sourceOption(),
    destination: text('-d, --destination <name>', 'Refused by this destination'),
    unreadable: flag('--unreadable', 'Only those that could not be read, which no destination refused'),
    isolating: flag(
      '--isolating',
      'Those that the relay still tries to deliver; without it, those that it does not',
    ),
    reason: text('--reason <reason>', 'Put aside for this reason, e.g. rows_refused'),
    from: instant('--from <time>', 'Put aside at or after this time, e.g. 2026-11-23T07:00Z or 24h'),
    to: instant('--to <time>', 'Put aside before this time'),
  };
}

/** `--limit N`; undefined if it is not given. */
export function limitOption() {
  return parsed('-n, --limit <count>', 'At most this many', count);
}

/** The argument with the names of letters, which replaces the filters. */
export function letterNames() {
  return someArguments('name', 'Only these (default: all that the filters select)', 0);
}
