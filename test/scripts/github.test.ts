/** The files under .github: what the workflows run and name is there, their actions are pinned, and they may do no more than they must. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { releaseNotes } from '../../scripts/release-notes.ts';

const ROOT = join(import.meta.dirname, '../..');
const WORKFLOWS = '.github/workflows';

const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const job = z.union([
  z.strictObject({ uses: z.string() }),
  z.strictObject({
    name: z.string(),
    needs: z.union([z.string(), z.array(z.string())]).optional(),
    'runs-on': z.string(),
    'timeout-minutes': z.int().max(60),
    environment: z.string().optional(),
    permissions: permissions.optional(),
    strategy: z.looseObject({ matrix: z.record(z.string(), z.array(z.unknown())) }).optional(),
    steps: z.array(step).min(1),
  }),
]);
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.strictObject({
    group: z.string(),
    'cancel-in-progress': z.union([z.string(), z.boolean()]),
  }),
  jobs: z.record(z.string(), job),
});

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const files = readdirSync(join(ROOT, WORKFLOWS)).map((name) => {
  const text = read(`${WORKFLOWS}/${name}`);
  const content = workflow.parse(parse(text));
  const jobs = Object.values(content.jobs);
  const steps = jobs.flatMap((one) => ('steps' in one ? one.steps : []));
  return { name, text, content, jobs, steps };
});
const all = files.flatMap(({ steps }) => steps);
const scripts = all.flatMap(({ run }) => run ?? []);

describe('a workflow', () => {
  it('is there for changes and for releases', () => {
    expect(files.map(({ name }) => name).toSorted()).toEqual(['ci.yml', 'release.yml']);
  });

  it('uses actions by commit, with the version beside it, or files that are there', () => {
    for (const { text, jobs, steps } of files) {
      const used = [...jobs, ...steps].flatMap((one) => ('uses' in one ? (one.uses ?? []) : []));
      expect(used.length).toBeGreaterThan(0);
      for (const uses of used) {
        if (uses.startsWith('./')) expect(existsSync(join(ROOT, uses)), uses).toBe(true);
        else expect(text).toMatch(new RegExp(`uses: ${uses} # v\\d+\\.\\d+\\.\\d+$`, 'm'));
        if (!uses.startsWith('./')) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      }
    }
  });

  it('gives one version of an action one commit', () => {
    const pins = files.flatMap(({ text }) => [
      ...text.matchAll(/uses: ([\w/-]+)@([0-9a-f]{40}) # (v\S+)$/gm),
    ]);
    const commits = new Map<string, Set<string>>();
    for (const [, action = '', commit = '', version = ''] of pins) {
      const known = commits.get(action) ?? new Set();
      commits.set(action, known.add(`${commit} ${version}`));
    }
    for (const [action, versions] of commits) expect([action, versions.size]).toEqual([action, 1]);
  });

  it('runs npm scripts and files that exist', () => {
    const names = scripts.flatMap((script) => [...script.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]);
    expect(names.length).toBeGreaterThan(1);
    for (const [, name = ''] of names) expect(Object.keys(manifest.scripts)).toContain(name);
    const paths = scripts.flatMap((script) => [...script.matchAll(/(?:node|--file) ([\w./-]+)/g)]);
    const inputs = all.flatMap(({ with: input }) => input?.file ?? []).map((path) => ['', String(path)]);
    expect(paths.length).toBeGreaterThan(0);
    for (const [, path = ''] of [...paths, ...inputs]) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  it('names what npm run build and npm pack write', () => {
    const built = scripts.join('\n').match(/dist\/[\w.-]+/g) ?? [];
    expect(built.length).toBeGreaterThan(0);
    for (const path of built) expect(manifest.files).toContain(path);
  });

  it('runs scripts that a shell can read, with nothing in them that somebody outside chose', () => {
    for (const script of scripts) {
      const plain = script.replaceAll(/\$\{\{[^}]*\}\}/g, 'x');
      execFileSync('bash', ['-n'], { input: plain });
      expect(script, 'give it to the script as an environment variable').not.toContain('${{');
    }
  });

  it('may only read, but for the jobs that publish, and keeps no token in its clone', () => {
    for (const { name, content, jobs, steps } of files) {
      expect([name, content.permissions]).toEqual([name, { contents: 'read' }]);
      const writing = jobs.filter(
        (one) => 'permissions' in one && Object.values(one.permissions ?? {}).includes('write'),
      );
      if (name === 'ci.yml') expect(writing).toEqual([]);
      for (const { uses, with: input } of steps) {
        if (uses?.startsWith('actions/checkout@')) expect(input?.['persist-credentials']).toBe(false);
      }
    }
  });

  it('waits for jobs that are there', () => {
    for (const { content } of files) {
      const needs = Object.values(content.jobs).flatMap((one) => ('needs' in one ? (one.needs ?? []) : []));
      for (const name of needs) expect(Object.keys(content.jobs)).toContain(name);
    }
  });
});

describe('CI', () => {
  const ci = files.find(({ name }) => name === 'ci.yml');

  it('tests the oldest Node that is accepted and Node 24, on Linux of both kinds and macOS', () => {
    const test = ci?.content.jobs.test;
    const matrix = test && 'strategy' in test ? test.strategy?.matrix : undefined;
    expect(matrix?.node).toEqual([`${manifest.engines.node.replace('>=', '')}.0`, '24']);
    expect(matrix?.os).toEqual([
      expect.stringMatching(/^ubuntu-\d+\.\d+$/),
      expect.stringMatching(/^ubuntu-\d+\.\d+-arm$/),
      expect.stringMatching(/^macos-\d+$/),
    ]);
  });

  it('takes the package "node" out of the way of the Node that it tests', () => {
    const test = ci?.content.jobs.test;
    const steps = test && 'steps' in test ? test.steps.flatMap(({ run }) => run ?? []) : [];
    expect(steps).toEqual([
      'npm ci --ignore-scripts',
      'rm -f node_modules/.bin/node',
      'npm run build:wasm',
      'npm test',
    ]);
    expect(manifest.devDependencies).toHaveProperty('node');
  });

  it('audits, and writes what the packages are', () => {
    expect(scripts.join('\n')).toMatch(/^npm audit --audit-level=high$/m);
    expect(scripts.join('\n')).toMatch(/^npm sbom --sbom-format cyclonedx/m);
  });
});

describe('the other files', () => {
  it('can be parsed, and name folders that are there', () => {
    const dependabot = z.object({
      version: z.literal(2),
      updates: z.array(z.object({ directory: z.string() })),
    });
    for (const { directory } of dependabot.parse(parse(read('.github/dependabot.yml'))).updates) {
      expect(existsSync(join(ROOT, directory)), directory).toBe(true);
    }
    const form = z.object({
      name: z.string(),
      description: z.string(),
      body: z.array(
        z.object({ type: z.enum(['markdown', 'textarea', 'input', 'dropdown']), attributes: z.object({}) }),
      ),
    });
    const forms = readdirSync(join(ROOT, '.github/ISSUE_TEMPLATE')).filter((name) => name !== 'config.yml');
    expect(forms.length).toBeGreaterThan(1);
    for (const name of forms) form.parse(parse(read(`.github/ISSUE_TEMPLATE/${name}`)));
    expect(parse(read('.github/ISSUE_TEMPLATE/config.yml'))).toEqual({ blank_issues_enabled: false });
  });
});

describe('the changelog', () => {
  const log = `# Changelog\n\n## [Unreleased]\n\n### Added\n\n- new\n\n## [1.2.0] - 2026-12-01\n\n### Fixed\n\n- **a** bug\n\n## [1.1.0] - 2026-11-01\n\n[1.2.0]: x\n`;

  it('gives the notes of a release', () => {
    expect(releaseNotes('v1.2.0', '1.2.0', log)).toBe('### Fixed\n\n- **a** bug\n');
  });

  it.each([
    ['v1.2.1', '1.2.0', /is not v1\.2\.0/],
    ['1.2.0', '1.2.0', /is not v1\.2\.0/],
    ['v1.3.0', '1.3.0', /no line "## \[1\.3\.0\]/],
    ['v1.1.0', '1.1.0', /says nothing/],
  ])('lets no tag %s of version %s pass', (tag, version, message) => {
    expect(() => releaseNotes(tag, version, log)).toThrow(message);
  });

  it('of this repository has the form', () => {
    const headings = read('CHANGELOG.md').match(/^## .*$/gm) ?? [];
    expect(headings[0]).toBe('## [Unreleased]');
    for (const heading of headings.slice(1))
      expect(heading).toMatch(/^## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$/);
    const kinds = read('CHANGELOG.md').match(/^### .*$/gm) ?? [];
    const allowed = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].map(
      (kind) => `### ${kind}`,
    );
    for (const kind of kinds) expect(allowed).toContain(kind);
  });
});
