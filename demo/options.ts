/** The options of `npm run demo`. */
import { join, resolve } from 'node:path';
import type { Host } from '../lab/relay.ts';
import { packageFolder } from '../src/hosts/node/package-folder.ts';
import { type StandName, USUAL_STANDS } from './stands/names.ts';

export interface DemoOptions {
  /** The destinations that it shows, at least one, each once. */
  readonly to: readonly StandName[];
  /** Ends by itself after so many rows; undefined: runs until it is told to stop. */
  readonly rows: number | undefined;
  /** Rows a second; 0: as fast as they can be written. */
  readonly rate: number;
  readonly seed: number;
  readonly host: Host;
  /** The folder of rule files. */
  readonly transforms: string;
  /** Leaves the data folder where it is. */
  readonly keep: boolean;
  /** One line now and then instead of the live picture. */
  readonly plain: boolean;
  /** Opens the console in the browser. */
  readonly open: boolean;
}

/** What the command line says; undefined where it says nothing. */
export interface DemoRequest {
  /** Empty: the usual ones. */
  readonly to: readonly StandName[];
  readonly rows: number | undefined;
  readonly rate: number | undefined;
  readonly seed: number;
  readonly host: Host;
  readonly transforms: string | undefined;
  readonly plain: boolean;
  readonly keep: boolean;
  readonly open: boolean;
}

/** The shipped rule files. */
export const TRANSFORMS: string = join(packageFolder(), 'transforms');
const DEFAULT_ROWS = 20_000;

/**
 * Fills in what the command line leaves open.
 *
 * @param isTerminal Whether a person watches: then there is no end by itself, and a picture that moves.
 */
export function demoOptions(request: DemoRequest, isTerminal: boolean): DemoOptions {
  const { rows = isTerminal ? undefined : DEFAULT_ROWS, rate = rows === undefined ? 300 : 2000 } = request;
  return {
    to: request.to.length === 0 ? USUAL_STANDS : [...new Set(request.to)],
    rows,
    rate,
    seed: request.seed,
    host: request.host,
    transforms: resolve(request.transforms ?? TRANSFORMS),
    keep: request.keep,
    plain: request.plain || !isTerminal,
    open: request.open,
  };
}
