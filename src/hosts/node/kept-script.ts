/** Runs a script of the built command from what V8 compiled of it at an earlier start. */
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { readKeptBytes } from './own-file.ts';
import { type PassingBytes, readPassing } from './passing-bytes.ts';

/**
 * A checksum of what was compiled, of the script's name, and of what runs it, since V8 itself compares no more than the script's length and
 * its own version; and as many zeros, as V8 copies what does not begin at a word.
 */
const HEADER_BYTES = 8;
/** What V8 compiles of `serve` takes a tenth of it. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A process that is killed leaves what it was writing. The newest of these may belong to one that still writes. */
const MOST_DRAFTS = 2;

/** A script that has run. */
export interface KeptScript {
  /** What it exports. */
  readonly exports: unknown;
  /**
   * Keeps what V8 has compiled by now, unless the script came from what was kept. With V8's settings as they were when the process began:
   * V8 takes compiled code only with those it was compiled with.
   */
  keep(): void;
}

/** Where compiled code is. */
export interface Places {
  /** Read first, and written. Undefined where nothing may be kept. */
  readonly kept: string | undefined;
  /** Came with the command: see deploy/container/assemble.ts. */
  readonly shipped: string;
}

/**
 * Runs a CommonJS module of ASCII characters, which scripts/build.ts has put into a function.
 *
 * What V8 compiled while the script ran is kept with it, and not only what it compiles when it loads a file, which is all that Node keeps: so a
 * later start compiles hardly anything. Compiled code that does not fit (another version of Node, another script, a damaged file) is not used.
 *
 * @param file path of the module. Its name tells it from that of another version.
 * @param places paths of compiled code.
 */
export function runKept(file: string, places: Places): KeptScript {
  const require = createRequire(file);
  // Node finds source maps only of what it loads itself.
  if (process.sourceMapsEnabled) return { exports: require(file), keep: () => {} };
  const { kept } = places;
  const { script, fits } = compile(file, places);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  return {
    exports: module.exports,
    keep() {
      if (kept === undefined || fits) return;
      writeCompiled(kept, basename(file), script.createCachedData());
    },
  };
}

/** What is read lives no longer than this call: it is as large as the script. */
function compile(file: string, places: Places) {
  const text = readText(file);
  const compiled = readFirst(places, basename(file));
  const script = new Script(text, {
    filename: pathToFileURL(file).href,
    ...(compiled && { cachedData: compiled.bytes.subarray(HEADER_BYTES) }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  compiled?.free();
  return { script, fits: script.cachedDataRejected === false };
}

function readText(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { bytes, free } = readPassing(file, fstatSync(file).size);
    const text = bytes.toString('latin1');
    free();
    return text;
  } finally {
    closeSync(file);
  }
}

/** What came with the command belongs to the user who installed it. */
function readFirst({ kept, shipped }: Places, script: string): PassingBytes | undefined {
  const own = kept === undefined ? undefined : readCompiled(kept, script, true);
  return own ?? readCompiled(shipped, script, false);
}

function readCompiled(path: string, script: string, isOwn: boolean): PassingBytes | undefined {
  try {
    const all = readKeptBytes(path, MOST_BYTES, isOwn);
    const isWhole = all.bytes.readUInt32LE() === checksum(all.bytes.subarray(HEADER_BYTES), script);
    if (isWhole) return all;
    all.free();
    return undefined;
  } catch {
    // There is none, another user may have written it, or it was cut off.
    return undefined;
  }
}

function writeCompiled(path: string, script: string, data: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(checksum(data, script));
  // Processes of two containers may have the same number.
  const draft = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    removeDrafts(path);
    writeFileSync(draft, Buffer.concat([header, data]), { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch {
    // A full disk, or a folder that has gone: the next start compiles again.
    try {
      rmSync(draft, { force: true });
    } catch {
      // Nothing can be removed there either.
    }
  }
}

/** Throws what Node throws. */
function removeDrafts(path: string): void {
  const drafts = readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}.`))
    .map((name) => join(dirname(path), name))
    .map((draft) => ({ draft, at: statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { draft } of drafts.slice(MOST_DRAFTS)) rmSync(draft, { force: true });
}

/** Compiled code is for one version of Node and one kind of processor, and a folder may be shared. */
function checksum(data: Buffer, script: string): number {
  return crc32(`${script} ${process.version} ${process.platform} ${process.arch}`, crc32(data));
}
