/** Tells when some files may have changed: relay.yaml, `.env`, the files of secrets. */
import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../../shared/clock.ts';
import { slept } from '../../../shared/slept.ts';

/** Editors and `kubectl` write in several steps: wait until nothing has happened for so long, but not longer than the second. Milliseconds. */
const STILL_MS = 300;
const LONGEST_MS = 3_000;
/** Some file systems tell nothing of changes by other machines: the files are looked at this often in any case. Milliseconds. */
const LOOK_MS = 30_000;

export interface FilesWatch {
  /**
   * Watches these files from now on; they need not exist. Notes what they are now: the caller reads them after this, and is told of every
   * change from here on.
   */
  begin(files: readonly string[]): Promise<void>;
  close(): void;
}

/**
 * Watches the folders of files, not the files: an editor puts a new file in place of the old one, and Kubernetes swaps a link beside it
 * (`..data`), of which a watch of the old file sees nothing. One watch for each folder, where chokidar would make one for each file in it.
 *
 * @param changed called when the files differ from what they were at {@link FilesWatch.begin}, by their place on the disk, time and size;
 *   until `begin` is called again.
 */
export function watchFiles(changed: () => void, clock: Clock): FilesWatch {
  const ended = new AbortController();
  const watchers = new Map<string, FSWatcher>();
  let files: readonly string[] = [];
  let seen: string | undefined;
  let cancel: () => void = () => {};
  let firstAt: number | undefined;

  const look = async () => {
    const before = seen;
    const now = await signatureOf(files);
    if (before === undefined || before !== seen || now === before || ended.signal.aborted) return;
    // Not again for the same change.
    seen = now;
    changed();
  };
  const happened = () => {
    const now = clock.monotonic();
    firstAt ??= now;
    cancel();
    cancel = clock.after(Math.max(0, Math.min(STILL_MS, firstAt + LONGEST_MS - now)), () => {
      firstAt = undefined;
      void look();
    });
  };
  const forget = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const follow = () => {
    const wanted = new Set(files.map((file) => dirname(file)));
    for (const folder of watchers.keys()) if (!wanted.has(folder)) forget(folder);
    for (const folder of wanted) {
      if (watchers.has(folder)) continue;
      try {
        const watcher = watchFolder(folder, { persistent: false }, happened);
        // The folder is gone, or the system has no watch left: the next regular look tries again.
        watcher.on('error', () => forget(folder));
        watchers.set(folder, watcher);
      } catch {
        // The same.
      }
    }
  };
  const lookRegularly = async () => {
    while (await slept(clock, LOOK_MS, ended.signal)) {
      follow();
      await look();
    }
  };
  void lookRegularly();
  return {
    async begin(next) {
      files = [...next];
      follow();
      seen = await signatureOf(files);
    },
    close() {
      ended.abort();
      cancel();
      for (const folder of [...watchers.keys()]) forget(folder);
    },
  };
}

async function signatureOf(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(signatureOfFile))).join('\n');
}

/** Of the file behind all links. */
async function signatureOfFile(file: string): Promise<string> {
  try {
    const path = await realpath(file);
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [path, dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return 'none';
  }
}
