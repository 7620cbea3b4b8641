/**
 * Runs the checks of `npm test` that are no tests, side by side: the linter, the type checker, and the Worker's bundle.
 *
 *   node scripts/checks.ts
 */
import { sideBySide } from './side-by-side.ts';

/** Runs first: wrangler builds for it what it builds for `check:worker` too, into the same folder. */
const BEFORE = 'types:worker';
const CHECKS = ['typecheck', 'lint', 'check:worker'];

const run = (names: readonly string[]) =>
  sideBySide(names.map((name) => ['npm', 'run', '--silent', name] as const));

const before = await run([BEFORE]);
const checks = await run(CHECKS);
process.exitCode = before === 0 ? checks : before;
