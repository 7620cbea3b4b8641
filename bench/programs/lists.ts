/** Measures what lists of a million entries take in memory, to compile, and for each row: `node --expose-gc bench/programs/lists.ts`. */
import { compileRules } from '../../src/rules/index.ts';
import type { RuleSet } from '../../src/rules/ruleset.ts';
import { rowOf } from '../../src/rules/testing/run.ts';
import type { Row } from '../../src/shared/event.ts';

const ENTRIES = Number(process.argv[2] ?? 1_000_000);
const ROWS = 20_000;
const RUNS = 7;

let seed = 20_261_127;
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed;
}

const address = () => [random(), random(), random(), random()].map((word) => word >>> 24).join('.');
const hex = (digits: number) =>
  Array.from({ length: digits / 8 }, () => random().toString(16).padStart(8, '0')).join('');
const word = () => random().toString(36);

/** By type, the column that is looked up, and what makes keys and values of rows. */
const KINDS = {
  network: { column: 'RemoteIP', key: () => `${address().replace(/\.\d+$/, '.0')}/24`, value: address },
  text: { column: 'InitiatingProcessFileName', key: () => `${word()}.exe`, value: () => `${word()}.exe` },
  domain: {
    column: 'RemoteUrl',
    key: () => `${word()}.example`,
    value: () => `https://www.${word()}.example/${word()}`,
  },
  hash: { column: 'InitiatingProcessSHA256', key: () => hex(64), value: () => hex(64) },
} as const;
type Kind = keyof typeof KINDS;

const CONTEXT = { destinations: undefined, defaultDestinations: ['out'], alerts: [], variables: {} };

function compiled(kind: Kind, text: string, isUsed: boolean): RuleSet {
  const { column } = KINDS[kind];
  const filter = isUsed
    ? `{ s: { ${column}|in_list: x }, condition: s }`
    : `{ s: { ${column}: nothing-has-this }, condition: s }`;
  const { rules, diagnostics } = compileRules(
    [
      { path: 'lists/lists.yaml', text: `lists: { x: { type: ${kind} } }` },
      { path: 'lists/x.txt', text },
      {
        path: 'DeviceNetworkEvents.yaml',
        text: `table: DeviceNetworkEvents\nfilter:\n  - { title: t, detection: ${filter} }\n`,
      },
    ],
    CONTEXT,
  );
  if (!rules) throw new Error(JSON.stringify(diagnostics.slice(0, 3)));
  return rules;
}

/** The memory in use, in MB. */
function used(): number {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Microseconds of processor time for a row: the best of several runs. */
function perRow(rules: RuleSet, rows: readonly Row[]): number {
  const runs = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    for (const row of rows) rules.evaluate(row);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / rows.length;
  });
  return Math.min(...runs);
}

/** A function of its own, so that what one kind takes is gone before the next one is measured. */
function measure(kind: Kind): void {
  const { column, key, value } = KINDS[kind];
  const rows = Array.from({ length: ROWS }, () =>
    rowOf('DeviceNetworkEvents', { DeviceName: 'pc', ActionType: 'ConnectionSuccess', [column]: value() }),
  );
  // With the text of the file, which the relay keeps.
  const before = used();
  const keys = Array.from({ length: ENTRIES }, key);
  // Of its own bytes, as a file that was read: joined strings would hold their pieces.
  const text = Buffer.from(`${keys.join('\n')}\n`).toString('latin1');
  const short = `${keys.slice(0, 10).join('\n')}\n`;
  keys.length = 0;
  const start = process.cpuUsage();
  const rules = compiled(kind, text, true);
  const { user, system } = process.cpuUsage(start);
  const memory = used() - before;
  const found = {
    kind,
    entries: rules.lists?.[0]?.size ?? 0,
    fileMb: text.length / 1e6,
    memoryMb: memory,
    compileSeconds: (user + system) / 1e6,
    rowUs: perRow(rules, rows),
    rowWithTenEntriesUs: perRow(compiled(kind, short, true), rows),
    rowWithoutListUs: perRow(compiled(kind, short, false), rows),
  };
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

for (const kind of Object.keys(KINDS) as Kind[]) measure(kind);
