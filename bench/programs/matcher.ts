/** Measures how many rows a second the rules evaluate. */
import { columnLookup, findTable } from '../../src/rules/schema/index.ts';
import {
  buildMatcher,
  type CompiledDetection,
  compileRule,
  defaultMappings,
  FieldSources,
  parseSigmaFile,
  viewRecord,
} from '../../src/rules/sigma/index.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { report } from '../program.ts';
import { generateRows } from '../rules/generate-rows.ts';
import { generateRules } from '../rules/generate-rules.ts';

/** Rows per second of rule evaluation beside the parsing of the same rows: `node bench/programs/matcher.ts [rows]`. */

const ROWS = Number(process.argv[2] ?? 20_000);
const ALL = 3_000;
const sources = new FieldSources();
const COUNTS = [0, 10, 100, 1_000, 1_500, ALL];
const GOAL_ROWS = 100_000;

function compile(files: ReturnType<typeof generateRules>): CompiledDetection[] {
  return files.flatMap((file) => {
    const { documents, diagnostics } = parseSigmaFile(file);
    const failed = diagnostics.find(({ severity }) => severity === 'error');
    if (failed) throw new Error(`${file.path}: ${failed.message}`);
    return documents.flatMap((document) => {
      if (document.kind !== 'rule') return [];
      return compileRule(document, {
        columnsOf(table) {
          const schema = findTable(table);
          return schema && columnLookup(schema);
        },
        sourcesOf: () => sources,
        variables: {},
        mappings: defaultMappings,
        report({ severity, message }) {
          if (severity === 'error') throw new Error(`${file.path}: ${message}`);
        },
      }).map(({ detection }) => detection);
    });
  });
}

/** Seconds of processor time that something takes: what others do on the machine meanwhile does not count. */
function cpu(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Seconds that something takes on the clock. */
function wall(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}

/** The best of several runs. */
function best(run: () => void, times = 7): number {
  return Math.min(...Array.from({ length: times }, () => cpu(run)));
}

const lines = generateRows(ROWS);
const bytes = lines.reduce((sum, line) => sum + line.length, 0);
const rows = lines.map((line) => (JSON.parse(line) as { properties: JsonObject }).properties);
const parsing = best(() => {
  for (const line of lines) JSON.parse(line);
});
const perRow = (seconds: number): string => `${((seconds / ROWS) * 1e6).toFixed(2)} µs`;
const perSecond = (seconds: number): string =>
  Math.round(ROWS / seconds)
    .toLocaleString('en')
    .padStart(10);

console.log(
  `${ROWS.toLocaleString('en')} rows of DeviceProcessEvents, ${Math.round(bytes / ROWS)} bytes each`,
);
console.log(`${'JSON.parse'.padEnd(12)}${perSecond(parsing)} rows/s ${perRow(parsing).padStart(10)}/row`);

const files = generateRules(ALL);
let all: CompiledDetection[] = [];
const compiled = wall(() => {
  all = compile(files);
});
let failed = false;
for (const count of COUNTS) {
  const matcher = buildMatcher(all.slice(0, count));
  let hits = 0;
  const seconds = best(() => {
    hits = 0;
    for (const row of rows) hits += matcher.match(viewRecord(row, sources)).length;
  });
  const ratio = seconds / parsing;
  const goal = count === 1_500 ? { goal: { value: GOAL_ROWS, is: 'at least' as const } } : {};
  const value = ROWS / seconds;
  const beside = { times: ratio, of: 'JSON.parse' };
  report({ measure: { name: `${count} rules alone`, value, unit: 'rows/CPU-s', ratio: beside, ...goal } });
  console.log(
    `${`${count} rules`.padEnd(12)}${perSecond(seconds)} rows/s ${perRow(seconds).padStart(10)}/row   ` +
      `${ratio.toFixed(2)} x JSON.parse   ${((hits / ROWS) * 100).toFixed(1)} matches in 100 rows`,
  );
  if (count === 1_500 && (ROWS / seconds < GOAL_ROWS || ratio > 2)) failed = true;
}
const indexed = wall(() => {
  buildMatcher(all);
});
const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
console.log(
  `${ALL} rules: parsed and compiled in ${milliseconds(compiled)}, indexed in ${milliseconds(indexed)}`,
);
if (failed) {
  console.error(
    `Missed the goal: ${GOAL_ROWS.toLocaleString('en')} rows/s with 1,500 rules, at most twice JSON.parse.`,
  );
}
