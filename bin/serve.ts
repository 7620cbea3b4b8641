/** What the package runs as the command `serve`, which is bundled alone there (scripts/build.ts). */
import { main } from '../src/cli/main.ts';
import { withOwnHeapSettings } from '../src/hosts/node/small-heap.ts';
import { whenStarted } from '../src/hosts/node/started.ts';

/** By then the process has been asked whether it is ready, and has looked for rows. Milliseconds. */
const KEEP_AFTER_MS = 10_000;

/**
 * Runs the command line until it has ended.
 *
 * @param argv the arguments after the name `xdr-relay`.
 * @param keep keeps what V8 has compiled: called once a start has gone well, some seconds later, or when the process ends before.
 */
export async function run(argv: readonly string[], keep: () => void): Promise<void> {
  whenStarted(() => {
    const keepNow = () => {
      clearTimeout(timer);
      process.off('exit', keepNow);
      withOwnHeapSettings(keep);
    };
    const timer = setTimeout(keepNow, KEEP_AFTER_MS).unref();
    process.once('exit', keepNow);
  });
  await main(argv);
}
