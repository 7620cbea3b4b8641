/** The extension for VS Code: its manifest, and that its bundle loads where VS Code's module is. No VS Code runs here. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../editors/vscode/package.json' with { type: 'json' };
import root from '../../package.json' with { type: 'json' };
import { bundleExtension } from '../../scripts/bundle-vscode.ts';

const FOLDER = join(import.meta.dirname, '../../editors/vscode');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-vscode-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the manifest', () => {
  it('is of the version of the relay, and supports what its client supports', async () => {
    expect(manifest.version).toBe(root.version);
    const client = JSON.parse(
      await readFile(join(FOLDER, '../../node_modules/vscode-languageclient/package.json'), 'utf8'),
    );
    expect(manifest.engines.vscode).toBe(client.engines.vscode);
    expect(manifest.devDependencies['@types/vscode']).toBe(`~${client.engines.vscode.slice(1)}`);
  });

  it('names files that are there or are made', async () => {
    const ignored = (await readFile(join(FOLDER, '.vscodeignore'), 'utf8')).trim().split('\n');
    const packed = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(packed).toContain(manifest.main.replace('./', ''));
    // Made by scripts/pack-vscode.ts.
    const made = ['dist/extension.js', 'LICENSE'];
    expect(packed.filter((path) => !made.includes(path) && !existsSync(join(FOLDER, path)))).toEqual([]);
  });

  it('lets no folder decide what is run', () => {
    const { configuration, commands, languages } = manifest.contributes;
    expect(configuration.properties['xdrRelay.path'].scope).toBe('machine');
    expect(manifest.capabilities.untrustedWorkspaces.supported).toBe(false);
    expect(commands.map(({ command }) => command)).toEqual(['xdrRelay.restart']);
    expect(
      languages.every(({ filenamePatterns }) => filenamePatterns.every((one) => one.startsWith('**/'))),
    ).toBe(true);
    expect(
      manifest.activationEvents.every((event) => /^(?:onLanguage|workspaceContains):\S+$/.test(event)),
    ).toBe(true);
  });

  it('has a setting for each that the extension and its client read', async () => {
    const source = await readFile(join(FOLDER, 'src/extension.ts'), 'utf8');
    const read = [...source.matchAll(/affectsConfiguration\('([\w.]+)'\)/g)].map(([, name = '']) => name);
    for (const name of [...read, 'xdrRelay.trace.server']) {
      expect(Object.keys(manifest.contributes.configuration.properties)).toContain(name);
    }
    for (const { command } of manifest.contributes.commands) expect(source).toContain(`'${command}'`);
  });
});

it('loads, and can be activated', async () => {
  const file = join(folder, 'extension.js');
  await bundleExtension(file);
  const text = await readFile(file, 'utf8');
  // VS Code's classes are extended and its enumerations read when the client is loaded.
  const anything: object = new Proxy(class {}, {
    get: (target, name) => Reflect.get(target, name) ?? anything,
  });
  const load = createRequire(import.meta.url);
  const loaded: { exports: Record<string, unknown> } = { exports: {} };
  const run = new Function('require', 'module', 'exports', text);
  run((name: string) => (name === 'vscode' ? anything : load(name)), loaded, loaded.exports);
  expect(Object.keys(loaded.exports).toSorted()).toEqual(['activate', 'deactivate']);
});
