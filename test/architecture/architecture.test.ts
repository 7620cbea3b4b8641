/** Holds the code to the layer rule of docs/design.md: who imports what, no cycles, an opening sentence in every file. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findCycles } from './cycles.ts';
import { FOLDERS, PORTABLE, ROOMS, roomOf } from './rooms.ts';
import { parseSource, readSourceFiles, type SourceFile } from './source-files.ts';

const RULE = 'See docs/design.md, Layout.';
const files = await readSourceFiles(FOLDERS);
const design = readFileSync(new URL('../../docs/design.md', import.meta.url), 'utf8');

/** Imports that are wrong and still there. Take out what you have mended; add nothing. */
const EXCEPTIONS: readonly string[] = [];

describe('imports', () => {
  test('there are files, and each stands in a room', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(
      files
        .filter(({ path }) => roomOf(path) === undefined)
        .map(({ path }) => `${path} stands in no room: put its folder into test/architecture/rooms.ts`),
    ).toEqual([]);
  });

  test('a room imports the rooms below it that rooms.ts names, and no other', () => {
    expect(files.flatMap(forbiddenArrows)).toEqual([]);
  });

  test('a room imports the packages that rooms.ts names, and no other', () => {
    expect(files.flatMap(forbiddenPackages)).toEqual([]);
  });

  test('no file imports itself over others, types included', () => {
    const cycles = findCycles(
      new Map(
        files.map(
          (file) => [file.path, file.files.filter((other) => !isExcepted(file.path, other))] as const,
        ),
      ),
    );
    expect(
      cycles.map(
        (cycle) =>
          `${cycle.join(' -> ')}: put what both need (often a type) into a file of its own that both import`,
      ),
    ).toEqual([]);
  });

  test('no exception is left that nobody needs', () => {
    const arrows = new Set(files.flatMap(({ path, files: to }) => to.map((file) => `${path} -> ${file}`)));
    expect(EXCEPTIONS.filter((arrow) => !arrows.has(arrow))).toEqual([]);
  });
});

describe('openings', () => {
  test('each file opens with a comment that says in a sentence what it is', () => {
    const silent = files.filter(({ opening = '' }) => opening.split(' ').length < 3);
    expect(
      silent.map(
        ({ path }) => `${path} opens with no sentence: say before its first line of code what the file is`,
      ),
    ).toEqual([]);
  });
});

describe('the rule itself', () => {
  test('the rooms form no cycle', () => {
    const rooms = Object.entries(ROOMS).map(([name, room]) => [name, room.imports] as const);
    expect(findCycles(new Map(rooms))).toEqual([]);
  });

  test('it names rooms that exist', () => {
    const named = new Set(Object.values(ROOMS).flatMap((room) => room.imports));
    const real = new Set(files.map(({ path }) => roomOf(path)));
    expect([...named, ...Object.keys(ROOMS)].filter((name) => !real.has(name))).toEqual([]);
  });

  test('docs/design.md describes every room', () => {
    const rooms = Object.keys(ROOMS).map((name) => name.split('/').at(-1) ?? name);
    expect(rooms.filter((name) => !new RegExp(`^ *${name}/(?: |$)`, 'm').test(design))).toEqual([]);
  });

  test('what runs in production imports nothing of what stands around it', () => {
    const around = ['lab', 'lab/receivers', 'demo', 'soak', 'bench', 'deploy', 'scripts'];
    const production = Object.entries(ROOMS).filter(([name]) => name === 'routes' || name.startsWith('src/'));
    expect(production.filter(([, room]) => room.imports.some((name) => around.includes(name)))).toEqual([]);
  });
});

describe('how files are read', () => {
  const source = `// The first words.
    import type { A } from './a.ts';
    import { type B } from '../b.ts';
    export type { C } from './c.ts';
    export * from './d.ts';
    import './e.ts';
    const later = await import('./f.ts');
    type F = import('./g.ts').F;
    import { z } from 'zod/v4';
    import { x } from '@azure/storage-blob/x';
    import 'node:fs/promises';`;

  test('every way to import counts', () => {
    const { files, packages, opening } = parseSource('src/x/index.ts', source);
    expect(files.toSorted()).toEqual(
      ['src/b.ts', ...['a', 'c', 'd', 'e', 'f', 'g'].map((name) => `src/x/${name}.ts`)].toSorted(),
    );
    expect(packages).toEqual(['zod', '@azure/storage-blob', 'node:fs/promises']);
    expect(opening).toBe('The first words.');
  });

  test('a comment after the first line of code is no opening', () => {
    expect(parseSource('a.ts', 'import "x"; /** Late. */').opening).toBeUndefined();
    expect(parseSource('a.js', '#!/usr/bin/env node\n// After the shebang.\n').opening).toBe(
      'After the shebang.',
    );
    expect(
      parseSource('a.ts', '// biome-ignore lint: so\n/**\n * Two\n * lines.\n */\nexport {}').opening,
    ).toBe('Two lines.');
  });

  test('a cycle is found once, by its shortest way', () => {
    const graph = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['c', 'e']],
      ['e', ['e']],
    ]);
    expect(findCycles(graph)).toEqual([
      ['a', 'b', 'c', 'a'],
      ['e', 'e'],
    ]);
    expect(
      findCycles(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['c']],
        ]),
      ),
    ).toEqual([]);
  });

  test('the longest name of a room counts', () => {
    expect(roomOf('src/hosts/node/serve.ts')).toBe('src/hosts/node');
    expect(roomOf('src/hosts/azure-ports.ts')).toBe('src/hosts');
    expect(roomOf('src/nowhere/x.ts')).toBeUndefined();
  });
});

function isExcepted(path: string, imported: string): boolean {
  return EXCEPTIONS.includes(`${path} -> ${imported}`);
}

function forbiddenArrows({ path, files: imported }: SourceFile): readonly string[] {
  const room = roomOf(path);
  if (room === undefined) return [];
  return imported.flatMap((file) => {
    const other = roomOf(file);
    // What the build writes stands in no room.
    if (file === 'package.json' || file.startsWith('dist/') || isExcepted(path, file)) return [];
    if (other === undefined) return [`${path} imports ${file}, which stands in no room. ${RULE}`];
    if (other === room || ROOMS[room]?.imports.includes(other)) return [];
    return [
      `${path} imports ${file}, but ${room} may not import ${other}: move what it needs to a room below both, or hand it over as a parameter. ${RULE}`,
    ];
  });
}

function forbiddenPackages({ path, packages }: SourceFile): readonly string[] {
  const name = roomOf(path) ?? '';
  const room = ROOMS[name];
  if (!room) return [];
  const allowed = new Set([...room.packages, ...(room.node === 'portable' ? PORTABLE : [])]);
  return packages
    .filter((used) => !allowed.has(used) && !(room.node === 'all' && used.startsWith('node:')))
    .map((used) =>
      used.startsWith('node:')
        ? `${path} imports ${used}, which ${name} may not use (it also runs where Node's modules are not): let a host hand it over. ${RULE}`
        : `${path} imports the package ${used}, which ${name} may not use: use it in a room that does, or name it in test/architecture/rooms.ts and say why in the commit. ${RULE}`,
    );
}
