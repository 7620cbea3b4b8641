/** Keys and values of the registry as one path, as `TargetObject` of Sysmon's events 12 to 14 has it. */
import { first, type Rendering, type Texts } from './rendering.ts';

/** The columns, in this order, that the renderings here read. */
export const REGISTRY_PATH_COLUMNS = [
  'RegistryKey',
  'RegistryValueName',
  'PreviousRegistryKey',
  'PreviousRegistryValueName',
  'ActionType',
] as const;

const NOTHING: Texts = [];
/** Keys have up to 255 characters for each of 512 levels; what is longer is attacked with, and gets fewer spellings. */
const LONGEST = 4_096;

/**
 * What the event is about: key and, of values, name. Of a deletion, and of a rename, that is the previous one: Defender leaves
 * `RegistryKey` empty in deletions (seen in live rows, and in the fallback of public triage scripts from `RegistryKey` to
 * `PreviousRegistryKey`), and Sysmon's TargetObject of event 14 is the old name.
 */
export const registryTarget = pathRendering('registry path', targetOf, spellings);

/** The new name of Sysmon's event 14. Defender seldom reports renames, but the creation of the key that comes of one. */
export const registryNewName = pathRendering(
  'new registry path',
  (columns) => (isDeletion(actionOf(columns)) ? undefined : targetFrom(columns, 0)),
  spellings,
);

/** The key alone as Windows' event 4657 has it: `\REGISTRY\MACHINE\SOFTWARE\X`. Other spellings of it are taken too. */
export const registryObject = pathRendering(
  'registry object',
  (columns) => {
    const target = targetOf(columns);
    return target && { ...target, name: undefined, isValue: false };
  },
  (key) => [...kernelSpelling(key), ...spellings(key)],
);

interface Target {
  readonly key: string;
  readonly name: string | undefined;
  /** The first of the two columns that it was read from. */
  readonly from: 0 | 2;
  readonly isValue: boolean;
}

function targetOf(columns: readonly Texts[]): Target | undefined {
  const action = actionOf(columns);
  const isAboutPrevious = !first(columns, 0) || isDeletion(action) || isRename(action);
  return (isAboutPrevious ? targetFrom(columns, 2) : undefined) ?? targetFrom(columns, 0);
}

function targetFrom(columns: readonly Texts[], from: 0 | 2): Target | undefined {
  const key = first(columns, from);
  return key ? { key, name: first(columns, from + 1), from, isValue: isValue(actionOf(columns)) } : undefined;
}

function actionOf(columns: readonly Texts[]): string {
  return first(columns, 4) ?? '';
}

function pathRendering(
  name: string,
  target: (columns: readonly Texts[]) => Target | undefined,
  spell: (key: string) => Texts,
): Rendering {
  const pathsWith = (spelt: (key: string) => Texts) => (columns: readonly Texts[]) => {
    const found = target(columns);
    if (!found) return NOTHING;
    const end = endOf(found);
    return spelt(found.key).map((key) => key + end);
  };
  return {
    name,
    render: pathsWith(spell),
    reference: { name, render: pathsWith((key) => spell(key).slice(0, 1)) },
    readColumns(columns) {
      const found = target(columns);
      return found ? [found.from, found.from + 1] : [];
    },
  };
}

/** Sysmon names the default value of a key `(Default)`; Defender has no name for it. */
function endOf({ name, isValue }: Target): string {
  if (name) return `\\${name}`;
  return isValue ? '\\(Default)' : '';
}

function isValue(action: string): boolean {
  return /^registryvalue/i.test(action);
}

function isDeletion(action: string): boolean {
  return /deleted$/i.test(action);
}

function isRename(action: string): boolean {
  return /renamed$/i.test(action);
}

/**
 * A key as Sysmon writes it, as Defender does, and as people do. Sysmon abbreviates the hives and says CurrentControlSet (its
 * documentation, "Event ID 12: RegistryEvent"); Defender spells the hives out, names control sets by number, and has users' hives as
 * `HKEY_CURRENT_USER\S-1-5-21-...`; people write `HKCU\Software`, which Sysmon never does.
 */
function spellings(key: string): Texts {
  const hive = /^(HKEY_[A-Z_]+)(?=\\|$)/i.exec(key)?.[1] ?? '';
  const rest = key.slice(hive.length);
  switch (hive.toUpperCase()) {
    case 'HKEY_LOCAL_MACHINE':
      return machineSpellings(key, rest);
    case 'HKEY_CURRENT_USER':
    case 'HKEY_USERS':
      return userSpellings(key, rest);
    case 'HKEY_CLASSES_ROOT':
      return [`HKCR${rest}`, key];
    case 'HKEY_CURRENT_CONFIG':
      return [`HKCC${rest}`, key];
    default:
      return [key];
  }
}

function machineSpellings(key: string, rest: string): Texts {
  const set = /^(\\SYSTEM\\)(ControlSet\d{3})(?=\\|$)/i.exec(rest);
  if (set) {
    const current = `${set[1]}CurrentControlSet${rest.slice(set[0].length)}`;
    return [`HKLM${current}`, key, `HKLM${rest}`, `HKEY_LOCAL_MACHINE${current}`];
  }
  const classes = afterClasses(rest);
  if (classes === undefined || rest.length > LONGEST) return [`HKLM${rest}`, key];
  return [`HKLM${rest}`, key, `HKCR${classes}`, `HKEY_CLASSES_ROOT${classes}`];
}

function userSpellings(key: string, rest: string): Texts {
  const user = /^\\(?:S-1-\d[\d-]*|\.DEFAULT)(_Classes)?(?=\\|$)/i.exec(rest);
  if (!user) return /^HKEY_U/i.test(key) ? [`HKU${rest}`, key] : [`HKCU${rest}`, key, `HKU${rest}`];
  if (rest.length > LONGEST) return [`HKU${rest}`, key];
  const own = `${user[1] ? '\\Software\\Classes' : ''}${rest.slice(user[0].length)}`;
  const full = [`HKEY_USERS${rest}`, `HKEY_CURRENT_USER${rest}`].filter((one) => one !== key);
  const texts = [`HKU${rest}`, key, ...full, `HKCU${own}`, `HKEY_CURRENT_USER${own}`];
  const classes = afterClasses(own);
  return classes === undefined ? texts : [...texts, `HKCR${classes}`, `HKEY_CLASSES_ROOT${classes}`];
}

function afterClasses(rest: string): string | undefined {
  const classes = /^\\SOFTWARE\\Classes(?=\\|$)/i.exec(rest);
  return classes ? rest.slice(classes[0].length) : undefined;
}

function kernelSpelling(key: string): Texts {
  const hive = /^HKEY_(LOCAL_MACHINE|CURRENT_USER|USERS)(?=\\|$)/i.exec(key);
  if (!hive) return [];
  const root = hive[1]?.toUpperCase() === 'LOCAL_MACHINE' ? 'MACHINE' : 'USER';
  return [`\\REGISTRY\\${root}${key.slice(hive[0].length)}`];
}
