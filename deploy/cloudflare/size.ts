/** Prints the size of the built Worker, and fails when it is too large. */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

/** What the Worker may have, compressed. Cloudflare's own bound is 10 MB on the paid plan. */
const MOST_BYTES = 1_000_000;

/** Prints the size of a built Worker; exit code 1 when it is too large. */
const [file = ''] = process.argv.slice(2);
const script = await readFile(file);
const bytes = gzipSync(script).length;
console.log(
  `${file}: ${kilobytes(script.length)}, compressed ${kilobytes(bytes)} of ${kilobytes(MOST_BYTES)}`,
);
if (bytes > MOST_BYTES) process.exitCode = 1;

function kilobytes(count: number): string {
  return `${Math.round(count / 1000)} kB`;
}
