/** Refuses to overwrite files. */
import { access } from 'node:fs/promises';
import { RelayError } from '../../shared/errors.ts';

/** Throws a RelayError `file_exists` if one of the files is there, before any of them is written: it may have been changed by hand since. */
export async function mustBeNew(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) throw new RelayError('file_exists', `${path} exists already: --force overwrites it`);
  }
}
