/** Reads files that outlive a process only if no other user can have written them, and never waits for one or takes in more than it should. */
import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type PassingBytes, readPassing } from './passing-bytes.ts';

/** Rights of other users to write. */
const OTHERS_WRITE = 0o022;

/** Why a file that is there was not read. */
export type RefusalOfFile = 'not_own' | 'no_file' | 'too_large';

/** A file is there, but is not one that this process may have kept. */
export class RefusedFileError extends Error {
  readonly reason: RefusalOfFile;

  constructor(message: string, reason: RefusalOfFile) {
    super(message);
    this.reason = reason;
  }
}

/** Whether this user owns a folder, and no other may write to it. False too where that cannot be told. */
export function isOwnFolder(folder: string): boolean {
  try {
    const info = statSync(folder);
    return info.isDirectory() && isOwnBy(info);
  } catch {
    return false;
  }
}

/**
 * What is in a file.
 *
 * @param most the most bytes that are read.
 * @param isOwn whether it must be this user's, and no other may write to it.
 * Throws {@link RefusedFileError}, and what Node throws.
 */
export function readKeptBytes(path: string, most: number, isOwn: boolean): PassingBytes {
  // Opening a pipe would wait for somebody who writes to it. Windows has no such flag.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const info = fstatSync(file);
    if (!info.isFile()) throw new RefusedFileError('it is no file', 'no_file');
    if (isOwn && !isOwnBy(info)) throw new RefusedFileError('another user may have written it', 'not_own');
    if (info.size > most) throw new RefusedFileError('it is too large', 'too_large');
    return readPassing(file, info.size);
  } finally {
    closeSync(file);
  }
}

/** Windows has no such rights: there, a file has those of the folder around it. */
function isOwnBy({ uid, mode }: Stats): boolean {
  return !process.getuid || (uid === process.getuid() && (mode & OTHERS_WRITE) === 0);
}
