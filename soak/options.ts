/** The options of `npm run soak`. */
import { numberOption, optionValues, UsageError } from '../lab/command-line.ts';
import { PEOPLE } from './marks.ts';
import { DESTINATION_NAMES, type DestinationName } from './receivers.ts';

export interface SoakOptions {
  readonly seed: number;
  /** How long rows are written and faults are injected, without the time for draining. */
  readonly minutes: number;
  readonly consumers: number;
  readonly destinations: readonly DestinationName[];
  /** Rows per second. */
  readonly rate: number;
  /** Keep the folder with logs, data and diary even after a good run. */
  readonly keep: boolean;
}

export const HELP = `npm run soak -- [options]

Runs producers, consumers, Azurite and destinations on this machine, injects faults by a schedule that the seed
determines, and checks that every row arrives. Ends with exit code 1 when one does not, or anything else is wrong.

  --seed <n>              the schedule; default: a new one. A failing seed can be run again
  --minutes <n>           how long to write and to hurt; default 2
  --consumers <n>         consumer processes; default 3. All but the last have an endpoint
  --destinations <names>  of ${DESTINATION_NAMES.join(', ')}; default splunk,hook,slack,teams,pagerduty
  --rate <n>              rows a second; default 120
  --keep                  keep logs and data after a good run too
`;

export function parseOptions(argv: readonly string[], newSeed: () => number): SoakOptions | 'help' {
  const values = optionValues(argv, OPTIONS);
  if (values.help) return 'help';
  const destinations = (values.destinations ?? 'splunk,hook,slack,teams,pagerduty').split(',').map((name) => {
    const known = DESTINATION_NAMES.find((each) => each === name);
    if (!known) throw new UsageError(`There is no destination "${name}".`);
    return known;
  });
  if (!destinations.some((name) => !PEOPLE.includes(name))) {
    throw new UsageError('People get alarms only: name another destination too.');
  }
  return {
    seed: numberOption('seed', values.seed, { least: 0, most: 2 ** 31 - 1 }) ?? newSeed(),
    minutes: numberOption('minutes', values.minutes, { least: 0.1, most: 24 * 60, whole: false }) ?? 2,
    consumers: numberOption('consumers', values.consumers, { least: 1, most: 16 }) ?? 3,
    rate: numberOption('rate', values.rate, { least: 1, most: 10_000 }) ?? 120,
    destinations,
    keep: values.keep ?? false,
  };
}

const OPTIONS = {
  seed: { type: 'string' },
  minutes: { type: 'string' },
  consumers: { type: 'string' },
  destinations: { type: 'string' },
  rate: { type: 'string' },
  keep: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
