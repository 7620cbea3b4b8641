/** What is added to the relay is registered: a file that defines a step, a command, a mapping or a queue is in its list or its suite. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CliCommand, CliGroup } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { defaultMappings } from '../../src/rules/sigma/index.ts';
import { steps } from '../../src/rules/transforms/index.ts';

const ROOT = join(import.meta.dirname, '../..');

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

/** What each file of a folder exports, but functions and types, as `path: name`. */
async function valuesIn(
  folder: string,
): Promise<readonly { readonly at: string; readonly value: unknown }[]> {
  const values = filesIn(folder).map(async (path) => {
    const exported: Readonly<Record<string, unknown>> = await import(join(ROOT, path));
    return Object.entries(exported).map(([name, value]) => ({ at: `${path}: ${name}`, value }));
  });
  return (await Promise.all(values)).flat();
}

/** Whether a value is an object that has all of these keys. */
function has(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}

describe('what is defined is registered', () => {
  it('every step is in src/rules/transforms/index.ts', async () => {
    const defined = (await valuesIn('src/rules/transforms')).filter(({ value }) =>
      has(value, 'verb', 'config', 'prepare'),
    );
    expect(defined.length).toBeGreaterThanOrEqual(steps.length);
    const listed = new Set<unknown>(steps);
    expect(defined.filter(({ value }) => !listed.has(value)).map(({ at }) => at)).toEqual([]);
  });

  it('every command is in an index.ts of src/cli/commands', async () => {
    const defined = (await valuesIn('src/cli/commands')).filter(({ value }) =>
      has(value, 'kind', 'summary', 'description'),
    );
    const all: readonly (CliCommand | CliGroup)[] = COMMANDS.flatMap((command) =>
      command.kind === 'group' ? [command, ...command.commands] : [command],
    );
    expect(defined.length).toBeGreaterThanOrEqual(all.length);
    const listed = new Set<unknown>(all);
    expect(defined.filter(({ value }) => !listed.has(value)).map(({ at }) => at)).toEqual([]);
  });

  it('every log source is in src/rules/sigma/mappings/defaults.ts', async () => {
    const listed = new Set<unknown>(defaultMappings);
    const defined = (await valuesIn('src/rules/sigma/mappings')).flatMap(({ at, value }) =>
      Array.isArray(value)
        ? value.filter((one) => has(one, 'logsource', 'tables')).map((one: unknown) => ({ at, one }))
        : [],
    );
    expect(defined.length).toBeGreaterThanOrEqual(defaultMappings.length);
    expect(defined.filter(({ one }) => !listed.has(one)).map(({ at }) => at)).toEqual([]);
  });
});

/** Adapters by the end of their factories' names, each with the contract suite of its port. */
const SUITES: readonly (readonly [factory: string, suite: RegExp])[] = [
  ['Queue', /register\w*QueueTests\(/],
  ['BlobStore', /registerBlobStoreTests\(/],
  ['CheckpointStore', /registerCheckpointStoreTests\(/],
  ['StateDocuments', /registerStateDocumentsTests\(/],
  ['DeadLetters', /registerDeadLettersTests\(/],
];

describe('every adapter passes the contract suite of its port', () => {
  const sources = filesIn('src').map((path) => readFileSync(join(ROOT, path), 'utf8'));
  const tests = filesIn('test').map((path) => readFileSync(join(ROOT, path), 'utf8'));

  it.each(SUITES)('create...%s', (end, suite) => {
    const factory = new RegExp(`export function (create\\w+${end})\\(`, 'g');
    const factories = sources.flatMap((text) => [...text.matchAll(factory)].map(([, name = '']) => name));
    expect(factories).not.toEqual([]);
    const untested = factories.filter(
      (name) => !tests.some((text) => suite.test(text) && text.includes(`${name}(`)),
    );
    expect(untested).toEqual([]);
  });
});
