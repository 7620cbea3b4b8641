/**
 * Checks the types of all programs of this repository, side by side:
 *
 *   node scripts/typecheck.ts
 */
import { join } from 'node:path';
import { ROOT } from './root.ts';
import { sideBySide } from './side-by-side.ts';

/** Folders of a tsconfig.json, the one that takes longest first. */
const PROGRAMS = ['.', 'src/hosts/worker', 'console/playground/engine', 'console', 'editors/vscode'];

const tsc = join(ROOT, 'node_modules/.bin/tsc');

// Each on one thread: several threads of a program check what they share once each, which took half as much time of processors again.
process.exitCode = await sideBySide(
  PROGRAMS.map((folder) => [tsc, '--noEmit', '--singleThreaded', '-p', folder] as const),
);
