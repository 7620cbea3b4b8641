/** Renders registry keys and values as one path, as `TargetObject` of Sysmon's events 12 to 14 has it. */
import { kernelKey, keySpellings, sysmonKey } from './registry-keys.ts';
import { first, type Literal, type Rendering, type Texts, word } from './rendering.ts';

/** The columns that the renderings in this file read, in this order. */
export const REGISTRY_PATH_COLUMNS = [
  'RegistryKey',
  'RegistryValueName',
  'PreviousRegistryKey',
  'PreviousRegistryValueName',
  'ActionType',
] as const;

const NOTHING: Texts = [];
/** Finds words that Sysmon spells differently or never writes, and the beginning of a hive whose rest is open. */
const UNUSUAL = /HK(?!LM\\|U\\)|_(?:MACHINE|USERS?|ROOT)|ControlSet\d|REGISTRY\\/i;
/** As {@link UNUSUAL}, for Windows' security log. */
const UNUSUAL_FOR_WINDOWS = /HK|_(?:MACHINE|USERS?|ROOT)|CurrentControlSet/i;
/** Finds the last word that differs between the spellings of a key, with everything before it. */
const SPELT = /^.*(?:HK[A-Z_]*|MACHINE|USERS?|ROOT|ControlSet\d*|Classes)(?:\\S-1-[\d-]*(?:_Classes)?)?/is;
/** Words with several spellings, lower case. A literal may end within one of them. */
const SPELT_WORDS = ['controlset', 'currentcontrolset', 'classes', 's-1-'];

/** The spelling of keys in one log source. */
interface Spellings {
  readonly as: 'sysmon' | 'kernel';
  readonly usual: (key: string) => string;
  readonly all: (key: string) => Texts;
  /** Finds a spelling in a rule's value that is not the usual one. */
  readonly unusual: RegExp;
  /** The literal that {@link allPaths} contains wherever the usual spelling contains a literal. */
  readonly inPaths: (need: Literal) => Literal | undefined;
}

interface Target {
  readonly key: string;
  readonly name: string | undefined;
  /** The position of the first of the two columns that the path was read from. */
  readonly from: 0 | 2;
  readonly isValue: boolean;
}

/** What an event changed: a value or a key, and whether it existed before. */
interface Action {
  readonly isValue: boolean;
  readonly isDeletion: boolean;
  readonly isRename: boolean;
}

/** The actions of ActionTypes in Microsoft's reference; the actions of other ActionTypes are inferred from their names. */
const ACTIONS: ReadonlyMap<string, Action> = new Map(
  [
    'RegistryKeyCreated',
    'RegistryKeyDeleted',
    'RegistryKeyRenamed',
    'RegistryValueDeleted',
    'RegistryValueSet',
  ].map((name) => [name, readAction(name)]),
);

function actionOf(columns: readonly Texts[]): Action {
  const name = word(columns, 4);
  return ACTIONS.get(name) ?? readAction(name);
}

function readAction(name: string): Action {
  return {
    isValue: /^registryvalue/i.test(name),
    isDeletion: /deleted$/i.test(name),
    isRename: /renamed$/i.test(name),
  };
}

function targetOf(columns: readonly Texts[]): Target | undefined {
  const { isDeletion, isRename } = actionOf(columns);
  const isAboutPrevious = isDeletion || isRename || !first(columns, 0);
  return (isAboutPrevious ? targetFrom(columns, 2) : undefined) ?? targetFrom(columns, 0);
}

function targetFrom(columns: readonly Texts[], from: 0 | 2): Target | undefined {
  const key = first(columns, from);
  return key ? { key, name: first(columns, from + 1), from, isValue: actionOf(columns).isValue } : undefined;
}

function pathRendering(
  name: string,
  of: 'target' | 'target-key' | 'current',
  target: (columns: readonly Texts[]) => Target | undefined,
  { as, usual, all, unusual, inPaths }: Spellings,
): Rendering {
  const readColumns = (columns: readonly Texts[]) => {
    const found = target(columns);
    return found ? [found.from, found.from + 1] : [];
  };
  return {
    name,
    form: { kind: 'registry-path', of, as, spellings: 'all' },
    readColumns,
    render(columns) {
      const found = target(columns);
      if (!found) return NOTHING;
      const end = endOf(found);
      return [...new Set(all(found.key))].map((key) => key + end);
    },
    usual: {
      rendering: {
        name: `usual ${name}`,
        form: { kind: 'registry-path', of, as, spellings: 'usual' },
        readColumns,
        render(columns) {
          const found = target(columns);
          return found ? [usual(found.key) + endOf(found)] : NOTHING;
        },
        indexedAs: { rendering: allPaths, need: inPaths },
      },
      suffices: ({ literal }) => !unusual.test(literal),
    },
    indexedAs: { rendering: allPaths, need: spelt },
  };
}

/** All paths of an event in Sysmon's spelling, as one string that the index searches for the literals of all registry fields. */
const allPaths: Rendering = {
  name: 'registry paths',
  render(columns) {
    const [target, current] = [targetOf(columns), targetFrom(columns, 0)];
    if (!target) return NOTHING;
    const path = sysmonKey(target.key) + endOf(target);
    if (!current || current.from === target.from) return [path];
    return [path, sysmonKey(current.key) + endOf(current)];
  },
};

function spelt({ literal }: Literal): Literal | undefined {
  const end = afterSpelling(literal);
  return end === '' ? undefined : { mode: 'contains', literal: end };
}

/** Given a literal that one of the spellings contains, the part at its end that all spellings contain. */
function afterSpelling(literal: string): string {
  const rest = literal.slice(SPELT.exec(literal)?.[0].length ?? 0);
  const from = rest.indexOf('\\');
  const path = rest.slice(from);
  if (from < 0 || '\\software\\classes'.startsWith(path.toLowerCase())) return '';
  const last = path.slice(path.lastIndexOf('\\') + 1);
  const isOpen = last !== '' && SPELT_WORDS.some((one) => one.startsWith(last.toLowerCase()));
  return isOpen ? path.slice(0, path.length - last.length) : path;
}

/** The path's last part. Sysmon calls the default value of a key `(Default)`; Defender leaves its name empty. */
function endOf({ name, isValue }: Target): string {
  if (name) return `\\${name}`;
  return isValue ? '\\(Default)' : '';
}

const SYSMON: Spellings = {
  as: 'sysmon',
  usual: sysmonKey,
  all: keySpellings,
  unusual: UNUSUAL,
  inPaths: (need) => need,
};
const WINDOWS: Spellings = {
  as: 'kernel',
  usual: kernelKey,
  all: (key) => [kernelKey(key), ...keySpellings(key)],
  unusual: UNUSUAL_FOR_WINDOWS,
  inPaths: spelt,
};

/**
 * The key or value that the event is about. For deletions and renames that is the previous one: Defender leaves `RegistryKey` empty
 * in deletions (seen in live rows, and public triage scripts fall back from `RegistryKey` to `PreviousRegistryKey`), and TargetObject
 * of Sysmon's event 14 is the old name.
 */
export const registryTarget = pathRendering('registry path', 'target', targetOf, SYSMON);

/** NewName of Sysmon's event 14. Defender seldom reports a rename; it usually reports the creation of the new key. */
export const registryNewName = pathRendering(
  'new registry path',
  'current',
  (columns) => (actionOf(columns).isDeletion ? undefined : targetFrom(columns, 0)),
  SYSMON,
);

/** The key without the value's name, as Windows' event 4657 has it: `\REGISTRY\MACHINE\SOFTWARE\X`. Rules may use other spellings too. */
export const registryObject = pathRendering(
  'registry object',
  'target-key',
  (columns) => {
    const target = targetOf(columns);
    return target && { ...target, name: undefined, isValue: false };
  },
  WINDOWS,
);
