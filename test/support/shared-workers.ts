/**
 * Which test files can share a worker process of Vitest. Each worker costs about a second to start, and loads the product and its
 * packages again.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * What changes the whole process, so that the next file in the worker would find it changed. Servers and child processes do not: their
 * file ends them. Nor do folder, environment, clock and spies, which unchanged-process.ts puts back. @azure/identity keeps for the whole process
 * which managed identity it found first, with its address.
 */
const OWN_WORKER =
  /process\.(?:emit|on\((?!"|'(\w+)'[\s\S]*process\.off\('\1'))|process\.once\((?!'exit')|\bvi\.(?:\w*[mM]ock|stubGlobal|resetModules|hoisted)\(|globalThis\.\w+ *=|setFlagsFromString|memoryUsage|IDENTITY_ENDPOINT/;

const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g;

/** The files of `test` that can share workers, relative to `root`. What a file imports from `test` and `lab` counts as its own text. */
export function filesInSharedWorkers(root: string, folders: readonly string[]): string[] {
  const needsOwn = new Map<string, boolean>();
  const decide = (file: string): boolean => {
    const known = needsOwn.get(file);
    if (known !== undefined) return known;
    // Imports in a circle end here; the file that began the circle has the answer.
    needsOwn.set(file, false);
    const text = readFileSync(join(root, file), 'utf8');
    const imported = [...text.matchAll(IMPORT)].map(([, path = '']) => normalize(join(dirname(file), path)));
    const own = imported.filter((path) => /^(?:test|lab)\//.test(path) && existsSync(join(root, path)));
    const answer = OWN_WORKER.test(text) || own.some(decide);
    needsOwn.set(file, answer);
    return answer;
  };
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !folders.includes(name.split('/')[0] ?? ''))
    .map((name) => join('test', name))
    .filter((file) => !decide(file))
    .toSorted();
}
