import { type Command, Option } from 'commander';
import { collect } from '../ops/options.ts';
import { configOption, sourceOption } from '../options.ts';
import { whenOption } from '../when.ts';

export interface StateExportOptions {
  readonly config: string;
  readonly source?: string;
  readonly out?: string;
}

export interface StateImportOptions {
  readonly config: string;
  readonly source?: string;
  readonly force?: true;
  readonly yes?: true;
}

export interface StateRebuildOptions {
  readonly config: string;
  readonly source?: string;
  readonly from: string;
  readonly to?: string;
  readonly table?: readonly string[];
  readonly destination?: readonly string[];
  readonly assume: 'delivered' | 'unread';
  readonly yes?: true;
}

const LOAD = () => import('../actions/state.ts');

export function registerStateCommand(program: Command): void {
  const group = program
    .command('state')
    .summary('keep, restore or rebuild the offsets')
    .description(
      [
        'The state is what is remembered of each blob (offsets, per destination), and shared documents: breakers, correlations,',
        'the progress of backfills, losses. Without it every blob is new, and is sent again. Of several sources each has a state',
        'of its own (--source).',
      ].join(' '),
    )
    .addHelpText(
      'after',
      `
Examples:
  xdr-relay state export --out state.jsonl
  xdr-relay state import state.jsonl
  xdr-relay state import state.jsonl --yes
  xdr-relay state rebuild --from 30d --to 2026-11-23T07:00Z --assume delivered --yes`,
    );

  group
    .command('export')
    .summary('write the state as JSON Lines')
    .description(
      'Writes checkpoints and documents as JSON Lines. Consumers may work meanwhile. Claims are left out.',
    )
    .addOption(configOption())
    .addOption(sourceOption())
    .option('-o, --out <file>', 'a file that is not there yet; default: standard output')
    .addHelpText(
      'after',
      '\nExit code: 0 done, 1 failed or something could not be read, 130 stopped by Ctrl-C.',
    )
    .action(async (options: StateExportOptions) => (await LOAD()).runExport(options));

  group
    .command('import')
    .summary('put an exported state back')
    .description(
      [
        'Merges an export into the state: what is missing is written, offsets move forward and never back. Without --yes it',
        'only counts.',
      ].join(' '),
    )
    .argument('<file>', 'as "export" wrote it')
    .addOption(configOption())
    .addOption(sourceOption())
    .option('--force', 'the file wins: offsets may move back, and rows are sent again')
    .option('-y, --yes', 'write it')
    .addHelpText(
      'after',
      `
A sweep finds the blobs of the last hours by itself (sweep.wide); for older ones run "xdr-relay backfill" afterwards.

Exit code: 0 done, 1 failed or something could not be written, 130 stopped by Ctrl-C. A second run goes on.`,
    )
    .action(async (file: string, options: StateImportOptions) => (await LOAD()).runImport(file, options));

  group
    .command('rebuild')
    .summary('make the state anew, where there is no export')
    .description(
      [
        'Writes checkpoints for blobs that have none: as delivered to their end, or as unread. Checkpoints that are there are',
        'left alone. Without --yes it only counts.',
      ].join(' '),
    )
    .addOption(configOption())
    .addOption(sourceOption())
    .addOption(whenOption('--from <time>', 'the first hour').makeOptionMandatory())
    .addOption(whenOption('--to <time>', 'up to, not including, this time; default: now'))
    .option('-t, --table <table>', 'only this table; may be given more than once', collect)
    .option(
      '-d, --destination <name>',
      'that got everything; may be given more than once; default: all',
      collect,
    )
    .addOption(
      new Option('--assume <what>', 'delivered: nothing of them is sent again; unread: all of it is')
        .choices(['delivered', 'unread'])
        .makeOptionMandatory(),
    )
    .option('-y, --yes', 'write them')
    .addHelpText(
      'after',
      `
With "--assume delivered" give as --to a time before which everything was certainly delivered: rows of earlier hours that were
not are never sent. Blobs of the hour that --to lies in, and of later ones, stay new: they are sent from their beginning.

Stop the consumers first: what they read meanwhile gets checkpoints of its own.

Exit code: 0 done, 1 failed, 130 stopped by Ctrl-C. A second run goes on.`,
    )
    .action(async (options: StateRebuildOptions) => (await LOAD()).runRebuild(options));
}
