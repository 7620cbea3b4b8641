/**
 * Compiles the page scanner (src/blobs/rows/scanner/assembly) to dist/wasm/page-scanner.wasm:
 *
 *   npm run build:wasm
 *
 * `npm ci` runs it too. Where the compiler is not installed (`npm ci --omit=dev`) it says so and succeeds: the relay then scans in
 * TypeScript.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foreignCodeOf } from '../src/shared/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'dist/wasm');
const OUTPUT = join(FOLDER, 'page-scanner.wasm');
const SOURCE = 'src/blobs/rows/scanner/assembly/page-scanner.ts';
/** Of 64 KiB: a test holds this against what the scanner uses. */
const MEMORY_PAGES = '50';
const OPTIONS = [
  ...['-O3', '--converge', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
  // Without a host's `abort`: nothing in it aborts.
  ...['--use', 'abort='],
  ...['--initialMemory', MEMORY_PAGES, '--maximumMemory', MEMORY_PAGES],
];

/** What is used of AssemblyScript's `asc`; its types are not needed for the rest of the code, nor where it is not installed. */
interface Compiler {
  main(
    args: readonly string[],
    host: { readonly writeFile: (name: string, contents: Uint8Array) => void },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}
const COMPILER = 'assemblyscript/asc';

const compiler = await findCompiler();
if (compiler) await build(compiler);
else console.warn('Not built: assemblyscript is not installed. The relay will scan pages in TypeScript');

async function findCompiler(): Promise<Compiler | undefined> {
  try {
    return await import(COMPILER);
  } catch (error) {
    if (foreignCodeOf(error) === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function build({ main }: Compiler): Promise<void> {
  const written = new Map<string, Uint8Array>();
  const { error, stderr } = await main(
    [SOURCE, '--baseDir', ROOT, '--outFile', 'page-scanner.wasm', ...OPTIONS],
    { writeFile: (name, contents) => void written.set(name, contents) },
  );
  const bytes = written.get('page-scanner.wasm');
  if (error || !bytes) {
    console.error(stderr.toString());
    process.exitCode = 1;
    return;
  }
  await mkdir(FOLDER, { recursive: true });
  // Beside and renamed: who reads meanwhile finds the old one or the new one, never half.
  const draft = join(FOLDER, `page-scanner-${process.pid}.wasm`);
  await writeFile(draft, bytes);
  await rename(draft, OUTPUT);
}
