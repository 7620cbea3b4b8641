/** deploy/container/Containerfile, read with the parser of Docker's language server, and the list of components in the image. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { expect, it } from 'vitest';
import { sbomOfImage } from '../../deploy/container/assemble.ts';
import { CONSOLE_FOLDERS } from '../../scripts/sources-digest.ts';
import { createProgram } from '../../src/cli/program.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { parseSource } from '../architecture/source-files.ts';
import { captured } from '../cli/captured.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'deploy/container/Containerfile'), 'utf8');

/** The instructions of each stage; what stands before the first FROM is stage 0. */
const stages = DockerfileParser.parse(text)
  .getInstructions()
  .reduce<{ readonly keyword: string; readonly value: string }[][]>(
    (all, instruction) => {
      const keyword = instruction.getKeyword();
      if (keyword === 'FROM') all.push([]);
      const value = instruction
        .getTextContent()
        .slice(keyword.length)
        .replace(/\\\n\s*/g, '')
        .trim();
      all.at(-1)?.push({ keyword, value });
      return all;
    },
    [[]],
  );
const last = stages.at(-1) ?? [];
const only = (keyword: string): string => {
  const found = last.filter((each) => each.keyword === keyword);
  expect(found).toHaveLength(1);
  return found[0]?.value ?? '';
};
/** The words of a command in exec form; throws for the shell form. */
const exec = (value: string): readonly string[] => JSON.parse(value);
const NODE = ['/usr/bin/node', '/opt/xdr-relay/dist/node/xdr-relay.js'];

it('has no problems', () => {
  expect(validate(text).map(({ range, message }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  expect(validate(text.replace('STOPSIGNAL', 'STOPSIGNL'))).not.toEqual([]);
});

it('takes both base images as arguments', () => {
  const froms = stages.slice(1).map(([from]) => from?.value);
  expect(froms).toEqual([
    expect.stringMatching(/^\$\{BUILD_IMAGE\} AS build$/),
    expect.stringMatching(/^\$\{BASE_IMAGE\}$/),
  ]);
  const defaults = stages[0]?.map(({ value }) => value) ?? [];
  expect(defaults).toEqual([
    expect.stringMatching(/^BUILD_IMAGE=docker\.io\/library\/node:24-/),
    expect.stringMatching(/^BASE_IMAGE=gcr\.io\/distroless\/cc-/),
  ]);
});

it('runs nothing in the last stage, and copies into it only what was laid out', () => {
  expect(last.map(({ keyword }) => keyword)).not.toContain('RUN');
  expect(last.map(({ keyword }) => keyword)).not.toContain('ADD');
  expect(only('COPY')).toBe('--from=build /image/ /');
});

it('runs as a numeric user without rights', () => {
  expect(only('USER')).toBe('65532:65532');
});

it('starts the command without a shell, so that signals reach it', () => {
  expect(exec(only('ENTRYPOINT'))).toEqual(NODE);
  expect(exec(only('CMD'))).toEqual(['serve']);
  expect(only('STOPSIGNAL')).toBe('SIGTERM');
});

it('asks the relay for its health, without a shell, for longer than the command waits', () => {
  const [, options = '', command = ''] = /^(.*?) CMD (.*)$/.exec(only('HEALTHCHECK')) ?? [];
  const words = exec(command);
  expect(words.slice(0, 2)).toEqual(NODE);
  const program = createProgram(captured(), async () => {});
  expect(() => program.parse(words.slice(2), { from: 'user' })).not.toThrow();
  const health = program.commands.find((each) => each.name() === 'health');
  const waits: number = health?.opts().timeout;
  const seconds = Number(/--timeout=(\d+)s/.exec(options)?.[1]);
  expect(seconds * 1000).toBeGreaterThan(waits);
});

it('exposes the ports that relay.yaml has by default', () => {
  const { server, monitoring } = relayConfigSchema.parse({
    storage: { account: 'contoso' },
    destinations: { archive: { type: 'file', path: 'archive.jsonl' } },
  });
  expect(only('EXPOSE')).toBe(`${server.port} ${monitoring.port}`);
});

it('carries the labels of OCI, and no secret', () => {
  const labels = [...only('LABEL').matchAll(/org\.opencontainers\.image\.([\w.]+)="([^"]*)"/g)];
  const names = labels.map(([, name]) => name);
  expect(names).toEqual(['title', 'description', 'licenses', 'version', 'revision', 'created', 'base.name']);
  const set = stages.flat().filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG');
  expect(set.map(({ value }) => value).join('\n')).not.toMatch(/token|secret|password|_key/i);
});

/** The paths that .dockerignore lets through. */
const sent = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));

it('is built from what git has: nothing that is ignored, and no secret, is sent to the builder', () => {
  expect(readFileSync(join(ROOT, '.dockerignore'), 'utf8')).toMatch(/^(?:#.*\n)*\*\n(?:!.+\n)+$/);
  const tracked = (path: string) =>
    execFileSync('git', ['ls-files', '--', path], { cwd: ROOT, encoding: 'utf8' });
  expect(sent.filter((path) => tracked(path) === '')).toEqual([]);
});

it('is built from all that the build imports', () => {
  const entries = ['scripts/build-wasm.ts', 'scripts/package.ts', 'bin/xdr-relay.js', 'bin/thread.ts'];
  const reached = new Set([...entries, 'src/rules/public.ts', 'deploy/container/assemble.ts']);
  // A set may grow while it is iterated. test/architecture says that src and routes import nothing else.
  for (const path of reached) {
    if (!/^(?!src\/|routes\/).*\.[jt]s$/.test(path) || !existsSync(join(ROOT, path))) continue;
    for (const file of parseSource(path, readFileSync(join(ROOT, path), 'utf8')).files) reached.add(file);
  }
  expect(reached.size).toBeGreaterThan(50);
  const isSent = (file: string) => sent.some((path) => file === path || file.startsWith(`${path}/`));
  expect([...reached].filter((file) => existsSync(join(ROOT, file)) && !isSent(file))).toEqual([]);
  // Vite reads it, by its path.
  expect(isSent('console/main.tsx')).toBe(true);
  // The build of the console reads them whole, to say what it was built from.
  expect(CONSOLE_FOLDERS.filter((folder) => !sent.includes(folder))).toEqual([]);
});

it('lists Node among the components, and changes with nothing but them', () => {
  const sbom = {
    serialNumber: 'urn:uuid:1',
    metadata: { timestamp: '2026-11-26T00:00:00Z', component: { name: 'xdr-relay' } },
    components: [{ name: 'zod', version: '4.0.0' }],
  };
  const made = sbomOfImage(sbom, '24.21.0');
  expect(made.components.map(({ name, version }) => `${name} ${version}`)).toEqual([
    'zod 4.0.0',
    'node 24.21.0',
  ]);
  expect(made).not.toHaveProperty('serialNumber');
  expect(made.metadata).toEqual({ component: { name: 'xdr-relay' } });
});

it('has glibc keep freed memory in one place for all threads', () => {
  expect(only('ENV').split(/\s+/)).toContain('MALLOC_ARENA_MAX=1');
});
