/** Reads lines both ways: scanned, as they are read, and parsed whole, which says what each row means. They must agree. */
import { strict as assert } from 'node:assert';
import type { Random } from '../../../lab/generator/random.ts';
import { lineSplitter } from '../../../src/blobs/rows/lines.ts';
import { type ParsedRow, parseRow } from '../../../src/blobs/rows/parse-row.ts';
import type { RawRow } from '../../../src/blobs/rows/raw-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import type { Delivery } from '../../../src/destinations/port.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import { compileRules, type RuleFile } from '../../../src/rules/index.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import type { Row } from '../../../src/shared/event.ts';
import { hasBadTimestamp } from '../../../src/shared/row-time.ts';
import { hostileLine } from './hostile-rows.ts';

const LIMIT = 100_000;

const table = (name: string, rest: string): RuleFile => ({
  path: `${name}.yaml`,
  text: `table: ${name}\n${rest}`,
});

const FILES: readonly RuleFile[] = [
  table(
    'DeviceProcessEvents',
    `filter:
  - title: updates
    detection: { one: { FileName|endswith: .exe }, two: { AdditionalFields.b.c|contains: cmd }, condition: one and not two }
transform:
  - rename: { DeviceName: host, AccountName: user, FileName: FolderPath, FolderPath: FileName }
`,
  ),
  table(
    'DeviceNetworkEvents',
    `transform:
  - keep: [Timestamp, DeviceName, ActionType, "*Path", LocalIP]
  - set: { environment: production, DeviceName: null, ActionType: { a: [1] } }
  - rename: { environment: host }
`,
  ),
  table(
    'DeviceFileEvents',
    `transform:
  - remove: [SHA1, ReportId]
  - copy: { DeviceName: host, FileName: user }
  - lowercase: [FileName]
  - redact: { columns: FileName, pattern: "(?i)password=\\\\S+" }
  - redact: { columns: [FolderPath], with: gone }
  - truncate: { columns: [FileName], length: 4 }
  - remove: ["*Type", DeviceName]
routes:
  - to: siem
  - to: chat
    title: exe {FileName} on {host} by {AdditionalFields.b.c}
    detection: { x: { FileName|endswith: '.exe' }, condition: x }
    severity: high
`,
  ),
  table('DeviceRegistryEvents', 'transform:\n  - keep: [Timestamp, DeviceName, ActionType, ReportId]\n'),
  table(
    'DeviceEvents',
    `transform:
  - parse_json: AdditionalFields
  - flatten: { column: AdditionalFields, prefix: af_ }
  - remove_empty: true
  - timestamp: { columns: Timestamp, format: epoch, to: time }
  - map: { column: ActionType, values: { cmd.exe: 1, "1": null }, default: other }
  - hash: { columns: [AccountName], key: $HASH_KEY }
  - uppercase: [DeviceName]
  - rename: { DeviceName: host }
`,
  ),
  {
    path: 'detections/shell.yml',
    text: `title: Shell
level: high
logsource: { product: windows, category: process_creation }
detection:
  selection:
    CommandLine|re: '(?i)-enc '
    Image|endswith: '\\CMD.EXE'
  keywords: ['müller', 'geheim']
  condition: selection or keywords
`,
  },
  {
    path: 'detections/logon.yml',
    text: `title: Odd logon
level: medium
logsource: { product: windows, category: file_event }
detection:
  selection:
    TargetFilename|contains: system32
  condition: selection
`,
  },
];

const context = {
  destinations: ['siem', 'chat'],
  defaultDestinations: ['siem'],
  alerts: [{ levels: ['high', 'medium'], to: ['chat'] }],
  variables: { HASH_KEY: 'k'.repeat(32) },
};

const { rules, diagnostics } = compileRules(FILES, context);
if (!rules) throw new Error(JSON.stringify(diagnostics));
const ruleSet = rules;

/** How many rows of each kind there were: a test that only saw bad ones proves nothing. */
export interface Seen {
  bad: number;
  /** The scan left it to the parser. */
  slow: number;
  bytes: number;
  filtered: number;
  alerts: number;
}

/** Reads so many hostile lines both ways; throws with the line where they differ. */
export function readManyBothWays(random: Random, lines: number): Seen {
  const seen: Seen = { bad: 0, slow: 0, bytes: 0, filtered: 0, alerts: 0 };
  for (let number = 0; number < lines; number++) {
    const bytes = hostileLine(random);
    try {
      readBothWays(bytes, seen);
    } catch (cause) {
      throw new Error(`line ${number}, as latin1: ${JSON.stringify(bytes.toString('latin1'))}`, { cause });
    }
  }
  return seen;
}

/** Reads a line both ways; throws where they differ. */
function readBothWays(line: Uint8Array, seen: Seen): void {
  const bytes = Buffer.concat([line, Buffer.from('\r\n')]);
  const plain = lineSplitter(7, LIMIT).push(bytes);
  const scanned = scannedLineSplitter(7, LIMIT, scanPage).push(bytes);
  assert.equal(scanned.length, plain.length);
  plain.forEach((raw, at) => {
    const other = scanned[at];
    assert(other);
    compareRow(raw, other, seen);
  });
}

function compareRow(plain: RawRow, scanned: RawRow, seen: Seen): void {
  assert.deepEqual(
    [scanned.offset, scanned.end, scanned.truncated, scanned.bytes.toString('latin1')],
    [plain.offset, plain.end, plain.truncated, plain.bytes.toString('latin1')],
  );
  const [expected, actual] = [plain, scanned].map((raw) => parseRow(raw, 'c/b', LIMIT, 'source')) as [
    ParsedRow,
    ParsedRow,
  ];
  if (!expected.ok || !actual.ok) {
    assert.deepEqual(actual, expected);
    seen.bad++;
    return;
  }
  assert.equal(actual.repaired, expected.repaired);
  if (actual.row.bytes) seen.bytes++;
  else seen.slow++;
  assert.deepEqual(verdictOn(actual.row, seen), verdictOn(expected.row, undefined));
  assert.deepEqual(plainRow(actual.row), plainRow(expected.row));
  // Of a row with a plumbing name in a value the parser keeps no text, and writes the same row anew.
  if (expected.row.text !== undefined) assert.equal(actual.row.text, expected.row.text);
}

function plainRow(row: Row) {
  const { id, table, properties, envelope, source } = row;
  return { id, table, properties, envelope, source, bad: hasBadTimestamp(row) };
}

/** What becomes of a row, and everything that destinations can ask of it. */
function verdictOn(row: Row, seen: Seen | undefined) {
  const verdict = ruleSet.evaluate(row);
  if (verdict.kind === 'filtered') {
    if (seen) seen.filtered++;
    return verdict;
  }
  const { routes, correlated, cut } = verdict;
  if (seen && routes.some(({ rule }) => rule)) seen.alerts++;
  const sent = deliveriesOf(row, verdict, routes, ruleSet.shapes).map(([to, deliveries]) => ({
    to,
    deliveries: deliveries.map(sentOf),
  }));
  return { routes, correlated, cut, event: verdict.event, sent };
}

function sentOf(delivery: Delivery) {
  const { head, event: own } = delivery;
  return {
    head,
    raw: written((writer) => delivery.writeRaw(writer)),
    event: written((writer) => delivery.writeEvent(writer)),
    ecs: written((writer) => delivery.writeMapped('ecs', writer)),
    ocsf: written((writer) => delivery.writeMapped('ocsf', writer)),
    host: delivery.column('DeviceName'),
    renamed: delivery.column('host'),
    own,
  };
}

function written(write: (writer: ByteWriter) => void): unknown {
  const writer = new ByteWriter();
  write(writer);
  return JSON.parse(Buffer.from(writer.slice()).toString(), exactly);
}

/**
 * Numbers that a double holds are equal however they are written, also one that was rounded to a double and written anew; of others
 * every digit counts.
 */
export function exactly(
  _key: string,
  value: unknown,
  { source = '' }: { readonly source?: string } = {},
): unknown {
  if (typeof value !== 'number') return value;
  const isLost =
    value === 0
      ? /^-|^[^eE]*[1-9]/.test(source)
      : !Number.isFinite(value) ||
        (/^-?\d+$/.test(source) && BigInt(source) !== BigInt(value) && JSON.stringify(value) !== source);
  return isLost ? `as written: ${source}` : value;
}
