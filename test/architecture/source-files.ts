/** Reads the repository's source files and what each of them imports, types included. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A source file. Paths are relative to the repository's root, with `/`. */
export interface SourceFile {
  readonly path: string;
  /** Files of this repository that it imports in any way: for values, for types, later (`import()`), to export them again. */
  readonly files: readonly string[];
  /** Names of packages, and of Node's modules with `node:`. */
  readonly packages: readonly string[];
  /** The comment that the file opens with, directives for the linter aside; undefined where it opens with code. */
  readonly opening: string | undefined;
}

/** Every TypeScript and JavaScript file in `folders`. */
export async function readSourceFiles(folders: readonly string[]): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx,js}`);
  for await (const name of glob(patterns, { cwd: ROOT })) {
    const path = name.replaceAll('\\', '/');
    found.push(parseSource(path, readFileSync(posix.join(ROOT, path), 'utf8')));
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** What `text`, the content of the file at `path`, imports and opens with. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const specifiers = new Set<string>();
  const take = (source: { readonly type: string } | null) => {
    if (source && 'value' in source && typeof source.value === 'string') specifiers.add(source.value);
  };
  new Visitor({
    ImportDeclaration: ({ source }) => take(source),
    ImportExpression: ({ source }) => take(source),
    ExportAllDeclaration: ({ source }) => take(source),
    ExportNamedDeclaration: ({ source }) => take(source),
    TSImportType: ({ source }) => take(source),
  }).visit(program);
  const names = [...specifiers];
  const code = program.body[0]?.start ?? text.length;
  const lead = text.startsWith('#!') ? text.indexOf('\n') : 0;
  const first = comments.find(
    ({ start, end, value }) => start >= lead && end <= code && !/^\s*biome-ignore/.test(value),
  );
  return {
    path,
    files: names.filter(isRelative).map((name) => posix.join(posix.dirname(path), name)),
    packages: names.filter((name) => !isRelative(name)).map(packageOf),
    opening: first?.value
      .replace(/^\*|\n\s*\*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  };
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
