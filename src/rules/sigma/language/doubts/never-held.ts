/** Warns of values that a column never holds, as its name or type shows. */
import type { Mistake } from '../../../../diagnostics/diagnostic.ts';
import { isAddressColumn } from '../../../schema/addresses.ts';
import type { ColumnType } from '../../../schema/index.ts';
import type { Asked, PlainColumn } from './pattern.ts';

/** Why no row can hold a value; undefined if a row may hold it. */
export function neverHeld(asked: Asked): Mistake | undefined {
  const incomplete = withoutFolder(asked);
  if (incomplete) return incomplete;
  const { column } = asked;
  if (!column) return undefined;
  return (
    wrongType(asked, column) ??
    pathAsName(asked, column) ??
    wrongHash(asked, column) ??
    network(asked, column) ??
    shortHive(asked, column)
  );
}

/** The names that Windows and Sysmon use for processes without a file. */
const WITHOUT_FILE =
  /^(?:-|system|registry|mem(?:ory )?compression|idle|<?unknown process>?|vmmem\w*|secure system)?$/i;

/** Warns of `Image: finger.exe`: the column holds whole paths. */
function withoutFolder({ field, beginning, whole }: Asked): Mistake | undefined {
  const { mapping, key, context } = field;
  const columns = mapping.join?.columns ?? mapping.columns;
  const [first = ''] = columns;
  // Other tables may hold relative paths, such as the paths of files in the cloud.
  const isOnDevice = context.columns?.table?.startsWith('Device') === true;
  const isPath =
    isOnDevice && first.endsWith('FolderPath') && (mapping.join !== undefined || columns.length === 1);
  if (!isPath || mapping.convert !== undefined || beginning === undefined) return undefined;
  // A single letter may be the beginning of a drive.
  if (/^(?:[A-Za-z](?:$|:)|[\\/%])/.test(beginning) || WITHOUT_FILE.test(beginning)) return undefined;
  const verb = whole === undefined ? 'begins with' : 'is';
  const place = whole === undefined ? 'contains' : 'endswith';
  const slash = beginning.includes('/') || !/[.\\]/.test(beginning) ? '/' : '\\';
  const isName = /^[\w.-]+$/.test(beginning) || beginning.startsWith(':');
  const part = beginning.startsWith(':') ? beginning : `${slash}${beginning}`;
  return {
    code: 'never-matches',
    message: `${first} holds whole paths: none ${verb} "${beginning}"`,
    hint: isName
      ? `write "${key.field}|${place}: '${part}'"`
      : 'a path begins with a drive, a slash or a backslash',
  };
}

interface Written {
  /** The characters that a value of the type may contain. */
  readonly letters: RegExp;
  readonly wanted: string;
}

const WRITTEN: Partial<Record<ColumnType, Written>> = {
  number: { letters: /^[\d.eE+-]*$/, wanted: 'a number' },
  boolean: { letters: /^(?:true|false|[01]|)$/i, wanted: 'true or false' },
  datetime: { letters: /^[\dTZ:. +-]*$/i, wanted: 'a date' },
};

/** Warns of `RemotePort: https`: no number contains such text. */
function wrongType({ literals, whole }: Asked, { name, type }: PlainColumn): Mistake | undefined {
  const written = type && WRITTEN[type];
  // A part of "true" may be meant, so only a whole value is checked.
  if (!written || (type === 'boolean' && whole === undefined)) return undefined;
  const wrong = literals.find((literal) => !written.letters.test(literal));
  if (wrong === undefined) return undefined;
  const decimal = type === 'number' && /^0x[0-9a-f]{1,16}$/i.test(wrong) ? BigInt(wrong) : undefined;
  const wanted = `the column "${name}" is ${written.wanted}`;
  return {
    code: 'type-mismatch',
    message: `${wanted}: "${wrong}" is never in it`,
    hint: decimal === undefined ? undefined : `write ${decimal}`,
  };
}

/** Warns of `FileName|endswith: \cmd.exe`: the column holds names without a path. */
function pathAsName({ literals, field }: Asked, { name, table }: PlainColumn): Mistake | undefined {
  if (!/^(?:InitiatingProcess(?:Parent)?|Previous)?FileName$/.test(name) || !/^Device/.test(table ?? ''))
    return undefined;
  const wrong = literals.find((literal) => /[\\/]/.test(literal));
  if (wrong === undefined) return undefined;
  const short = wrong.slice(Math.max(wrong.lastIndexOf('\\'), wrong.lastIndexOf('/')) + 1);
  const other = name.replace('FileName', 'FolderPath');
  const hasPath = field.context.columns?.column(other) !== undefined;
  return {
    code: 'never-matches',
    message: `${name} holds a file's name alone: "${wrong}" is never in it`,
    hint: hasPath ? `compare ${other}, or write "${short}"` : `write "${short}"`,
  };
}

const DIGITS: Readonly<Record<string, number>> = { MD5: 32, SHA1: 40, SHA256: 64 };

/** Warns of a hash whose length is that of another algorithm, or of none. */
function wrongHash({ whole, field }: Asked, { name }: PlainColumn): Mistake | undefined {
  const algorithm = /^(?:InitiatingProcess)?(MD5|SHA1|SHA256)$/.exec(name)?.[1];
  const digits = algorithm === undefined ? undefined : DIGITS[algorithm];
  if (digits === undefined || whole === undefined || whole === '') return undefined;
  if (whole.length === digits && /^[0-9a-f]+$/i.test(whole)) return undefined;
  const [other] = Object.entries(DIGITS).find(([, length]) => length === whole.length) ?? [];
  const isHash = other !== undefined && /^[0-9a-f]+$/i.test(whole);
  return {
    code: 'never-matches',
    message: `${name} holds ${digits} hexadecimal digits: "${whole}" is never in it`,
    hint: isHash
      ? `it looks like ${other === 'SHA1' ? 'a SHA1' : `an ${other}`}, and "${field.key.field}" is not`
      : undefined,
  };
}

/** Warns of `RemoteIP: 10.0.0.0/8`: without `|cidr` it is compared as a string. */
function network({ whole, field }: Asked, { name }: PlainColumn): Mistake | undefined {
  if (whole === undefined || !isAddressColumn(name) || !/^[0-9a-f.:]+\/\d{1,3}$/i.test(whole))
    return undefined;
  return {
    code: 'never-matches',
    message: `${name} holds addresses: the network "${whole}" is never in it`,
    hint: `write "${field.key.field}|cidr"`,
  };
}

const HIVES: Readonly<Record<string, string>> = {
  hklm: 'HKEY_LOCAL_MACHINE',
  hkcu: 'HKEY_CURRENT_USER',
  hku: 'HKEY_USERS',
  hkcr: 'HKEY_CLASSES_ROOT',
};

/** Warns of `RegistryKey: HKLM\...`: Defender writes hives in full. */
function shortHive({ literals }: Asked, { name }: PlainColumn): Mistake | undefined {
  if (!/^(?:Previous)?RegistryKey$/.test(name)) return undefined;
  for (const literal of literals) {
    const short = /^hk(?:lm|cu|u|cr)(?=\\|$)/i.exec(literal)?.[0];
    const long = short && HIVES[short.toLowerCase()];
    if (long === undefined) continue;
    return {
      code: 'never-matches',
      message: `${name} spells hives out: "${short}" is never in it`,
      hint: `write "${long}"`,
    };
  }
  return undefined;
}
