/** Keeps what Sigma rules were compiled to beside what Node keeps of compiled code, so that a later start need not compile them again. */
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import {
  type KeptDetections,
  KnownDetections,
  keptText,
  LONGEST_KEPT_TEXT,
  readKeptText,
} from '../../rules/sigma/index.ts';
import type { Clock } from '../../shared/clock.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { sha256OfAll } from '../../shared/digest.ts';
import { foreignCodeOf, messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { slept } from '../../shared/slept.ts';
import { isOwnFolder } from './keep-compiled.ts';

/** Relays with other rules may share the folder. */
const MOST_FILES = 8;
/** A file that was not finished within this time never will be. Milliseconds. */
const UNFINISHED_MS = 3_600_000;
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
  readonly logger: Logger;
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
  readonly #logger: Logger;
  /** The revision of what is in the file. */
  #written: number;

  constructor({ folder, build, origin, isWriter, clock, logger }: KeptDetectionsOptions) {
    this.#build = build ?? '';
    this.#clock = clock;
    this.#logger = logger;
    const name = sha256OfAll([JSON.stringify(origin)]).slice(0, 16);
    const isUsed = folder !== undefined && build !== undefined && isOwnFolder(folder);
    const path = isUsed ? join(folder, 'rules', name) : undefined;
    this.#path = isWriter ? path : undefined;
    this.known = new KnownDetections(this.#build, path === undefined ? undefined : this.#read(path));
    this.#written = this.known.revision;
  }

  /** Keeps the rules in force, soon after they have come into force, until stopped, and then once more. Never rejects. */
  async keepRegularly(stop: AbortSignal): Promise<void> {
    const keep = (ms: number, signal?: AbortSignal) =>
      withDeadline(ms, signal, () => this.keep(), this.#clock).catch((error: unknown) => this.#tell(error));
    while (await slept(this.#clock, SOON_MS, stop)) await keep(DISK_MS, stop);
    await keep(END_MS);
  }

  /** Keeps what the last load of the rules has compiled. Never rejects: rules that are not kept are compiled again. */
  async keep(): Promise<void> {
    while (this.known.write(TURN_FILES)) await setImmediate();
    const { revision, kept } = this.known;
    if (this.#path === undefined || revision === this.#written) return;
    // Also if that fails: the next rules are another try.
    this.#written = revision;
    try {
      await this.#write(this.#path, keptText(kept, this.#build));
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    this.#logger.debug('Compiled rules could not be kept', { error: messageOf(error) });
  }

  #read(path: string): KeptDetections | undefined {
    try {
      if (statSync(path).size > LONGEST_KEPT_TEXT) throw new Error('it is too large');
      return readKeptText(readFileSync(path, 'latin1'), this.#build);
    } catch (error) {
      if (foreignCodeOf(error) !== 'ENOENT')
        this.#logger.debug('What was kept of compiled rules is not used', { error: messageOf(error) });
      return undefined;
    }
  }

  async #write(path: string, text: string): Promise<void> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // The same folder, because a rename must not cross file systems.
    const beside = join(folder, `.${basename(path)}.${randomUUID().slice(0, 8)}`);
    try {
      await writeFile(beside, text, { encoding: 'latin1', mode: 0o600, flush: true });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await this.#removeOld(folder);
  }

  async #removeOld(folder: string): Promise<void> {
    const dated: { readonly path: string; readonly at: number; readonly isWhole: boolean }[] = [];
    for (const name of await readdir(folder)) {
      const isWhole = WHOLE.test(name);
      const path = join(folder, name);
      if (isWhole || UNFINISHED.test(name)) dated.push({ path, at: (await stat(path)).mtimeMs, isWhole });
    }
    const whole = dated.filter(({ isWhole }) => isWhole).sort((a, b) => b.at - a.at);
    const last = this.#clock.now() - UNFINISHED_MS;
    const unfinished = dated.filter(({ isWhole, at }) => !isWhole && at < last);
    for (const { path } of [...whole.slice(MOST_FILES), ...unfinished]) await rm(path, { force: true });
  }
}
