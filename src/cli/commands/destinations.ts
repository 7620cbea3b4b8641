import type { Command } from 'commander';
import { tableFormatOption } from '../ops/options.ts';
import { configOption } from '../options.ts';

export interface DestinationsOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
}

const LOAD = () => import('../actions/destinations.ts');

export function registerDestinationsCommand(program: Command): void {
  const group = program
    .command('destinations')
    .summary('list those out of service, put one back into service')
    .description('Shows the destinations of relay.yaml, and puts one back into service.')
    .addHelpText(
      'after',
      `
Examples:
  xdr-relay destinations list
  xdr-relay destinations reset splunk`,
    );

  group
    .command('list')
    .summary('list them, with their state')
    .description('Lists the destinations, whether they are in service, and tables that are held.')
    .addOption(configOption())
    .addOption(tableFormatOption())
    .action(async (options: DestinationsOptions) => (await LOAD()).listDestinations(options));

  group
    .command('reset')
    .summary('try a destination again at once')
    .description(
      [
        'Closes the breaker of a destination and releases its held tables, so that consumers try it again at once and not',
        'when its waiting time is over. Running consumers learn it within 10 seconds. Where the destination still',
        'refuses, it is taken out of service again; no row is lost by it.',
      ].join(' '),
    )
    .argument('<name...>', 'as in relay.yaml')
    .addOption(configOption())
    .action(async (names: string[], options: DestinationsOptions) =>
      (await LOAD()).resetDestinations(names, options),
    );
}
