/** Writes in KQL what renderings do: the columns of a row in the form in which rules compare them. */
import type { FieldSource } from '../sigma/language/expression.ts';
import type { Rendering } from '../sigma/rendering/rendering.ts';
import { stringLiteral } from './literals.ts';
import { type KqlScope, Unconvertible } from './scope.ts';

type Rendered = Extract<FieldSource, { kind: 'rendered' }>;
type Read = (input: FieldSource) => readonly string[];

/** The readings of a rendered source. Throws Unconvertible. */
export function renderedReadings(
  { inputs, rendering }: Rendered,
  scope: KqlScope,
  read: Read,
): readonly string[] {
  const columns = inputs.map((input) => read(input)[0] ?? '""');
  return inForm(rendering, columns, scope);
}

/** @param columns the inputs as expressions of type string. */
function inForm(rendering: Rendering, columns: readonly string[], scope: KqlScope): readonly string[] {
  const { form } = rendering;
  const [first = '""', second = '""'] = columns;
  switch (form?.kind) {
    case 'address':
      return form.spellings === 'usual' ? [usualAddress(first, scope)] : [usualAddress(first, scope), first];
    case 'dash': {
      const [own = first, ...others] = form.own ? inForm(form.own, columns, scope) : [first];
      return [scope.add(`${nameOf(first)}_or_dash`, `iff(isempty(${own}), "-", ${own})`), ...others];
    }
    case 'account': {
      const both = `strcat(${first}, @"\\", ${second})`;
      const full = `case(isempty(${first}), ${second}, isempty(${second}), ${first}, ${both})`;
      const name = scope.add(nameOf(second).replace(/Name$/, ''), full);
      return form.both ? [name, second] : [name];
    }
    case 'hexadecimal':
      return [scope.add(`${nameOf(first)}_hex`, hexOf(first))];
    case 'registry-data':
      return registryData(columns, scope);
    case 'registry-path':
      return registryPath(form, columns, scope);
    case 'url': {
      const whole = `iff(isnotempty(${first}) and ${second} startswith "/", strcat("http://", ${first}, ${second}), "")`;
      return [second, scope.add('Url', whole)];
    }
    case 'uri-part':
      return [scope.add(`${nameOf(first)}_${form.part}`, URI_PARTS[form.part](first))];
    case 'prefix': {
      const { prefix } = form;
      const rest = `substring(${first}, ${prefix.length})`;
      const text = `iff(${first} startswith ${literal(prefix)}, ${rest}, ${first})`;
      return [scope.add(`${nameOf(first)}_rest`, text)];
    }
    default:
      throw new Unconvertible(`no query can be written for a field that is compared as ${rendering.name}`);
  }
}

const URI_PARTS = {
  stem: (uri: string) => `tostring(split(${uri}, "?")[0])`,
  query: (uri: string) => String.raw`extract(@"(?s)\?(.*)\z", 1, ${uri})`,
  extension: (uri: string) => String.raw`extract(@"^[^?]*\.([^./?]*)(?:\?|\z)", 1, ${uri})`,
} as const;

/** IPv4 without the prefix that it has on a socket of IPv6. */
export function usualAddress(text: string, scope: KqlScope): string {
  const mapped = `${text} startswith "::ffff:" and ${text} contains "."`;
  return scope.add(`${nameOf(text)}_usual`, `iff(${mapped}, substring(${text}, 7), ${text})`);
}

/** Digits as `0x1410`. A negative number of 32 bits has eight digits. */
function hexOf(text: string): string {
  const number = `tolong(${text})`;
  const digits = `iff(${number} between (-2147483648 .. -1), substring(tohex(${number}), 8), tohex(${number}))`;
  return `iff(isnull(${number}), ${text}, strcat("0x", ${digits}))`;
}

function low32(number: string): string {
  return `tohex(binary_and(${number}, 4294967295), 8)`;
}

function dword(data: string): string {
  return `strcat("DWORD (0x", ${low32(`tolong(${data})`)}, ")")`;
}

function qword(data: string): string {
  const high = low32(`binary_shift_right(tolong(${data}), 32)`);
  return `strcat("QWORD (0x", ${high}, "-0x", ${low32(`tolong(${data})`)}, ")")`;
}

/** The data as Sysmon writes it. A second reading is for data whose type is not known: digits may be a string or a number. */
function registryData(columns: readonly string[], scope: KqlScope): readonly string[] {
  const [data = '', type = '', action = ''] = columns;
  const numeric = (written: string) => `iff(isnull(tolong(${data})), ${data}, ${written})`;
  const known = scope.add(
    'RegistryDetails',
    `case(${action} endswith "deleted", "",
        ${type} in~ ("dword", "dwordbigendian"), ${numeric(dword(data))},
        ${type} =~ "qword", ${numeric(qword(data))},
        ${type} =~ "binary", "Binary Data",
        isempty(${type}) or ${type} =~ "none" or isnotempty(${data}), ${data},
        "(Empty)")`,
  );
  const isNumber = `isempty(${type}) and not(${action} endswith "deleted") and isnotnull(tolong(${data}))`;
  return [known, scope.add('RegistryDetailsAsNumber', `iff(${isNumber}, ${dword(data)}, "")`)];
}

type PathForm = Extract<NonNullable<Rendering['form']>, { kind: 'registry-path' }>;

const OTHER_SPELLINGS =
  'the key is compared in the spelling of the log source, in that of the table and as HKCU without the user, and in no other';

function registryPath(form: PathForm, columns: readonly string[], scope: KqlScope): readonly string[] {
  const [key = '', name = '', oldKey = '', oldName = '', action = ''] = columns;
  const target =
    form.of === 'current'
      ? { key: `iff(${action} endswith "deleted", "", ${key})`, name }
      : targetOf({ key, name, oldKey, oldName, action }, scope);
  const end = `case(isempty(${target.key}), "", isnotempty(${target.name}), strcat(@"\\", ${target.name}), ${action} startswith "registryvalue", @"\\(Default)", "")`;
  const base = { target: 'RegistryTarget', 'target-key': 'RegistryObject', current: 'RegistryNew' }[form.of];
  const isKeyOnly = form.of === 'target-key';
  const whole = (written: string) => (isKeyOnly ? written : `strcat(${written}, ${end})`);
  const keyColumn = form.of === 'current' ? scope.add(`${base}Key`, target.key) : target.key;
  const usual = form.as === 'sysmon' ? sysmonKey(keyColumn) : kernelKey(keyColumn);
  const readings = [scope.add(base, whole(usual))];
  if (form.spellings === 'usual') return readings;
  scope.note('kql-registry', OTHER_SPELLINGS);
  if (form.as === 'kernel') readings.push(scope.add(`${base}AsSysmon`, whole(sysmonKey(keyColumn))));
  readings.push(scope.add(`${base}AsStored`, whole(keyColumn)));
  readings.push(scope.add(`${base}OfUser`, whole(userKey(keyColumn))));
  return readings;
}

interface RegistryColumns {
  readonly key: string;
  readonly name: string;
  readonly oldKey: string;
  readonly oldName: string;
  readonly action: string;
}

/** The key and the value's name that an event is about: the previous ones of a deletion or a rename. */
function targetOf(
  { key, name, oldKey, oldName, action }: RegistryColumns,
  scope: KqlScope,
): { readonly key: string; readonly name: string } {
  const isAboutPrevious = `${action} endswith "deleted" or ${action} endswith "renamed" or isempty(${key})`;
  const isPrevious = `isnotempty(${oldKey}) and (${isAboutPrevious})`;
  return {
    key: scope.add('RegistryTargetKey', `iff(${isPrevious}, ${oldKey}, ${key})`),
    name: scope.add('RegistryTargetName', `iff(${isPrevious}, ${oldName}, ${name})`),
  };
}

/** The part of a key that names a user, from behind its backslash. */
const USER = String.raw`(?:S-1-[0-9][0-9-]*|\.DEFAULT)`;

/**
 * Rewrites one beginning of a key after the other; each is a pattern and what stands for it, in which a backslash begins the number of a
 * group and nothing else: engines do not agree on what another one means.
 */
function rewritten(key: string, rules: readonly (readonly [pattern: string, by: string])[]): string {
  return rules.reduce(
    (text, [pattern, by]) => `replace_regex(${text}, ${literal(`(?i)^${pattern}`)}, ${literal(by)})`,
    key,
  );
}

/** A key with abbreviated hives and CurrentControlSet. */
function sysmonKey(key: string): string {
  return rewritten(key, [
    [
      String.raw`HKEY_LOCAL_MACHINE(\\SYSTEM\\)ControlSet[0-9]{3}(\\|\z)`,
      String.raw`HKLM\1CurrentControlSet\2`,
    ],
    [String.raw`HKEY_LOCAL_MACHINE(\\|\z)`, String.raw`HKLM\1`],
    [String.raw`HKEY_CURRENT_USER(\\${USER}(?:_Classes)?(?:\\|\z))`, String.raw`HKU\1`],
    [String.raw`HKEY_CURRENT_USER(\\|\z)`, String.raw`HKCU\1`],
    [String.raw`HKEY_USERS(\\|\z)`, String.raw`HKU\1`],
    [String.raw`HKEY_CLASSES_ROOT(\\|\z)`, String.raw`HKCR\1`],
    [String.raw`HKEY_CURRENT_CONFIG(\\|\z)`, String.raw`HKCC\1`],
  ]);
}

function kernelKey(key: string): string {
  const branch = (hive: string, by: string) =>
    `${key} matches regex ${literal(String.raw`(?i)^${hive}(?:\\|\z)`)}, strcat(${literal(by)}, substring(${key}, ${hive.length}))`;
  const machine = branch('HKEY_LOCAL_MACHINE', String.raw`\REGISTRY\MACHINE`);
  const users = ['HKEY_CURRENT_USER', 'HKEY_USERS'].map((hive) => branch(hive, String.raw`\REGISTRY\USER`));
  return `case(${[machine, ...users].join(', ')}, ${key})`;
}

/** A user's key as people write it, without the user. */
function userKey(key: string): string {
  const users = '(?:HKEY_CURRENT_USER|HKEY_USERS)';
  return rewritten(key, [
    [String.raw`${users}(\\)${USER}_Classes(\\|\z)`, String.raw`HKCU\1Software\1Classes\2`],
    [String.raw`${users}\\${USER}(\\|\z)`, String.raw`HKCU\1`],
  ]);
}

/** The name of a column that an expression reads, to name another after it. */
function nameOf(expression: string): string {
  return /[A-Za-z_]\w*(?=\W*$)/.exec(expression)?.[0] ?? 'Value';
}

function literal(text: string): string {
  return stringLiteral(text) ?? '""';
}
