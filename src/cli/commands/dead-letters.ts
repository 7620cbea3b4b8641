import type { Command } from 'commander';
import { parseCount, tableFormatOption } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';
import { whenOption } from '../when.ts';

export interface DeadLetterFilterOptions {
  readonly config: string;
  readonly source?: string;
  readonly destination?: string;
  readonly unreadable?: true;
  readonly isolating?: true;
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
}

export interface DeadLetterOptions extends DeadLetterFilterOptions {
  readonly format: 'table' | 'json';
}

export interface RedriveOptions extends DeadLetterOptions {
  readonly asStored?: true;
}

export interface DropOptions extends DeadLetterFilterOptions {
  readonly yes?: true;
}

const LOAD = () => import('../actions/dead-letters.ts');

export function registerDeadLettersCommand(program: Command): void {
  const group = program
    .command('dead-letters')
    .summary('look at refused rows, send them again or drop them')
    .description(
      [
        'Rows that a destination refused for good, and rows that could not be read at all. The relay went on behind',
        'them; they stay here until they are sent again, dropped, or removed by a lifecycle rule of the storage account.',
      ].join(' '),
    )
    .addHelpText(
      'after',
      `
Examples:
  xdr-relay dead-letters list --destination splunk --from 24h
  xdr-relay dead-letters show splunk/2026/11/23/3f...e1.json
  xdr-relay dead-letters redrive --destination splunk --reason hec_6
  xdr-relay dead-letters drop --reason not_json --to 30d --yes`,
    );

  withFilters(
    group
      .command('list')
      .summary('list dead letters')
      .description('Lists dead letters, without reading the rows.'),
    100,
  )
    .addOption(tableFormatOption())
    .action(async (options: DeadLetterOptions) => (await LOAD()).listLetters(options));

  group
    .command('show')
    .summary('show dead letters whole')
    .description('Shows dead letters whole: the row, why it was refused, and what was sent.')
    .argument('<name...>', 'as "list" shows it')
    .addOption(configOption())
    .addOption(tableFormatOption())
    .action(async (names: string[], options: DeadLetterOptions) =>
      (await LOAD()).showLetters(names, options),
    );

  withFilters(
    group
      .command('redrive')
      .summary('send dead letters again')
      .description(
        [
          "Sends rows again, through today's rules, to the destination that refused them; rows that could not be read, to",
          'every destination they are routed to. Each is removed once it was accepted; the others stay, and it says why.',
        ].join(' '),
      )
      .argument('[name...]', 'only these; default: all that the filters select'),
  )
    .option('--as-stored', 'send what was refused then, not what the rules make of the row today')
    .addOption(tableFormatOption())
    .addHelpText(
      'after',
      `
Exit code: 0 when all were accepted, 1 when some stay, 130 stopped by Ctrl-C.`,
    )
    .action(async (names: string[], options: RedriveOptions) =>
      (await LOAD()).redriveLetters(names, options),
    );

  withFilters(
    group
      .command('drop')
      .summary('remove dead letters for good')
      .description('Removes dead letters without sending them. Without --yes it only counts them.')
      .argument('[name...]', 'only these; default: all that the filters select'),
  )
    .option('-y, --yes', 'remove them')
    .action(async (names: string[], options: DropOptions) => (await LOAD()).dropLetters(names, options));
}

function withFilters(command: Command, limit?: number): Command {
  return command
    .addOption(configOption())
    .addOption(sourceOption())
    .option('-d, --destination <name>', 'refused by this destination')
    .option('--unreadable', 'refused by none: they could not be read')
    .option('--isolating', 'those that the relay still tries to deliver; without it: those that it does not')
    .option('--reason <reason>', 'put aside for this reason, e.g. rows_refused')
    .addOption(whenOption('--from <time>', 'put aside at or after this time, e.g. 2026-11-23T07:00Z or 24h'))
    .addOption(whenOption('--to <time>', 'put aside before this time'))
    .option('-n, --limit <count>', 'at most this many', parseCount, limit);
}
