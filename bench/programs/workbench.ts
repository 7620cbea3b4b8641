/** Measures what exceptions, overrides and lists add to the evaluation of rules: `node bench/programs/workbench.ts ROWS ROUNDS [FOLDER OF SIGMA RULES]`. */
import { parseRow } from '../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../src/blobs/rows/scanner/index.ts';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import type { RuleSet } from '../../src/rules/ruleset.ts';
import type { Row } from '../../src/shared/event.ts';
import { mixedRows } from '../input/rows.ts';
import { loadableRules } from '../input/sigma-rules.ts';
import { median } from '../measure.ts';
import { report } from '../program.ts';
import { generateRules } from '../rules/generate-rules.ts';

const [rowCount = '20000', roundCount = '9', folder] = process.argv.slice(2);
const ROWS = Number(rowCount);
const ROUNDS = Number(roundCount);
const EXCEPTIONS = 50;
const OVERRIDES = 20;
const ENTRIES = 10_000;
/** How much more the evaluation may cost. */
const MOST_TIMES = 1.2;

const CONTEXT = {
  destinations: ['splunk', 'chat'],
  defaultDestinations: ['splunk'],
  alerts: [{ levels: ['low', 'medium', 'high', 'critical'], to: ['chat'] }],
  variables: {},
};

/** Of the values of rows, one in so many. */
const oneIn = (many: number, values: readonly string[]) => values.filter((_, n) => n % many === 1).join('\n');
const entries = (make: (n: number) => string) =>
  Array.from({ length: ENTRIES }, (_, n) => make(n)).join('\n');
const hex = (n: number) => n.toString(16).padStart(8, '0').repeat(8);

/** Values of the rows, each once; of addresses and hashes those of one row alone, so that what is malicious is rare, as in life. */
interface Values {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly hashes: readonly string[];
}

/** Five lists, each of which a rule, an exception or a step looks rows up in. Every host has an owner, one in 50 is a lab; of addresses and hashes one in 100 is malicious: an alert costs far more than a look into a list. */
const listFiles = ({ hosts, addresses, hashes }: Values): readonly RuleFile[] => [
  {
    path: 'lists/lists.yaml',
    text: 'lists: { c2: { type: network }, bad_domains: { type: domain }, bad_hashes: { type: hash } }',
  },
  {
    path: 'lists/c2.txt',
    text: `${entries((n) => `198.${18 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) * 16}/28`)}\n${oneIn(100, addresses)}`,
  },
  { path: 'lists/bad_domains.txt', text: entries((n) => `c2-${n}.example`) },
  { path: 'lists/bad_hashes.txt', text: `${entries(hex)}\n${oneIn(100, hashes)}` },
  { path: 'lists/lab_hosts.txt', text: `${entries((n) => `lab-${n}.corp.example`)}\n${oneIn(50, hosts)}` },
  {
    path: 'lists/owners.csv',
    text: `device,owner\n${entries((n) => `host-${n}.corp.example,team ${n % 40}`)}\n${hosts.map((host) => `${host},blue`).join('\n')}`,
  },
  {
    path: 'detections/own/lists.yml',
    text: [
      ['DeviceNetworkEvents', 'RemoteIP|in_list: c2'],
      ['DeviceNetworkEvents', 'RemoteUrl|in_list: bad_domains'],
      ['DeviceProcessEvents', 'SHA256|in_list: bad_hashes'],
    ]
      .map(
        ([table, test], n) =>
          `title: In a list ${n}\nid: ${'0'.repeat(8)}-0000-4000-8000-00000000000${n}\nlogsource: { product: m365defender, service: ${table} }\n` +
          `detection: { s: { ${test} }, condition: s }\nlevel: high\n`,
      )
      .join('---\n'),
  },
  ...['DeviceProcessEvents', 'DeviceNetworkEvents', 'DeviceFileEvents'].map((table) => ({
    path: `${table}.yaml`,
    text: `table: ${table}\ntransform:\n  - lookup: { list: owners, key: DeviceName, set: { owner: owner } }\n`,
  })),
];

/** Ids of rules on processes, taken evenly: every table that they are on has a DeviceName. */
function someIds(rules: readonly RuleFile[], count: number): readonly string[] {
  const ids = rules
    .filter(({ text }) => /category: process_creation/.test(text))
    .flatMap(({ text }) => /^id: *(\S+)/m.exec(text)?.[1] ?? /^title: *(.+)/m.exec(text)?.[1] ?? []);
  return Array.from({ length: count }, (_, n) => ids[Math.floor((n * ids.length) / count)] ?? '');
}

function workbench(rules: readonly RuleFile[], values: Values): readonly RuleFile[] {
  const exceptions = someIds(rules, EXCEPTIONS).map((id, n) => ({
    title: `Exception ${n}`,
    rules: [id],
    detection: {
      lab: { 'DeviceName|in_list': 'lab_hosts' },
      tool: { DeviceName: `build-${n}` },
      condition: 'lab or tool',
    },
    owner: 'soc',
    expires: '2099-12-31',
  }));
  const overrides = someIds(rules, OVERRIDES).map((id, n) =>
    n % 4 === 0 ? { rules: [id], enabled: false } : { rules: [id], level: 'low', destinations: ['splunk'] },
  );
  return [
    ...rules,
    ...listFiles(values),
    // JSON is YAML.
    { path: 'exceptions/own.yml', text: JSON.stringify({ exceptions }) },
    { path: 'overrides.yml', text: JSON.stringify({ overrides }) },
  ];
}

function compiled(files: readonly RuleFile[]): RuleSet {
  const { rules, diagnostics } = compileRules(files, { ...CONTEXT, now: () => Date.now() });
  if (!rules)
    throw new Error(JSON.stringify(diagnostics.filter(({ severity }) => severity === 'error').slice(0, 3)));
  return rules;
}

/** Rows that are scanned, and evaluated, at once. */
const PAGE = 500;

/** Pages of rows as they lie in blobs. */
function pages(): readonly Buffer[] {
  const found: Buffer[] = [];
  const lines: Buffer[] = [];
  for (const { line } of mixedRows()) {
    if (lines.push(line) < PAGE) continue;
    found.push(Buffer.concat(lines.splice(0)));
    if (found.length * PAGE >= ROWS) break;
  }
  return found;
}

function valuesOf(input: readonly Buffer[]): Values {
  const of = (column: string, most: number) => {
    const counts = new Map<string, number>();
    for (const page of input) {
      for (const [, value = ''] of page.toString().matchAll(new RegExp(`"${column}":"([^"\\\\]+)"`, 'g'))) {
        counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    return [...counts].flatMap(([value, count]) => (count <= most ? [value] : []));
  };
  return {
    hosts: of('DeviceName', Number.POSITIVE_INFINITY),
    addresses: of('RemoteIP', 1),
    hashes: of('SHA256', 1),
  };
}

/** The rows of a page, read anew: what the evaluation before has decoded is not at hand. */
function rowsOf(page: Buffer): readonly Row[] {
  return scannedLineSplitter(0, page.length, scanPage)
    .push(page)
    .flatMap((raw) => {
      const parsed = parseRow(raw, 'bench', page.length);
      return parsed.ok ? [parsed.row] : [];
    });
}

/** Seconds of processor time that the evaluation of a page takes; reading it is not counted. */
function cost(rules: RuleSet, page: Buffer): number {
  const rows = rowsOf(page);
  const before = process.cpuUsage();
  for (const row of rows) rules.evaluate(row);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const sigma = folder === undefined ? generateRules(1_500) : loadableRules(await loadRuleFiles(folder));
const alone = compiled(sigma);
const input = pages();
const whole = compiled(workbench(sigma, valuesOf(input)));
const rows = input.length * PAGE;
/** Of each round, the seconds without and with. */
const rounds: { readonly without: number; readonly withAll: number }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  let without = 0;
  let withAll = 0;
  for (const [n, page] of input.entries()) {
    // Which one is first takes turns with each page, so that what else goes on on the machine slows both alike.
    if (n % 2 === 0) without += cost(alone, page);
    withAll += cost(whole, page);
    if (n % 2 === 1) without += cost(alone, page);
  }
  // The first round warms up.
  if (round > 0) rounds.push({ without, withAll });
}
const before = median(rounds.map(({ without }) => without));
const after = median(rounds.map(({ withAll }) => withAll));
const times = median(rounds.map(({ without, withAll }) => withAll / without));
const name = folder === undefined ? 'generated rules' : `${sigma.length.toLocaleString('en')} Sigma rules`;
report({ measure: { name: `${name} alone`, value: rows / before, unit: 'rows/CPU-s' } });
report({
  measure: {
    name: `${name}, ${EXCEPTIONS} exceptions, ${OVERRIDES} overrides, 5 lists`,
    value: rows / after,
    unit: 'rows/CPU-s',
  },
});
report({
  measure: {
    name: 'cost with exceptions, overrides and lists, times that without',
    value: times,
    unit: 'x',
    goal: { value: MOST_TIMES, is: 'at most' },
  },
});
