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

// Each on one thread: several threads of one program each check what they share, which took half as much processor time again.
process.exitCode = await sideBySide(
  PROGRAMS.map((folder) => [tsc, '--noEmit', '--singleThreaded', '-p', folder] as const),
);
