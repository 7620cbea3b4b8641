/** Infers the operating systems that a row may be from, to compare them with a rule's `product`. No table of events has such a column. */
import { first, type Rendering, type Texts, word } from './rendering.ts';

export type OperatingSystem = 'windows' | 'linux' | 'macos';

/** The columns that show the operating system, most reliable first. */
export const OPERATING_SYSTEM_COLUMNS = ['FolderPath', 'InitiatingProcessFolderPath', 'OSPlatform'] as const;

/** A row whose operating system is unknown matches rules of all products. */
const ANY: Texts = ['windows', 'linux', 'macos'];
const WINDOWS: Texts = ['windows'];
const POSIX: Texts = ['linux', 'macos'];

/** The operating system of a rule's `product`; undefined for other products. */
export function operatingSystemOf(product: string | undefined): OperatingSystem | undefined {
  switch (product?.toLowerCase()) {
    case 'windows':
      return 'windows';
    case 'linux':
      return 'linux';
    case 'macos':
    case 'osx':
      return 'macos';
    default:
      return undefined;
  }
}

/**
 * Paths distinguish Windows (`C:\`, `\\server`, `\Device`) from the others (`/`), but not Linux from macOS: on Linux, an attacker can
 * create `/Applications`. `OSPlatform` (`Windows11`, `WindowsServer2022`, `Linux`, `macOS`) is in DeviceInfo, not in rows of events.
 */
export const operatingSystem: Rendering = {
  name: 'operating system',
  form: { kind: 'operating-system' },
  all: ANY,
  render(columns) {
    const told = ofPath(first(columns, 0)) ?? ofPath(first(columns, 1));
    const platform = ofPlatform(word(columns, 2));
    if (told === undefined) return platform ?? ANY;
    // Only the platform distinguishes Linux from macOS.
    return told === POSIX && platform?.every((one) => POSIX.includes(one)) ? platform : told;
  },
};

function ofPath(path: string | undefined): Texts | undefined {
  if (!path) return undefined;
  if (path.startsWith('/')) return POSIX;
  return /^(?:\\|[A-Za-z]:[\\/])/.test(path) ? WINDOWS : undefined;
}

function ofPlatform(platform: string): Texts | undefined {
  if (/^windows/i.test(platform)) return WINDOWS;
  if (/^linux/i.test(platform)) return ['linux'];
  if (/^mac/i.test(platform)) return ['macos'];
  return /^(?:ios|android)/i.test(platform) ? [platform.toLowerCase()] : undefined;
}
