/** What each modifier means, with an example: the rule reference prints it, editors show it, and a test runs it. */
import type { JsonObject, JsonValue } from '../../../shared/json.ts';
import type { RuleFile } from '../../rule-file.ts';
import type { Modifier } from './modifiers.ts';

/** One modifier, for people who write rules. */
export interface ModifierGuide {
  /** What it does, in sentences. */
  readonly about: string;
  /** What stands behind the colon, in a few words. */
  readonly takes: string;
  readonly example: ModifierExample;
}

/** A field with its modifiers and its value, a row that matches and one that does not. */
export interface ModifierExample {
  /** The table of the rows. Default: DeviceProcessEvents. */
  readonly table?: string;
  readonly key: string;
  readonly value: JsonValue;
  readonly match: JsonObject;
  readonly noMatch: JsonObject;
  /** Values of the variables that the example names. */
  readonly variables?: Readonly<Record<string, string | readonly string[]>>;
  /** Files that the example needs, such as a list. */
  readonly files?: readonly RuleFile[];
}

const TEXT = 'a text, or a list of texts of which one must match';
const NUMBER = 'a number';

/** An example with a time of day or of the year; all times are UTC. */
function onTime(key: string, value: number, match: string, noMatch: string): ModifierExample {
  return {
    table: 'DeviceLogonEvents',
    key: `Timestamp|${key}`,
    value,
    match: { Timestamp: match },
    noMatch: { Timestamp: noMatch },
  };
}

/** An example with text in Base64 inside a command line. */
function encoded(modifiers: string, match: string, noMatch: string): ModifierExample {
  const row = (text: string) => ({ ProcessCommandLine: `tool -e ${text}` });
  return {
    key: `ProcessCommandLine|${modifiers}`,
    value: 'http://',
    match: row(match),
    noMatch: row(noMatch),
  };
}

/** Every modifier, in the order in which the reference explains them. */
export const MODIFIER_GUIDE: Readonly<Record<Modifier, ModifierGuide>> = {
  contains: {
    about: 'The text stands anywhere in the value.',
    takes: TEXT,
    example: {
      key: 'ProcessCommandLine|contains',
      value: ['urlcache', 'verifyctl'],
      match: { ProcessCommandLine: 'certutil -URLCache -f http://a/b' },
      noMatch: { ProcessCommandLine: 'certutil -hashfile a.exe' },
    },
  },
  startswith: {
    about: 'The value begins with the text.',
    takes: TEXT,
    example: {
      key: 'FolderPath|startswith',
      value: 'C:\\Users\\',
      match: { FolderPath: 'c:\\users\\ada\\a.exe' },
      noMatch: { FolderPath: 'D:\\C:\\Users\\a.exe' },
    },
  },
  endswith: {
    about: 'The value ends with the text.',
    takes: TEXT,
    example: {
      key: 'FolderPath|endswith',
      value: '\\cmd.exe',
      match: { FolderPath: 'C:\\Windows\\System32\\cmd.exe' },
      noMatch: { FolderPath: 'C:\\Tools\\notcmd.exe' },
    },
  },
  all: {
    about: 'All values of the list must match, instead of one of them.',
    takes: 'a list',
    example: {
      key: 'ProcessCommandLine|contains|all',
      value: ['delete', 'shadows'],
      match: { ProcessCommandLine: 'vssadmin delete shadows /all' },
      noMatch: { ProcessCommandLine: 'vssadmin list shadows' },
    },
  },
  cased: {
    about: 'Letter case counts. Without it, texts are equal without regard to letter case.',
    takes: TEXT,
    example: {
      key: 'FileName|cased',
      value: 'Cmd.Exe',
      match: { FileName: 'Cmd.Exe' },
      noMatch: { FileName: 'cmd.exe' },
    },
  },
  neq: {
    about: 'The field does not match the value. Also true of a row without the field.',
    takes: 'what the field takes without it',
    example: {
      key: 'AccountName|neq',
      value: 'system',
      match: { AccountName: 'ada' },
      noMatch: { AccountName: 'SYSTEM' },
    },
  },
  exists: {
    about: 'The row has the column, or with `false` does not have it. `null` counts as absent.',
    takes: '`true` or `false`',
    example: {
      key: 'AccountUpn|exists',
      value: true,
      match: { AccountUpn: 'ada@contoso.com' },
      noMatch: { FileName: 'cmd.exe' },
    },
  },
  re: {
    about:
      'A regular expression in RE2 syntax matches somewhere in the value. Letter case counts. Look-around and back-references do not exist; the time is linear.',
    takes: 'a regular expression, or a list of them',
    example: {
      key: 'FileName|re',
      value: '^[a-z]{8}\\.exe$',
      match: { FileName: 'qwertyui.exe' },
      noMatch: { FileName: 'Qwertyui.exe' },
    },
  },
  i: {
    about: 'After `re`: letter case does not count.',
    takes: 'a regular expression, or a list of them',
    example: {
      key: 'FileName|re|i',
      value: '^[a-z]{8}\\.exe$',
      match: { FileName: 'QWERTYUI.EXE' },
      noMatch: { FileName: 'cmd.exe' },
    },
  },
  m: {
    about: 'After `re`: `^` and `$` match at the beginning and the end of each line.',
    takes: 'a regular expression, or a list of them',
    example: {
      key: 'ProcessCommandLine|re|m',
      value: '^whoami$',
      match: { ProcessCommandLine: 'cd /tmp\nwhoami\nid' },
      noMatch: { ProcessCommandLine: 'sh -c whoami' },
    },
  },
  s: {
    about: 'After `re`: `.` also matches the end of a line.',
    takes: 'a regular expression, or a list of them',
    example: {
      key: 'ProcessCommandLine|re|s',
      value: 'curl.*sh$',
      match: { ProcessCommandLine: 'curl a.example |\nsh' },
      noMatch: { ProcessCommandLine: 'sh curl' },
    },
  },
  cidr: {
    about: 'The address lies in the network, IPv4 or IPv6. `::ffff:10.0.0.1` counts as `10.0.0.1`.',
    takes: 'a network, or a list of networks',
    example: {
      table: 'DeviceNetworkEvents',
      key: 'RemoteIP|cidr',
      value: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
      match: { RemoteIP: '::ffff:10.1.2.3' },
      noMatch: { RemoteIP: '203.0.113.9' },
    },
  },
  in_list: {
    about:
      'The value is in a list of `lists/`, by the type of the list. Goes with `contains`, `startswith`, `endswith`, `all` and `neq`. Only xdr-relay has this modifier.',
    takes: 'the name of a list, or several names',
    example: {
      table: 'DeviceNetworkEvents',
      key: 'RemoteIP|in_list',
      value: 'c2_networks',
      match: { RemoteIP: '203.0.113.9' },
      noMatch: { RemoteIP: '198.51.100.7' },
      files: [
        { path: 'lists/lists.yaml', text: 'lists:\n  c2_networks: { type: network }\n' },
        { path: 'lists/c2_networks.txt', text: '203.0.113.0/24\n' },
      ],
    },
  },
  fieldref: {
    about: 'The value is that of another field. Goes with `contains`, `startswith` and `endswith`.',
    takes: 'the name of a field',
    example: {
      key: 'AccountName|fieldref',
      value: 'InitiatingProcessAccountName',
      match: { AccountName: 'Ada', InitiatingProcessAccountName: 'ada' },
      noMatch: { AccountName: 'system', InitiatingProcessAccountName: 'ada' },
    },
  },
  gt: {
    about: 'The number is greater than the value.',
    takes: NUMBER,
    example: {
      key: 'FileSize|gt',
      value: 1_000_000,
      match: { FileSize: 1_000_001 },
      noMatch: { FileSize: 1_000_000 },
    },
  },
  gte: {
    about: 'The number is greater than the value, or equal to it.',
    takes: NUMBER,
    example: {
      key: 'FileSize|gte',
      value: 1_000_000,
      match: { FileSize: 1_000_000 },
      noMatch: { FileSize: 999_999 },
    },
  },
  lt: {
    about: 'The number is less than the value.',
    takes: NUMBER,
    example: {
      table: 'DeviceNetworkEvents',
      key: 'RemotePort|lt',
      value: 1024,
      match: { RemotePort: 443 },
      noMatch: { RemotePort: 1024 },
    },
  },
  lte: {
    about: 'The number is less than the value, or equal to it.',
    takes: NUMBER,
    example: {
      table: 'DeviceNetworkEvents',
      key: 'RemotePort|lte',
      value: 1024,
      match: { RemotePort: 1024 },
      noMatch: { RemotePort: 1025 },
    },
  },
  minute: {
    about: 'The minute of a time, in UTC. A bound may follow: `|minute|gte`.',
    takes: 'a number, 0 to 59',
    example: onTime('minute', 30, '2026-11-23T07:30:05Z', '2026-11-23T07:31:05Z'),
  },
  hour: {
    about: 'The hour of a time, in UTC. A bound may follow: `|hour|gte`.',
    takes: 'a number, 0 to 23',
    example: onTime('hour|gte', 22, '2026-11-23T22:04:05Z', '2026-11-23T21:59:59Z'),
  },
  day: {
    about: 'The day of the month, in UTC. A bound may follow: `|day|lte`.',
    takes: 'a number, 1 to 31',
    example: onTime('day', 23, '2026-11-23T07:04:05Z', '2026-11-24T07:04:05Z'),
  },
  week: {
    about: 'The ISO week of a time, in UTC. A bound may follow: `|week|gt`.',
    takes: 'a number, 1 to 53',
    example: onTime('week', 53, '2027-01-03T23:59:59Z', '2027-01-04T00:00:00Z'),
  },
  month: {
    about: 'The month of a time, in UTC. A bound may follow: `|month|gte`.',
    takes: 'a number, 1 to 12',
    example: onTime('month', 12, '2026-12-24T18:00:00Z', '2026-11-24T18:00:00Z'),
  },
  year: {
    about: 'The year of a time, in UTC. A bound may follow: `|year|gt`.',
    takes: NUMBER,
    example: onTime('year|gt', 2026, '2027-01-01T00:00:00Z', '2026-12-31T23:59:59Z'),
  },
  windash: {
    about:
      'A dash in the value also stands for `/`, `–`, `—` and `―`, with which Windows programs take options.',
    takes: TEXT,
    example: {
      key: 'ProcessCommandLine|windash|contains',
      value: ' -urlcache ',
      match: { ProcessCommandLine: 'certutil /urlcache http://a/b' },
      noMatch: { ProcessCommandLine: 'certutil urlcache http://a/b' },
    },
  },
  base64: {
    about: 'The value in Base64, as it is when nothing stands before it. A place such as `contains` follows.',
    takes: TEXT,
    example: {
      key: 'ProcessCommandLine|base64|contains',
      value: 'whoami',
      match: { ProcessCommandLine: 'tool -e d2hvYW1p' },
      noMatch: { ProcessCommandLine: 'tool -e whoami' },
    },
  },
  base64offset: {
    about:
      'The value as it stands inside a longer text in Base64, whatever is before and after it. A place such as `contains` follows.',
    takes: TEXT,
    example: encoded('base64offset|contains', 'SUVYIGh0dHA6Ly9hL2I=', 'SUVYIGZ0cDovL2EvYg=='),
  },
  utf16le: {
    about:
      'The value as UTF-16, the low byte of each character first, as Windows and PowerShell write it. Base64 follows.',
    takes: TEXT,
    example: encoded(
      'utf16le|base64offset|contains',
      'SQBFAFgAIABoAHQAdABwADoALwAvAGEALwBiAA==',
      'SUVYIGh0dHA6Ly9hL2I=',
    ),
  },
  wide: {
    about: 'The same as `utf16le`.',
    takes: TEXT,
    example: encoded(
      'wide|base64offset|contains',
      'SQBFAFgAIABoAHQAdABwADoALwAvAGEALwBiAA==',
      'SUVYIGh0dHA6Ly9hL2I=',
    ),
  },
  utf16be: {
    about: 'The value as UTF-16, the high byte of each character first. Base64 follows.',
    takes: TEXT,
    example: encoded(
      'utf16be|base64offset|contains',
      'AEkARQBYACAAaAB0AHQAcAA6AC8ALwBhAC8AYg==',
      'SUVYIGh0dHA6Ly9hL2I=',
    ),
  },
  utf16: {
    about: 'The value as UTF-16 with a byte order mark before it. Base64 follows.',
    takes: TEXT,
    example: encoded(
      'utf16|base64offset|contains',
      '//5oAHQAdABwADoALwAvAGEALwBiAA==',
      'SQBFAFgAIABoAHQAdABwADoALwAvAGEALwBiAA==',
    ),
  },
  expand: {
    about:
      '`%name%` in the value stands for each value of a variable of relay.yaml. `\\%` is a plain percent sign.',
    takes: 'a text with placeholders, or a list of such texts',
    example: {
      key: 'AccountName|expand',
      value: '%admins%',
      match: { AccountName: 'ada-adm' },
      noMatch: { AccountName: 'ada' },
      variables: { admins: ['ada-adm', 'bob-adm'] },
    },
  },
};
