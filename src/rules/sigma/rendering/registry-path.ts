/** Keys and values of the registry as one path, as `TargetObject` of Sysmon's events 12 to 14 has it. */
import { kernelKey, keySpellings, sysmonKey } from './registry-keys.ts';
import { first, type Literal, type Rendering, type Texts, word } from './rendering.ts';

/** The columns, in this order, that the renderings here read. */
export const REGISTRY_PATH_COLUMNS = [
  'RegistryKey',
  'RegistryValueName',
  'PreviousRegistryKey',
  'PreviousRegistryValueName',
  'ActionType',
] as const;

const NOTHING: Texts = [];
/** Words that Sysmon writes in another way or never, and a hive of which one cannot say how it goes on. */
const UNUSUAL = /HK(?!LM\\|U\\)|_(?:MACHINE|USERS?|ROOT)|ControlSet\d|REGISTRY\\/i;
/** The same for Windows' security log. */
const UNUSUAL_FOR_WINDOWS = /HK|_(?:MACHINE|USERS?|ROOT)|CurrentControlSet/i;
/** What is not the same in all spellings of a key, with all that is before it. */
const SPELT = /^.*(?:HK[A-Z_]*|MACHINE|USERS?|ROOT|ControlSet\d*|Classes)(?:\\S-1-[\d-]*(?:_Classes)?)?/is;
/** Of a literal that may end within a word that is spelt in several ways: what its end may be the beginning of. */
const SPELT_WORDS = ['controlset', 'currentcontrolset', 'classes', 's-1-'];

/** How keys are spelt. */
interface Spellings {
  readonly usual: (key: string) => string;
  readonly all: (key: string) => Texts;
  /** What a rule's value is not spelt in the usual way by. */
  readonly unusual: RegExp;
  /** What {@link allPaths} holds where the usual spelling holds a literal. */
  readonly inPaths: (need: Literal) => Literal | undefined;
}

interface Target {
  readonly key: string;
  readonly name: string | undefined;
  /** The first of the two columns that it was read from. */
  readonly from: 0 | 2;
  readonly isValue: boolean;
}

/** What an event did: to a value or a key, and whether what it is about was there before. */
interface Action {
  readonly isValue: boolean;
  readonly isDeletion: boolean;
  readonly isRename: boolean;
}

/** Those that Microsoft's reference names; others are read from their names. */
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
  target: (columns: readonly Texts[]) => Target | undefined,
  { usual, all, unusual, inPaths }: Spellings,
): Rendering {
  const readColumns = (columns: readonly Texts[]) => {
    const found = target(columns);
    return found ? [found.from, found.from + 1] : [];
  };
  return {
    name,
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

/** The paths that an event has to do with, as Sysmon spells them: one string to look through for the needs of all fields. */
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

/** Of a literal that one of the spellings holds, an end that all of them hold. */
function afterSpelling(literal: string): string {
  const rest = literal.slice(SPELT.exec(literal)?.[0].length ?? 0);
  const from = rest.indexOf('\\');
  const path = rest.slice(from);
  if (from < 0 || '\\software\\classes'.startsWith(path.toLowerCase())) return '';
  const last = path.slice(path.lastIndexOf('\\') + 1);
  const isOpen = last !== '' && SPELT_WORDS.some((one) => one.startsWith(last.toLowerCase()));
  return isOpen ? path.slice(0, path.length - last.length) : path;
}

/** Sysmon names the default value of a key `(Default)`; Defender has no name for it. */
function endOf({ name, isValue }: Target): string {
  if (name) return `\\${name}`;
  return isValue ? '\\(Default)' : '';
}

const SYSMON: Spellings = { usual: sysmonKey, all: keySpellings, unusual: UNUSUAL, inPaths: (need) => need };
const WINDOWS: Spellings = {
  usual: kernelKey,
  all: (key) => [kernelKey(key), ...keySpellings(key)],
  unusual: UNUSUAL_FOR_WINDOWS,
  inPaths: spelt,
};

/**
 * What the event is about: key and, of values, name. Of a deletion, and of a rename, that is the previous one: Defender leaves
 * `RegistryKey` empty in deletions (seen in live rows, and in the fallback of public triage scripts from `RegistryKey` to
 * `PreviousRegistryKey`), and Sysmon's TargetObject of event 14 is the old name.
 */
export const registryTarget = pathRendering('registry path', targetOf, SYSMON);

/** The new name of Sysmon's event 14. Defender seldom reports renames, but the creation of the key that comes of one. */
export const registryNewName = pathRendering(
  'new registry path',
  (columns) => (actionOf(columns).isDeletion ? undefined : targetFrom(columns, 0)),
  SYSMON,
);

/** The key alone as Windows' event 4657 has it: `\REGISTRY\MACHINE\SOFTWARE\X`. Other spellings of it are taken too. */
export const registryObject = pathRendering(
  'registry object',
  (columns) => {
    const target = targetOf(columns);
    return target && { ...target, name: undefined, isValue: false };
  },
  WINDOWS,
);
