/** Spells registry keys as Sysmon, Windows' security log, Defender and people do. */
import type { Texts } from './rendering.ts';

/** Keys may have 512 levels of 255 characters, but real ones are shorter than this. A longer key is probably hostile and gets fewer spellings. */
const LONGEST = 4_096;
const LONGEST_HIVE = 24;

const ABBREVIATIONS: ReadonlyMap<string, string> = new Map([
  ['HKEY_LOCAL_MACHINE', 'HKLM'],
  ['HKEY_CURRENT_USER', 'HKCU'],
  ['HKEY_USERS', 'HKU'],
  ['HKEY_CLASSES_ROOT', 'HKCR'],
  ['HKEY_CURRENT_CONFIG', 'HKCC'],
]);

const NUMBERED_SET = /^\\SYSTEM\\ControlSet\d{3}(?=\\|$)/i;
const SYSTEM_LENGTH = '\\SYSTEM\\'.length;
const USER = /^\\(?:S-1-\d[\d-]*|\.DEFAULT)(_Classes)?(?=\\|$)/i;
const CLASSES = /^\\SOFTWARE\\Classes(?=\\|$)/i;

interface Key {
  /** The hive, such as `HKLM`; undefined if the key does not begin with one. */
  readonly hive: string | undefined;
  readonly rest: string;
}

function parse(key: string): Key {
  const end = key.indexOf('\\');
  const root = end < 0 ? key : key.slice(0, end);
  if (root.length > LONGEST_HIVE) return { hive: undefined, rest: key };
  const hive = ABBREVIATIONS.get(root) ?? ABBREVIATIONS.get(root.toUpperCase());
  return { hive, rest: hive === undefined ? key : key.slice(root.length) };
}

/** A key in Sysmon's spelling, with abbreviated hives and CurrentControlSet (Sysmon's documentation, "Event ID 12: RegistryEvent"). */
export function sysmonKey(key: string): string {
  const { hive, rest } = parse(key);
  if (hive === undefined) return key;
  if (hive === 'HKCU' && USER.test(rest)) return `HKU${rest}`;
  return hive + (hive === 'HKLM' ? withCurrentSet(rest) : rest);
}

/**
 * A key in Sysmon's spelling, Defender's, and the one that people use. Defender writes hives in full, numbers the control sets, and
 * writes users' hives as `HKEY_CURRENT_USER\S-1-5-21-...`; people write `HKCU\Software`, which Sysmon never does.
 */
export function keySpellings(key: string): Texts {
  const { hive, rest } = parse(key);
  if (hive === undefined) return [key];
  const usual = sysmonKey(key);
  if (hive === 'HKCU' || hive === 'HKU') return [usual, key, ...userSpellings(rest)];
  if (hive !== 'HKLM') return [usual, key];
  const current = withCurrentSet(rest);
  if (current !== rest) return [usual, key, `HKLM${rest}`, `HKEY_LOCAL_MACHINE${current}`];
  return [usual, key, ...classesSpellings(rest)];
}

function withCurrentSet(rest: string): string {
  const set = NUMBERED_SET.exec(rest)?.[0];
  return set === undefined
    ? rest
    : `${rest.slice(0, SYSTEM_LENGTH)}CurrentControlSet${rest.slice(set.length)}`;
}

function userSpellings(rest: string): Texts {
  const user = USER.exec(rest);
  if (!user) return [`HKU${rest}`];
  if (rest.length > LONGEST) return [];
  const own = `${user[1] ? '\\Software\\Classes' : ''}${rest.slice(user[0].length)}`;
  return [
    `HKEY_USERS${rest}`,
    `HKEY_CURRENT_USER${rest}`,
    `HKCU${own}`,
    `HKEY_CURRENT_USER${own}`,
    ...classesSpellings(own),
  ];
}

function classesSpellings(rest: string): Texts {
  const classes = rest.length > LONGEST ? undefined : CLASSES.exec(rest)?.[0];
  if (classes === undefined) return [];
  const inside = rest.slice(classes.length);
  return [`HKCR${inside}`, `HKEY_CLASSES_ROOT${inside}`];
}

/** A key in the kernel's spelling, which Windows' security log uses: `\REGISTRY\MACHINE\SYSTEM\ControlSet001`. */
export function kernelKey(key: string): string {
  const { hive, rest } = parse(key);
  switch (hive) {
    case 'HKLM':
      return `\\REGISTRY\\MACHINE${rest}`;
    case 'HKCU':
    case 'HKU':
      return `\\REGISTRY\\USER${rest}`;
    default:
      return key;
  }
}
