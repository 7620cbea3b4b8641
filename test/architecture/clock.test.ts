/** Time reaches the code through the `Clock` alone: tests step it, simulations run on it, and it can be set right. */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { parseSync, Visitor } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';

/** Files that go by the machine's own time, and why they must. Take out what no longer does. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/shared/clock.ts': 'it is the clock',
  'src/relay/rows/event-loop-turns.ts': 'setImmediate gives others a turn; it is no time',
  'src/hosts/node/kept-detections.ts': 'setImmediate gives others a turn; it is no time',
  'src/hosts/node/rule-files.ts': 'setImmediate gives others a turn; it is no time',
  'src/hosts/node/serve.ts':
    'the orchestrator kills by its own time, and these timers must not keep the process',
  'src/hosts/node/small-heap.ts': 'it hears of garbage collections, and asks for no time',
  'src/cli/actions/serve.ts': 'the same: the process ends though a connection would keep it',
};

const GLOBALS: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const MEMBERS: ReadonlySet<string> = new Set([
  'Date.now',
  'performance.now',
  'AbortSignal.timeout',
  'process.hrtime',
  'globalThis.setTimeout',
]);
const MODULES: ReadonlySet<string> = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);

/** Each use of the machine's time in a file. */
function timesOf(path: string, text: string): readonly string[] {
  const found: string[] = [];
  const { program, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  new Visitor({
    ImportDeclaration({ source, importKind }) {
      if (importKind !== 'type' && MODULES.has(source.value)) found.push(source.value);
    },
    CallExpression({ callee }) {
      if (callee.type === 'Identifier' && GLOBALS.has(callee.name)) found.push(callee.name);
    },
    NewExpression({ callee, arguments: given }) {
      const isDate = callee.type === 'Identifier' && callee.name === 'Date';
      if (isDate && given.length === 0) found.push('new Date()');
    },
    MemberExpression({ object, property }) {
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return;
      const name = `${object.name}.${property.name}`;
      if (MEMBERS.has(name)) found.push(name);
    },
  }).visit(program);
  return found;
}

async function uses(): Promise<ReadonlyMap<string, readonly string[]>> {
  const all = new Map<string, readonly string[]>();
  for await (const path of glob(['src/**/*.ts', 'routes/**/*.ts'])) {
    const found = timesOf(path, readFileSync(path, 'utf8'));
    if (found.length > 0) all.set(path, found);
  }
  return all;
}

describe("the machine's time", () => {
  let used: ReadonlyMap<string, readonly string[]>;
  beforeAll(async () => {
    used = await uses();
  });

  it('is asked for by the clock, and by those that must', () => {
    const found = [...used].filter(([path]) => EXCEPTIONS[path] === undefined);
    expect(
      found.map(
        ([path, names]) => `${path} uses ${names.join(', ')}: take a Clock (now, monotonic, sleep, after)`,
      ),
    ).toEqual([]);
  });

  it('is what a host chose: the relay names no clock of its own', async () => {
    const found: string[] = [];
    for await (const path of glob('src/relay/**/*.ts')) {
      if (/\bsystemClock\b/.test(readFileSync(path, 'utf8'))) found.push(path);
    }
    expect(found).toEqual([]);
  });

  it('is asked for by each exception still', () => {
    expect(Object.keys(EXCEPTIONS).filter((path) => !used.has(path))).toEqual([]);
  });

  it.each([
    ['const t = Date.now();', 'Date.now'],
    ['const now = Date.now;', 'Date.now'],
    ['const d = new Date();', 'new Date()'],
    ['setTimeout(() => {}, 5);', 'setTimeout'],
    ['const s = AbortSignal.timeout(5);', 'AbortSignal.timeout'],
    ["import { setTimeout as wait } from 'node:timers/promises';", 'node:timers/promises'],
  ])('is found in %s', (text, name) => {
    expect(timesOf('x.ts', text)).toEqual([name]);
  });

  it('is not what a moment is formatted with', () => {
    expect(timesOf('x.ts', 'new Date(at).toISOString(); Date.parse(text); clock.now();')).toEqual([]);
  });
});
