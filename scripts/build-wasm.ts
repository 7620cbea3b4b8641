/**
 * Compiles what is written in AssemblyScript to dist/wasm/: the page scanner (src/blobs/rows/scanner/assembly) to page-scanner.wasm, and the
 * compressor (src/destinations/deflate/assembly) to deflate.wasm:
 *
 *   npm run build:wasm
 *
 * `npm ci` runs it too. Where the compiler is not installed (`npm ci --omit=dev`) it says so and succeeds: the relay then scans in
 * TypeScript, and compresses with zlib.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foreignCodeOf } from '../src/shared/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'dist/wasm');
/** Their names, their sources, and their memory in pages of 64 KiB: tests hold it against what they use. */
const MODULES = [
  { name: 'page-scanner', source: 'src/blobs/rows/scanner/assembly/page-scanner.ts', pages: 50 },
  { name: 'deflate', source: 'src/destinations/deflate/assembly/deflate.ts', pages: 25 },
] as const;
const OPTIONS = [
  ...['-O3', '--converge', '--noAssert', '--enable', 'simd', '--runtime', 'stub'],
  // Without a host's `abort`: nothing in it aborts.
  ...['--use', 'abort='],
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
if (compiler) for (const module of MODULES) await build(compiler, module);
else
  console.warn(
    'Not built: assemblyscript is not installed. The relay will scan pages in TypeScript and compress with zlib',
  );

async function findCompiler(): Promise<Compiler | undefined> {
  try {
    return await import(COMPILER);
  } catch (error) {
    if (foreignCodeOf(error) === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function build({ main }: Compiler, { name, source, pages }: (typeof MODULES)[number]): Promise<void> {
  const file = `${name}.wasm`;
  const written = new Map<string, Uint8Array>();
  const memory = ['--initialMemory', String(pages), '--maximumMemory', String(pages)];
  const { error, stderr } = await main(
    [source, '--baseDir', ROOT, '--outFile', file, ...OPTIONS, ...memory],
    { writeFile: (path, contents) => void written.set(path, contents) },
  );
  const bytes = written.get(file);
  if (error || !bytes) {
    console.error(stderr.toString());
    process.exitCode = 1;
    return;
  }
  await mkdir(FOLDER, { recursive: true });
  // Beside and renamed: who reads meanwhile finds the old one or the new one, never half.
  const draft = join(FOLDER, `${name}-${process.pid}.wasm`);
  await writeFile(draft, bytes);
  await rename(draft, join(FOLDER, file));
}
