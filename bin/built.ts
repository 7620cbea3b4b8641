#!/usr/bin/env node
/** What `npm run build` makes a command of: the command line alone, without the demo, which needs what only a clone has. */
import { main } from '../src/cli/main.ts';

await main(process.argv.slice(2));
