import type { Command } from 'commander';
import { tableFormatOption } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';

export interface LossesOptions {
  readonly config: string;
  readonly source?: string;
  readonly format: 'table' | 'json';
}

export interface ClearLossesOptions {
  readonly config: string;
  readonly source?: string;
  readonly yes?: true;
}

const LOAD = () => import('../actions/losses.ts');

export function registerLossesCommand(program: Command): void {
  const group = program
    .command('losses')
    .summary('blobs that were gone before they were delivered')
    .description(
      [
        'Blobs that were deleted or replaced before everything in them was delivered, with the range that each destination',
        'never got. "status" shows them, and exits with 1, until they are cleared.',
      ].join(' '),
    )
    .addHelpText(
      'after',
      `
Examples:
  xdr-relay losses list --format json
  xdr-relay losses clear --yes`,
    );

  group
    .command('list')
    .summary('list what was lost')
    .description('Lists what was lost, by blob and destination.')
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(tableFormatOption())
    .action(async (options: LossesOptions) => (await LOAD()).listAllLosses(options));

  group
    .command('clear')
    .summary('forget them, once they are noted elsewhere')
    .description('Forgets the losses and the checkpoints of those blobs. Without --yes it only counts them.')
    .addOption(configOption())
    .addOption(sourceOption())
    .option('-y, --yes', 'forget them')
    .action(async (options: ClearLossesOptions) => (await LOAD()).clearLosses(options));
}
