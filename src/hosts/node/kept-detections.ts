/** Keeps what Sigma rules were compiled to beside what Node keeps of compiled code, so that a later start need not compile them again. */
import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import {
  type KeptDetections,
  KnownDetections,
  keptText,
  LONGEST_KEPT_TEXT,
  type LoadFigures,
  type RefusalOfText,
  RefusedTextError,
  readKeptText,
} from '../../rules/sigma/index.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { sha256OfAll } from '../../shared/digest.ts';
import { foreignCodeOf, messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { sleptTogether } from '../../shared/together.ts';
import { compiledFolder } from './keep-compiled.ts';
import { isOwnFolder, type RefusalOfFile, RefusedFileError, readKeptBytes } from './own-file.ts';

/** Relays with other rules may share the folder. */
const MOST_FILES = 8;
/** So many files may be under way. A process that is killed while it writes leaves one, and may be started and killed again and again. */
const MOST_UNFINISHED = 4;
/** A file that was not finished within this time never will be. Milliseconds. */
const UNFINISHED_MS = 3_600_000;
/** A file that is newer by more than this than the one that was just written is from a clock that was wrong. Milliseconds. */
const AHEAD_MS = 3_600_000;
/** How soon new rules are kept. Milliseconds. */
const SOON_MS = 10_000;
/** A disk that does not answer holds up nothing else for longer. Milliseconds. */
const DISK_MS = 30_000;
/** The same at the end of a process. Milliseconds. */
const END_MS = 2_000;
/** So many files are written in one turn of the event loop, which takes about two milliseconds. */
const TURN_FILES = 32;
const WHOLE = /^[0-9a-f]{16}$/;
const UNFINISHED = /^\.[0-9a-f]{16}\.[0-9a-f]{8}$/;

/** Why what was kept is not used, as a label of a metric. */
type Refusal = RefusalOfFile | RefusalOfText | 'unreadable';

export interface KeptDetectionsOptions {
  /** Where Node keeps compiled code. Undefined where it keeps none: then nothing outlives the process. */
  readonly folder: string | undefined;
  /** Identifies the code that runs. Undefined where it is not built: then nothing outlives the process. */
  readonly build: string | undefined;
  /** Where the rules lie. What is kept of rules that lie elsewhere is another file. */
  readonly origin: readonly string[];
  /** Whether what is kept is written: of the threads of a process, one does that. */
  readonly isWriter: boolean;
  readonly clock: Clock;
  /** Absent for a command, which finds no fault with what a relay has kept. */
  readonly logger?: Logger;
  readonly metrics?: Pick<Metrics, 'count'>;
}

declare global {
  /** Identifies the code that was built; scripts/build.ts defines it. Undefined where the sources run. */
  var XDR_RELAY_BUILD: string | undefined;
}

/**
 * What a relay has kept of rules, for a command on the same rules or another thread.
 *
 * @param origin where the rules lie: see {@link originOf}.
 * @param folder Default: where this process keeps compiled code.
 */
export function keptRulesOf(
  origin: readonly string[],
  {
    isWriter = false,
    folder = compiledFolder(),
  }: { readonly isWriter?: boolean; readonly folder?: string | undefined } = {},
): KeptDetectionsFile {
  return new KeptDetectionsFile({
    folder,
    build: globalThis.XDR_RELAY_BUILD,
    origin,
    isWriter,
    clock: systemClock,
  });
}

/** Where the rules of a relay.yaml lie. @param directory the absolute path of its folder. */
export function originOf(config: RelayConfig, directory: string): readonly string[] {
  const { transforms_container: container } = config;
  if (container !== undefined) return [directory, container];
  return ruleFolders(config).map((folder) => resolve(directory, folder));
}

interface Dated {
  readonly path: string;
  /** As the disk has it, whose clock need not be this machine's. Milliseconds. */
  readonly at: number;
  readonly isWhole: boolean;
}

/**
 * What rules were compiled to, as a process finds it and leaves it.
 *
 * A user who may write to the folder decides what rules say, but decides already what code runs, since Node runs what it finds there. So the
 * folder is used only if this user owns it and no other may write to it.
 */
export class KeptDetectionsFile {
  readonly known: KnownDetections;
  /** Where it is written; undefined where it is not. */
  readonly #path: string | undefined;
  readonly #build: string;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #metrics: Pick<Metrics, 'count'> | undefined;
  /** The revision of what is in the file. */
  #written: number;
  /** Whether the file was read, and does not show yet that it is still used. */
  #isOld = false;

  constructor({ folder, build, origin, isWriter, clock, logger, metrics }: KeptDetectionsOptions) {
    // Case folding goes by the tables of Node.
    this.#build = `${build} Unicode ${process.versions.unicode}`;
    this.#clock = clock;
    this.#logger = logger;
    this.#metrics = metrics;
    const name = sha256OfAll([JSON.stringify(origin)]).slice(0, 16);
    const path =
      folder === undefined || build === undefined ? undefined : this.#place(join(folder, 'rules', name));
    this.#path = isWriter ? path : undefined;
    const kept = path === undefined ? undefined : this.#read(path);
    this.#isOld = kept !== undefined;
    this.known = new KnownDetections(this.#build, kept, (figures) => this.#counted(figures));
    this.#written = this.known.revision;
  }

  /** Keeps what a command has compiled, which waits for it. Never rejects. */
  async keepOnce(): Promise<void> {
    if (this.#path === undefined) return;
    await withDeadline(END_MS, undefined, () => this.keep(), this.#clock).catch(() => {});
  }

  /** Keeps the rules in force, soon after they have come into force, until stopped, and then once more. Never rejects. */
  async keepRegularly(stop: AbortSignal): Promise<void> {
    const keep = (ms: number, signal?: AbortSignal) =>
      withDeadline(ms, signal, () => this.keep(), this.#clock).catch((error: unknown) => this.#tell(error));
    while (await sleptTogether(this.#clock, SOON_MS, stop)) await keep(DISK_MS, stop);
    await keep(END_MS);
  }

  /** Keeps what the last load of the rules has compiled. Never rejects: rules that are not kept are compiled again. */
  async keep(): Promise<void> {
    try {
      while (this.known.write(TURN_FILES)) await setImmediate();
      const { revision, kept } = this.known;
      if (this.#path === undefined) return;
      if (revision !== this.#written) {
        // Also if that fails: the next rules are another try.
        this.#written = revision;
        this.#isOld = false;
        await this.#write(this.#path, keptText(kept, this.#build));
      } else if (this.#isOld) {
        this.#isOld = false;
        // A file that is used and does not change is not to be removed as an old one.
        const now = this.#clock.now() / 1000;
        await utimes(this.#path, now, now);
      }
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    this.#logger?.debug('Compiled rules could not be kept', { error: messageOf(error) });
  }

  #counted({ kept, compiled }: LoadFigures): void {
    const files = 'xdr_relay_sigma_files_total';
    if (kept > 0) this.#metrics?.count(files, { result: 'kept' }, kept);
    for (const [reason, count] of Object.entries(compiled))
      this.#metrics?.count(files, { result: 'compiled', reason }, count);
  }

  /** The path, if no other user may write to its folder, nor to the folder around that. */
  #place(path: string): string | undefined {
    const folder = dirname(path);
    const isSafe = isOwnFolder(dirname(folder)) && (isOwnFolder(folder) || isMissing(folder));
    if (isSafe) return path;
    this.#refuse('not_own', 'another user may write to the folder');
    return undefined;
  }

  #read(path: string): KeptDetections | undefined {
    try {
      const { bytes, free } = readKeptBytes(path, LONGEST_KEPT_TEXT, true);
      const text = bytes.toString('latin1');
      free();
      return readKeptText(text, this.#build);
    } catch (error) {
      if (foreignCodeOf(error) === 'ENOENT') return undefined;
      const isKnown = error instanceof RefusedFileError || error instanceof RefusedTextError;
      this.#refuse(isKnown ? error.reason : 'unreadable', messageOf(error));
      return undefined;
    }
  }

  #refuse(reason: Refusal, error: string): void {
    this.#logger?.debug('What was kept of compiled rules is not used', { error });
    this.#metrics?.count('xdr_relay_kept_rules_refused_total', { reason });
  }

  async #write(path: string, text: string): Promise<void> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const unfinished = (await filesIn(folder)).filter(({ isWhole }) => !isWhole).sort(byAge);
    await removeAll(unfinished.slice(MOST_UNFINISHED - 1));
    // The same folder, because a rename must not cross file systems.
    const beside = join(folder, `.${basename(path)}.${randomUUID().slice(0, 8)}`);
    try {
      await writeFile(beside, text, { encoding: 'latin1', mode: 0o600, flag: 'wx', flush: true });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await removeOld(path);
  }
}

/** Removes all but the newest files beside one that was just written. */
async function removeOld(written: string): Promise<void> {
  const now = (await stat(written)).mtimeMs;
  const others = (await filesIn(dirname(written))).filter(({ path }) => path !== written);
  const dated = others.map((one) => ({ ...one, at: one.at > now + AHEAD_MS ? 0 : one.at })).sort(byAge);
  const whole = dated.filter(({ isWhole }) => isWhole);
  const unfinished = dated.filter(({ isWhole, at }) => !isWhole && at < now - UNFINISHED_MS);
  await removeAll([...whole.slice(MOST_FILES - 1), ...unfinished]);
}

/** What processes have kept in a folder, and what they have not finished. Files that other processes remove meanwhile are left out. */
async function filesIn(folder: string): Promise<readonly Dated[]> {
  const found: Dated[] = [];
  for (const name of await readdir(folder)) {
    const isWhole = WHOLE.test(name);
    if (!isWhole && !UNFINISHED.test(name)) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info) found.push({ path, at: info.mtimeMs, isWhole });
  }
  return found;
}

/** The newest first. */
function byAge(a: Dated, b: Dated): number {
  return b.at - a.at;
}

async function removeAll(files: readonly Dated[]): Promise<void> {
  for (const { path } of files) await rm(path, { force: true });
}

function isMissing(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
