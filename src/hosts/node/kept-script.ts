/** Runs a script of the built command from what V8 compiled of it at an earlier start. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** A checksum of what was compiled, and of the script's name. V8 itself compares no more than the script's length. */
const HEADER_BYTES = 4;

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
export function runKept(file: string, { kept, shipped }: Places): KeptScript {
  const require = createRequire(file);
  // Node finds source maps only of what it loads itself.
  if (process.sourceMapsEnabled) return { exports: require(file), keep: () => {} };
  const { script, fits } = compile(file, [kept, shipped]);
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
function compile(file: string, places: readonly (string | undefined)[]) {
  const cachedData = readFirst(places, basename(file));
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: pathToFileURL(file).href,
    ...(cachedData && { cachedData }),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return { script, fits: script.cachedDataRejected === false };
}

function readFirst(places: readonly (string | undefined)[], script: string): Buffer | undefined {
  for (const place of places) {
    const found = place === undefined ? undefined : readCompiled(place, script);
    if (found) return found;
  }
  return undefined;
}

function readCompiled(path: string, script: string): Buffer | undefined {
  try {
    const all = readFileSync(path);
    const data = all.subarray(HEADER_BYTES);
    return all.readUInt32LE() === checksum(data, script) ? data : undefined;
  } catch {
    // There is none, it is not for this user, or it was cut off.
    return undefined;
  }
}

function writeCompiled(path: string, script: string, data: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(checksum(data, script));
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, Buffer.concat([header, data]), { mode: 0o600 });
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

function checksum(data: Buffer, script: string): number {
  return crc32(script, crc32(data));
}
