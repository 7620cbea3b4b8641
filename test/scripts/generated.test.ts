/** What is generated is up to date, complete, and its examples work. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GENERATED } from '../../scripts/generated.ts';
import { ruleReferencePage } from '../../scripts/pages/rule-reference.ts';
import { compileProgram } from '../../src/rules/compile.ts';
import { MODIFIER_GUIDE } from '../../src/rules/sigma/index.ts';
import { collectTests } from '../../src/rules/testing/collect.ts';
import { steps } from '../../src/rules/transforms/index.ts';

const root = join(import.meta.dirname, '../..');
const page = ruleReferencePage();

describe('what is generated', () => {
  it.each(GENERATED.map(({ path, text }) => ({ path, text })))(
    '$path is up to date',
    async ({ path, text }) => {
      const committed = readFileSync(join(root, path), 'utf8');
      expect(committed === (await text()), `${path} is out of date: run "npm run generate"`).toBe(true);
    },
  );

  it('is the same when it is generated again', async () => {
    for (const { path, text } of GENERATED) expect([path, await text()]).toEqual([path, await text()]);
  });

  it('covers every schema in schemas/', () => {
    const paths = GENERATED.map(({ path }) => path);
    const files = readdirSync(join(root, 'schemas')).map((name) => `schemas/${name}`);
    expect(paths.filter((path) => path.startsWith('schemas/')).toSorted()).toEqual(files.toSorted());
    expect(new Set(paths).size).toBe(paths.length);
  });
});

/** The YAML examples of the page. */
const EXAMPLES = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

/** The findings on rule files, as `code: message`. */
function findingsOn(files: readonly { readonly path: string; readonly text: string }[]): readonly string[] {
  const context = {
    destinations: ['splunk', 'soc-slack'],
    defaultDestinations: ['splunk'],
    alerts: [],
    variables: { SITE: 'Vienna', HASH_KEY: 'a key of 24 characters !' },
  };
  const { diagnostics } = compileProgram(files, context);
  return [...diagnostics, ...collectTests(files, context).diagnostics].map(
    ({ code, message }) => `${code}: ${message}`,
  );
}

const VIPS = { path: 'lists/vips.csv', text: 'upn,owner\nada@x.example,Ann\n' };

/** What stands between a heading of the page and the next one. */
function sectionOf(heading: string): string {
  return page.split(`\n### ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';
}

describe('the reference of rule files', () => {
  it('describes every key', () => {
    const rows = page.split('\n').filter((line) => /^\| `/.test(line) && line.split(' | ').length === 5);
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((line) => /\| {1,2}\|$/.test(line))).toEqual([]);
  });

  it.each(steps.map(({ verb, example }) => ({ verb, example })))(
    'has a section, a description and the example of $verb',
    ({ verb, example }) => {
      const section = sectionOf(`\`${verb}\``);
      expect(section.trim()).toMatch(/^[A-Z].*\.\n/);
      const [, step = ''] = /^- (.*)\n```$/m.exec(section) ?? [];
      expect(parse(step)).toEqual({ [verb]: example.value });
      expect(parse(/^before: .*\nafter: .*\n/m.exec(section)?.[0] ?? '')).toEqual({
        before: example.row,
        after: example.result,
      });
    },
  );

  it.each(Object.entries(MODIFIER_GUIDE).map(([name, { example }]) => ({ name, example })))(
    'has a section and the example of the modifier $name',
    ({ name, example: { key, value, match, noMatch } }) => {
      const section = sectionOf(`Modifier \`${name}\``);
      expect(section.trim()).toMatch(/^\S.*\.\n/);
      const blocks = [...section.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => parse(text));
      expect(blocks).toContainEqual({ [key]: value });
      expect(blocks).toContainEqual({ match, 'no match': noMatch });
    },
  );

  it('has examples of files that are right', () => {
    const file = (start: string) => EXAMPLES.find((text) => text.startsWith(start)) ?? '';
    const rule = (title: string) =>
      `title: ${title}\ntags: [attack.discovery]\nlogsource: { category: process_creation, product: windows }\n` +
      `detection:\n  selection: { Image|contains: '${title}' }\n  condition: selection\nlevel: high\n`;
    const files = [
      { path: 'DeviceProcessEvents.yaml', text: file('table: DeviceProcessEvents\nfilter') },
      { path: 'mappings/own.yaml', text: file('mappings:') },
      { path: 'lists/lists.yaml', text: file('lists:') },
      { path: 'lists/c2_networks.txt', text: '203.0.113.0/24\n' },
      { path: 'lists/evil.yaml', text: file('type: domain') },
      VIPS,
      { path: 'detections/sigmahq/windows/process_creation/whoami.yml', text: rule('Whoami') },
      { path: 'detections/shadow_copies.yml', text: rule('Shadow Copies Deleted') },
      { path: 'exceptions/backup.yml', text: file('exceptions:') },
      { path: 'overrides.yml', text: file('overrides:') },
      { path: 'schema.yaml', text: file('tables:') },
      {
        path: 'IdentityLogonEvents.yaml',
        text: `table: IdentityLogonEvents\ntransform:\n${file('- redact: { columns: AccountName }')}`,
      },
      { path: 'detections/whoami.test.yaml', text: file('table: DeviceProcessEvents\ntests') },
    ];
    for (const { text } of files) expect(text).not.toBe('');
    expect(findingsOn(files)).toEqual([]);
  });
});
