/** Which operating systems a row may be from: what a rule's `product` is compared with. No table of events says it. */
import { first, type Rendering, type Texts, word } from './rendering.ts';

export type OperatingSystem = 'windows' | 'linux' | 'macos';

/** The columns, in this order, that tell: the first that does. */
export const OPERATING_SYSTEM_COLUMNS = ['FolderPath', 'InitiatingProcessFolderPath', 'OSPlatform'] as const;

/** A row of which nothing tells is kept from no rule. */
const ANY: Texts = ['windows', 'linux', 'macos'];
const WINDOWS: Texts = ['windows'];
const POSIX: Texts = ['linux', 'macos'];

/** The operating system that a rule's `product` stands for; undefined for other products. */
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
 * Paths tell Windows (`C:\`, `\\server`, `\Device`) from the others (`/`), and no more: on Linux, an attacker can make
 * `/Applications`. `OSPlatform` (`Windows11`, `WindowsServer2022`, `Linux`, `macOS`) stands in DeviceInfo, not in rows of events.
 */
export const operatingSystem: Rendering = {
  name: 'operating system',
  all: ANY,
  render(columns) {
    const told = ofPath(first(columns, 0)) ?? ofPath(first(columns, 1));
    const platform = ofPlatform(word(columns, 2));
    if (told === undefined) return platform ?? ANY;
    // Which of those that have such paths, only the platform can say.
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
