/**
 * How much of the console is tried in Chromium. `npm test` takes one way through each of its parts; `npm run test:long` sets
 * BROWSER_TESTS=all for every page, theme, width and hostile text, which takes some 300 seconds of CPU.
 */

/** Whether all tests in Chromium run: `it.runIf(isWholeConsoleTried)`. */
export const isWholeConsoleTried = process.env.BROWSER_TESTS === 'all';

/** The files of test/console that run only then. */
export const ONLY_WITH_ALL: readonly string[] = [
  'alerts',
  'destinations',
  'detect-limits',
  'now',
  'playground-capture',
  'playground-links',
  'playground-relay',
  'rules',
  'setup',
].map((name) => `test/console/${name}.test.ts`);
