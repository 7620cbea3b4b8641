/** Writes a rule's `product` in KQL: what the paths of a row say of its operating system. */
import type { FieldSource, ValueTest } from '../sigma/language/expression.ts';
import { pathsRead } from '../sigma/language/sources.ts';
import { allOf, anyOf, atom, type Condition, FALSE, not } from './condition.ts';
import { columnName } from './literals.ts';
import type { KqlScope } from './scope.ts';
import { literalOf } from './text-tests.ts';

const WINDOWS_PATH = String.raw`^(?:\\|[A-Za-z]:[\\/])`;
/** How names of platforms begin. */
const PLATFORMS = {
  windows: 'windows',
  linux: 'linux',
  macos: 'mac',
  ios: 'ios',
  android: 'android',
} as const;

/** Whether a row may be from the operating system that the tests name. A row that says nothing is from all. */
export function operatingSystemIs(
  source: FieldSource,
  tests: readonly ValueTest[],
  scope: KqlScope,
): Condition {
  const paths = pathsRead(source).filter((path) => scope.typeOf(path) !== undefined);
  const platform = paths.find((path) => path === 'OSPlatform');
  const told = paths.filter((path) => path !== platform).map(columnName);
  return anyOf(
    tests.map((test) => {
      const system = test.kind === 'text' && test.mode === 'equals' ? test.literal : '';
      if (system !== 'windows' && system !== 'linux' && system !== 'macos') return FALSE;
      return isFrom(system, told, platform && columnName(platform));
    }),
  );
}

type System = 'windows' | 'linux' | 'macos';

function isFrom(system: System, paths: readonly string[], platform: string | undefined): Condition {
  const windows = firstTold(paths, 'windows');
  const posix = firstTold(paths, 'posix');
  const others = system === 'windows' ? posix : windows;
  if (platform === undefined) return not(others);
  const begins = (name: keyof typeof PLATFORMS) => atom(`${platform} startswith "${PLATFORMS[name]}"`);
  const isUnknown = not(anyOf((Object.keys(PLATFORMS) as (keyof typeof PLATFORMS)[]).map(begins)));
  const byPlatform = allOf([not(others), anyOf([begins(system), isUnknown])]);
  if (system === 'windows') return anyOf([windows, byPlatform]);
  const otherPosix = begins(system === 'linux' ? 'macos' : 'linux');
  return anyOf([allOf([posix, not(otherPosix)]), byPlatform]);
}

/** Whether the first path that says anything says so. */
function firstTold(paths: readonly string[], wanted: 'windows' | 'posix'): Condition {
  const [first, ...rest] = paths;
  if (first === undefined) return FALSE;
  const isPosix = atom(`${first} startswith "/"`);
  const isWindows = atom(`${first} matches regex ${literalOf(WINDOWS_PATH)}`);
  const [own, other] = wanted === 'windows' ? [isWindows, isPosix] : [isPosix, isWindows];
  return anyOf([own, allOf([not(other), firstTold(rest, wanted)])]);
}
