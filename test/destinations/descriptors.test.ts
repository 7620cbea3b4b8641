/** What a destination must have: each test here fails with the name of what a new one lacks. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { loggable } from '../../src/config/loggable.ts';
import { redact } from '../../src/config/redact.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { secretKeys } from '../../src/config/secret-keys.ts';
import { secretValues } from '../../src/config/secrets.ts';
import {
  DESTINATIONS,
  descriptorOf,
  destinationSchema,
  destinationTitles,
} from '../../src/destinations/list.ts';
import { allCases } from './cases.ts';
import { exampleEnv, exampleName, leastEntry, leastEnv } from './least.ts';

const root = new URL('../../', import.meta.url);
const TYPES = DESTINATIONS.map(({ type }) => type);
const folderOf = (type: string) => type.replaceAll('_', '-');
/** Folders of src/destinations that are no destination's. */
const SHARED = ['alert-view', 'output-schemas'];
/** docs/outputs.md shows what each type sends, which differs from type to type. */
const SHOWS_RECORDS = 'scripts/pages/outputs.ts';

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(new URL(folder, root), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(?:ts|js)$/.test(entry.name))
    .map((entry) => `${entry.parentPath.slice(root.pathname.length)}/${entry.name}`)
    .filter((path) => !path.endsWith('.d.ts'));
}

describe('the list of destinations', () => {
  it('has every folder of src/destinations, and each folder the same files', async () => {
    const entries = await readdir(new URL('src/destinations/', root), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const listed = TYPES.map(folderOf);
    const unlisted = folders.filter((name) => !SHARED.includes(name) && !listed.includes(name));
    expect(unlisted, 'folders without a descriptor in src/destinations/list.ts').toEqual([]);
    for (const { type, needs, audience } of DESTINATIONS) {
      const files = await readdir(new URL(`src/destinations/${folderOf(type)}/`, root));
      const speaks = audience === 'people' ? 'messenger' : 'send';
      const wanted = ['config', 'descriptor', 'encode', speaks, ...(needs === 'http' ? ['reply'] : [])];
      const missing = wanted.filter((name) => !files.includes(`${name}.ts`));
      expect(missing, `files that src/destinations/${folderOf(type)} lacks`).toEqual([]);
    }
  });

  it.each(DESTINATIONS.map((one) => [one.type, one] as const))(
    'says of %s whether it groups alerts: those for people always, those for machines with `group_alerts`',
    (_, { audience, config }) => {
      expect(Object.hasOwn(config.shape, 'group_alerts')).toBe(audience === 'machines');
    },
  );

  it('is the only place outside a destination’s own folder that knows its type', async () => {
    const found: string[] = [];
    for (const path of [...(await filesUnder('src')), ...(await filesUnder('scripts'))]) {
      if (path === SHOWS_RECORDS) continue;
      // An argument of a command, what is counted, and a member of a type may be called as a type is: `file`.
      // An entity may be of the kind `file`.
      const isAboutEntities =
        path.startsWith('src/alerts/') || path.startsWith('src/destinations/alert-view/');
      const text = (await readFile(new URL(path, root), 'utf8')).replace(
        /(?:rguments?\(|plural\([^()]*, )'\w+'|\b(?:Pick|Omit)<[^<>]*>/g,
        '',
      );
      for (const type of TYPES) {
        if (path.startsWith(`src/destinations/${folderOf(type)}/`)) continue;
        if (isAboutEntities && type === 'file') continue;
        const named = new RegExp(`['"\`]${type}['"\`]|\\btype: ${type}\\b`).exec(text)?.[0];
        if (named !== undefined) found.push(`${path} has ${named}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('has tests of its own for every type', async () => {
    const tests = await readdir(new URL('test/destinations/', root));
    const missing = TYPES.map((type) => `${folderOf(type)}.test.ts`).filter((name) => !tests.includes(name));
    expect(missing, 'files that test/destinations lacks').toEqual([]);
  });

  it('hides the folders: no file outside of src/destinations reaches into one', async () => {
    const inside = new RegExp(`/destinations/(?:${TYPES.map(folderOf).join('|')})/`);
    const found: string[] = [];
    for (const path of [...(await filesUnder('src')), ...(await filesUnder('scripts'))]) {
      if (path.startsWith('src/destinations/') || path === SHOWS_RECORDS) continue;
      if (inside.test(await readFile(new URL(path, root), 'utf8'))) found.push(path);
    }
    expect(found).toEqual([]);
  });

  it('encodes without Node: what encode.ts imports has no module of Node', async () => {
    for (const type of TYPES) {
      const seen = new Set<string>();
      const open = [new URL(`src/destinations/${folderOf(type)}/encode.ts`, root).href];
      for (let at = open.pop(); at !== undefined; at = open.pop()) {
        if (seen.has(at)) continue;
        seen.add(at);
        const text = await readFile(new URL(at), 'utf8');
        for (const [, what = ''] of text.matchAll(/^(?:import|export)(?! type\b)[^;]*? from '([^']+)';/gm)) {
          expect(what, `${at} imports`).not.toMatch(/^node:/);
          if (what.startsWith('.')) open.push(new URL(what, at).href);
        }
        expect(text, at).not.toMatch(/\bBuffer\./);
      }
      expect(seen.size).toBeGreaterThan(1);
    }
  });

  it('has a row for every type that replies in the table of docs/design.md', async () => {
    const design = await readFile(new URL('docs/design.md', root), 'utf8');
    const replying = DESTINATIONS.filter(({ needs }) => needs === 'http').map(({ type }) => type);
    expect(replying.filter((type) => !design.includes(`\n| \`${type}\` | `))).toEqual([]);
  });

  it.each(['README.md', 'package.json'])('stands in %s', async (file) => {
    expect(await readFile(new URL(file, root), 'utf8')).toContain(`to ${destinationTitles()}.`);
  });
});

describe.each(DESTINATIONS)('the descriptor of $type', (descriptor) => {
  const { type, least, example, variables, audience, config, docs } = descriptor;

  it('agrees with its schema', () => {
    expect(destinationSchema.parse(least)).toMatchObject({ type });
    expect(() => destinationSchema.parse({ type })).toThrow();
    expect(descriptorOf(destinationSchema.parse(least).type)).toBe(descriptor);
    expect(docs).toMatch(/^[A-Z].*\.$/s);
    expect(Object.keys(config.shape)).toEqual(
      expect.arrayContaining(['was', 'concurrency', 'batch', 'timeout', 'allow_networks', 'shape']),
    );
    const ofMachines = ['group_alerts', 'disable_after'].filter((key) => key in config.shape);
    expect(ofMachines).toHaveLength(audience === 'machines' ? 2 : 0);
  });

  it('has an example without a mistake, with secrets from variables that it explains', () => {
    const name = exampleName(example);
    const yaml = [
      'storage: { account: contoso }',
      'default_destinations: [other]',
      'destinations:',
      '  other: { type: file, path: "-" }',
      example.replace(/^(?=.)/gm, '  '),
    ].join('\n');
    const { diagnostics, config: parsed } = parseConfig(yaml, 'relay.yaml', exampleEnv);
    expect(diagnostics).toEqual([]);
    expect(parsed?.destinations[name]).toMatchObject({ type });
    const hidden = parsed === undefined ? [] : secretValues(parsed);
    for (const variable of variables) expect(hidden, variable.name).toContain(exampleEnv[variable.name]);
    const used = [...example.matchAll(/\$\{(\w+)\}/g)].map(([, variable]) => variable);
    expect(used.sort()).toEqual(variables.map((variable) => variable.name).sort());
  });

  it('warns of its place in default_destinations where people read it', () => {
    const entry = JSON.stringify(leastEntry(type));
    const { diagnostics } = parseConfig(
      `storage: { account: contoso }\ndestinations: { a: ${entry} }\ndefault_destinations: [a]`,
      'relay.yaml',
      leastEnv,
    );
    const codes = diagnostics.map(({ code }) => code);
    expect(codes.includes('people-firehose')).toBe(audience === 'people');
  });
});

describe.each(allCases())('the secrets of $name', ({ made }) => {
  it('are gone from what others say of it', () => {
    const clean = redact(made.leak);
    for (const secret of made.secrets) {
      expect(made.leak).toContain(secret);
      expect(clean).not.toContain(secret);
    }
  });
});

describe('the keys of secrets', () => {
  it('are hidden in logs, whatever stands there', () => {
    for (const key of secretKeys(relayConfigSchema)) {
      const shown = loggable({ [key]: 'a-value' }, { secrets: [], stacks: false });
      expect(shown).toEqual({ [key]: '[redacted]' });
    }
  });
});
