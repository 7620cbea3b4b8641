/** Prints, as JSON, the modules that the command line imports before a command runs. A process of its own: see commands.test.ts. */
import { registerHooks } from 'node:module';

const loaded: string[] = [];
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url);
    return nextLoad(url, context);
  },
});
const { createProgram } = await import('../../src/cli/program.ts');
const { captured } = await import('./captured.ts');
const program = createProgram(captured(), async () => {});
// Help is what a person asks for first: it must not load more than the program itself.
program.helpInformation();
for (const command of program.commands) command.helpInformation();
process.stdout.write(JSON.stringify(loaded));
