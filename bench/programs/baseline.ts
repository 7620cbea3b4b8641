/** Does the least that anything could do with the rows of a file: splits them, parses them, compresses them. */
import { readFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import { report } from '../program.ts';

const NEWLINE = 10;
const PIECE = 1 << 20;
/** Shorter work is repeated. Seconds. */
const LEAST = 0.3;

const WORKS: Readonly<Record<string, (bytes: Buffer) => number>> = {
  split: (bytes) => eachRow(bytes, () => {}),
  parse: (bytes) => eachRow(bytes, (start, end) => void JSON.parse(bytes.toString('utf8', start, end))),
  gzip(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE)
      gzipSync(bytes.subarray(at, at + PIECE), { level: constants.Z_BEST_SPEED, chunkSize: 256 << 10 });
    return eachRow(bytes, () => {});
  },
};

function eachRow(bytes: Buffer, use: (start: number, end: number) => void): number {
  let rows = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    use(start, end);
    rows += 1;
    start = end + 1;
  }
  return rows;
}

const [, , name = '', path = ''] = process.argv;
const work = WORKS[name];
if (!work) throw new Error(`the first argument is one of ${Object.keys(WORKS).join(', ')}`);
const bytes = readFileSync(path);
// So that the code is compiled.
work(bytes.subarray(0, 8 * PIECE));

const before = process.cpuUsage();
const began = performance.now();
let rows = 0;
let cpuSeconds = 0;
while (cpuSeconds < LEAST) {
  rows += work(bytes);
  const { user, system } = process.cpuUsage(before);
  cpuSeconds = (user + system) / 1e6;
}
report({ cost: { rows, cpuSeconds, wallSeconds: (performance.now() - began) / 1000 } });
