/** Lines that are made to be read wrongly, by chance: hostile keys, escapes, numbers, white space, nesting, duplicates, broken UTF-8. */
import type { Random } from '../../../lab/generator/random.ts';

const TABLES = [
  'DeviceProcessEvents',
  'DeviceNetworkEvents',
  'DeviceFileEvents',
  'DeviceEvents',
  'DeviceLogonEvents',
  'DeviceRegistryEvents',
] as const;
const COLUMNS = [
  'Timestamp',
  'DeviceName',
  'FileName',
  'FolderPath',
  'ProcessCommandLine',
  'AccountName',
  'AdditionalFields',
  'ActionType',
  'ReportId',
  'SHA1',
] as const;
const ODD_KEYS = [
  'host',
  'host.name',
  'user',
  'environment',
  'AdditionalFields.a',
  '',
  '1',
  '10',
  'constructor',
  '__proto__',
  'toString',
  'größe',
  '鍵',
  '😀',
  '__UDI_RequiredFields_TenantId',
  'properties',
  'category',
  'devicename',
  ' DeviceName',
] as const;
const ENVELOPE = ['time', 'tenantId', 'operationName', '_TimeReceivedBySvc', 'Tenant', 'time2'] as const;
const TEXTS = [
  '',
  'cmd.exe',
  'powershell.exe',
  'update.exe',
  'SYSTEM',
  'C:\\\\Windows\\\\System32\\\\cmd.exe',
  'powershell -enc SQBFAFgA password=geheim',
  'größer als MÜLLER',
  'ſ K İ',
  '\\u0041bc',
  '\\ud83d\\ude00',
  '\\ud800',
  'a\\n\\t\\"b\\/',
  '2026-11-26T11:40:35.4428025Z',
  '2026-11-26T11:40:35Z',
  '2026-02-30T11:40:35Z',
  '1601-01-01T00:00:00Z',
  '2026-11-26 11:40',
  '{\\"a\\":1,\\"b\\":{\\"c\\":\\"cmd.exe\\"}}',
  '[1,2,{\\"a\\":\\"x\\"}]',
  '{\\"a\\":12345678901234567890}',
  '__UDI_RequiredFields_',
  '10.0.0.1',
  '\ufeffx',
  '\ufffd',
] as const;
const NUMBERS = [
  '0',
  '-0',
  '-0.0',
  '1',
  '1.50',
  '1e5',
  '9007199254740991',
  '9007199254740993',
  '-9007199254740993',
  '123456789012345678901234567890',
  '1e400',
  '1E-400',
  '0.1234567890123456789',
  '1e22',
  '100000000000000000000.5',
  '4.9e-324',
] as const;
const SPACES = ['', '', '', ' ', '  ', '\t', ' \r', '\u00a0'] as const;
/** What is no JSON, or no UTF-8. */
const BYTES = [
  0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x3a, 0x5b, 0x5c, 0x5d, 0x65, 0x75, 0x7b,
  0x7d, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff,
] as const;

/** One line without its line end, or what a mutation has made of it. */
export function hostileLine(random: Random): Buffer {
  const text = hostileRow(random);
  const bytes = Buffer.from(random.chance(0.02) ? `\ufeff${text}` : text);
  return random.chance(0.25) ? mutated(random, bytes) : bytes;
}

function hostileRow(random: Random): string {
  const category = random.chance(0.97) ? `"AdvancedHunting-${random.pick(TABLES)}"` : value(random, 0);
  const members: [string, string][] = [['"category"', category]];
  for (const name of ENVELOPE) if (random.chance(0.6)) members.push([`"${name}"`, value(random, 1)]);
  if (random.chance(0.98))
    members.push(['"properties"', random.chance(0.98) ? columns(random) : value(random, 1)]);
  if (random.chance(0.02))
    members.push([random.pick(['"properties"', '"category"', '"prop\\u0065rties"']), value(random, 1)]);
  if (random.chance(0.02)) members.push([key(random), value(random, 1)]);
  for (let at = members.length - 1; at > 0; at--) {
    const other = random.int(0, at);
    const [one, two] = [members[at], members[other]];
    if (one && two) [members[at], members[other]] = [two, one];
  }
  return object(random, members);
}

function columns(random: Random): string {
  const members: [string, string][] = [];
  for (const name of COLUMNS) if (random.chance(0.6)) members.push([`"${name}"`, value(random, 0)]);
  while (random.chance(0.4))
    members.splice(random.int(0, members.length), 0, [key(random), value(random, 0)]);
  return object(random, members);
}

function key(random: Random): string {
  if (random.chance(0.1)) return random.pick(['"Device\\u004eame"', '"\\u0048ost"', '"a\\"b"', '"x\\\\"']);
  return `"${random.chance(0.3) ? random.pick(COLUMNS) : random.pick(ODD_KEYS)}"`;
}

function value(random: Random, depth: number): string {
  const kind = random.next();
  if (kind < 0.55) return `"${random.pick(TEXTS)}"`;
  if (kind < 0.7) return random.pick(NUMBERS);
  if (kind < 0.78) return String(random.int(-1_000_000, 1_000_000));
  if (kind < 0.86) return random.pick(['true', 'false', 'null', 'null']);
  if (kind < 0.861) return '['.repeat(140) + ']'.repeat(random.pick([139, 140]));
  if (kind < 0.862) return `"${'x'.repeat(random.int(4_000, 20_000))}password=geheim"`;
  if (depth > 3) return '[]';
  const members = Array.from({ length: random.int(0, 3) }, () => value(random, depth + 1));
  if (kind < 0.92) return `[${members.join(`,${space(random)}`)}]`;
  return object(
    random,
    members.map((member) => [random.chance(0.5) ? random.pick(['"a"', '"b"', '"c"']) : key(random), member]),
  );
}

function object(random: Random, members: readonly (readonly [string, string])[]): string {
  const spaced = random.chance(0.2);
  const gap = () => (spaced ? space(random) : '');
  return `{${gap()}${members.map(([name, held]) => `${name}${gap()}:${gap()}${held}`).join(`${gap()},${gap()}`)}${gap()}}`;
}

function space(random: Random): string {
  return random.chance(0.98) ? random.pick(SPACES).replace('\u00a0', '') : random.pick(SPACES);
}

function mutated(random: Random, bytes: Buffer): Buffer {
  let result = bytes;
  for (let times = random.int(1, 3); times > 0; times--) {
    const at = random.int(0, result.length);
    const removed = random.pick([0, 1, 1, 2, 7]);
    const added = Array.from({ length: random.pick([0, 1, 1, 2]) }, () =>
      random.chance(0.7) ? random.pick(BYTES) : random.int(0, 255),
    );
    result = Buffer.concat([result.subarray(0, at), Buffer.from(added), result.subarray(at + removed)]);
  }
  return result;
}
