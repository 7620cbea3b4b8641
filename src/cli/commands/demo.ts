import type { Command } from 'commander';

/** `xdr-relay demo`: the whole way on one machine. It reads its own options. */
export function registerDemoCommand(program: Command): void {
  program
    .command('demo')
    .usage('[options]')
    .description('run the whole way on this machine, with an emulated storage account')
    .helpOption(false)
    .argument('[options...]')
    .allowUnknownOption()
    .action(async (options: readonly string[]) => {
      const { runDemo } = await import('../../../demo/main.ts');
      process.exitCode = await runDemo(options);
    });
}
