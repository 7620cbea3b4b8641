/** What the commands of this repository share (`npm run bench`, `npm run soak`): their options, wrong usage, Ctrl-C, and a last moment. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** Wrong usage. */
export class UsageError extends Error {}

/** The exit code of a run that was interrupted. */
export const INTERRUPTED = 130;

/** The values of options. Throws {@link UsageError}. */
export function optionValues<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A number as an option gives it; undefined where it is absent. Throws {@link UsageError}. */
export function numberOption(
  name: string,
  text: string | undefined,
  { least, most, whole = true }: { readonly least: number; readonly most: number; readonly whole?: boolean },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new UsageError(`--${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
  return value;
}

/** How a run is told to end. */
export interface Ending {
  readonly signal: AbortSignal;
  /** Aborts everything. Child processes that do not end are killed by their exit hooks. */
  end(why: string): void;
}

/** Ends the run at a signal; at once at the second one. @param graceMs how long everything has to end. */
export function endOnSignals(graceMs: number): Ending {
  const stop = new AbortController();
  const end = (why: string) => {
    stop.abort(new Error(why));
    setTimeout(() => process.exit(INTERRUPTED), graceMs).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(INTERRUPTED);
      end('interrupted');
    });
  }
  return { signal: stop.signal, end };
}

/** Runs a command and sets the exit code: what `main` resolves with, 2 after wrong usage, 1 after any other error. */
export async function runMain(
  name: string,
  main: () => Promise<number>,
  usageText: (mistake: string) => string,
): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? error.stack : String(error);
    process.stderr.write(isUsage ? usageText(error.message) : `${name} itself failed: ${text}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
