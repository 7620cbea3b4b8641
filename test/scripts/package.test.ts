/** The manifest of the package, and what is written about the packages in it. test/long/package.test.ts packs and installs it. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundledPackages, packagesIn } from '../../scripts/bundled-packages.ts';
import { noticesOf } from '../../scripts/notices.ts';
import { onlyBundled, type Sbom, sbomOfLockFile } from '../../scripts/sbom.ts';

const ROOT = join(import.meta.dirname, '../..');
const manifest: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

describe('package.json', () => {
  it('brings no package along: what runs is bundled', () => {
    for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies']) {
      expect(manifest, `${key}: bundled packages belong under devDependencies`).not.toHaveProperty(key);
    }
  });

  it('can be published, and names no repository', () => {
    for (const key of ['private', 'repository', 'bugs', 'homepage']) expect(manifest).not.toHaveProperty(key);
    expect(manifest).toMatchObject({ license: 'Apache-2.0', engines: { node: '>=22.19' } });
  });

  it('packs files that exist or that npm run build writes', () => {
    const files = manifest.files as readonly string[];
    const kept = files.filter((file) => !/^!?dist\//.test(file)).map((file) => file.replace(/\/\*.*$/, ''));
    expect(kept.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(files).not.toContain('dist');
  });

  it('keeps secrets and everything that is built out of git', () => {
    const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.env', 'node_modules/', 'dist/', '*.tgz']));
  });
});

describe('an old Node', () => {
  const preload = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.2'})`;

  it.each([['--version'], ['serve']])('is told in a sentence: %s', async (argument) => {
    const started = promisify(execFile)(
      process.execPath,
      ['--import', preload, join(ROOT, 'bin/xdr-relay.js'), argument],
      { cwd: tmpdir() },
    );
    await expect(started).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^xdr-relay needs Node 22\.19 or later; this is v\d+\..*npm install node@24.*\n$/,
      ),
    });
  });

  it('can read all of the launcher: it imports nothing until Node is new enough', () => {
    const launcher = readFileSync(join(ROOT, 'bin/xdr-relay.js'), 'utf8');
    expect(launcher).not.toMatch(/^import /m);
    expect(launcher.indexOf('await import(')).toBeGreaterThan(launcher.indexOf('process.exit(1)'));
  });
});

describe('what is bundled', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xdr-relay-bundled-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is what is left in the output, by the folder that it came from', async () => {
    const { metafile } = await build({
      stdin: {
        contents: "import { createColors } from 'picocolors'; import 'zod'; console.log(createColors());",
        resolveDir: ROOT,
      },
      absWorkingDir: ROOT,
      outdir: folder,
      bundle: true,
      platform: 'node',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    expect(bundledPackages(metafile)).toEqual(['node_modules/picocolors']);
    const outputs = { 'a.js': { inputs: { 'node_modules/a/node_modules/@b/c/x.js': { bytesInOutput: 1 } } } };
    expect(bundledPackages({ inputs: {}, outputs } as never)).toEqual(['node_modules/a/node_modules/@b/c']);
    // The image is built in /src, which is a folder of some packages, too.
    const files = ['node_modules/@a/b/src/c.js', '/src/node_modules/d/src/e.js'];
    expect(packagesIn(files, '/src')).toEqual(['node_modules/@a/b', 'node_modules/d']);
  });

  it('has its licences with it, and its notices', async () => {
    const text = await noticesOf([
      'node_modules/yaml',
      'node_modules/apache-arrow',
      'node_modules/standardwebhooks',
    ]);
    expect(text).toMatch(/^yaml \d.*\nLicence: ISC\n/m);
    expect(text).toContain('Permission to use, copy, modify, and/or distribute this software');
    expect(text).toContain('This product includes software developed at');
    expect(text).toMatch(/^standardwebhooks \d[\s\S]*https:\/\/spdx\.org\/licenses\/MIT\.html$/m);
    await expect(noticesOf(['node_modules/.bin'])).rejects.toThrow();
  });

  it('is all that the bill of materials lists', () => {
    const component = (name: string) => ({ 'bom-ref': `${name}@1.0.0`, name, version: '1.0.0' });
    const whole: Sbom = {
      metadata: { component: component('xdr-relay') },
      components: [{ ...component('zod'), scope: 'optional' }, component('yaml'), component('vitest')],
      dependencies: [
        { ref: 'xdr-relay@1.0.0', dependsOn: ['vitest@1.0.0'] },
        { ref: 'yaml@1.0.0', dependsOn: ['zod@1.0.0', 'vitest@1.0.0'] },
        { ref: 'vitest@1.0.0', dependsOn: [] },
      ],
    };
    const kept = onlyBundled(whole, ['zod@1.0.0', 'yaml@1.0.0']);
    expect(kept.components.map(({ name, scope }) => [name, scope])).toEqual([
      ['zod', 'required'],
      ['yaml', 'required'],
    ]);
    expect(kept.dependencies).toEqual([
      { ref: 'xdr-relay@1.0.0', dependsOn: ['zod@1.0.0', 'yaml@1.0.0'] },
      { ref: 'yaml@1.0.0', dependsOn: ['zod@1.0.0'] },
    ]);
    expect(() => onlyBundled(whole, ['zod@2.0.0'])).toThrow(/zod@2\.0\.0/);
  });

  describe('in an environment of production, which Vite makes for the whole process', () => {
    beforeEach(() => void vi.stubEnv('NODE_ENV', 'production'));
    afterEach(() => void vi.unstubAllEnvs());

    it('is in the bill of materials of package-lock.json', async () => {
      const { components } = await sbomOfLockFile();
      expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['zod', 'vitest']));
    });
  });
});
