/** Starts the command `serve` in the package, where it is bundled alone (scripts/build.ts). */
import { main } from '../src/cli/main.ts';

await main(process.argv.slice(2));
