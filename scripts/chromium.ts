/**
 * Finds Chromium for the tests of the console and for pictures, and installs Debian's where it is missing and that is possible:
 *
 *   node scripts/chromium.ts
 *
 * CHROMIUM names another browser.
 */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_MS = 300_000;

/** What Chromium is started with. As root it works only without its sandbox. */
export const CHROMIUM_FLAGS: readonly string[] = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The path of the browser; undefined where there is none and it cannot be installed. */
export async function chromium(): Promise<string | undefined> {
  const found = await findChromium();
  if (found !== undefined || process.getuid?.() !== 0 || !(await findProgram(['apt-get']))) return found;
  try {
    const options = { timeout: INSTALL_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await promisify(execFile)('apt-get', ['update', '-qq'], options);
    const wanted = ['install', '-qq', '-y', '--no-install-recommends', 'chromium'];
    await promisify(execFile)('apt-get', wanted, { ...options, maxBuffer: 64 * 1_048_576 });
  } catch {
    // Without a network there is none to get.
  }
  return await findChromium();
}

async function findChromium(): Promise<string | undefined> {
  return process.env.CHROMIUM ?? (await findProgram(NAMES));
}

async function findProgram(names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name);
      const runs = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return file;
    }
  }
  return undefined;
}

if (import.meta.main) {
  const file = await chromium();
  if (file === undefined) {
    console.error(
      'There is no Chromium, and it cannot be installed: `apt-get install chromium`, or name one with CHROMIUM',
    );
    process.exitCode = 1;
  } else console.log(file);
}
