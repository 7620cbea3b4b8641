import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { lintCommand } from '../../../src/cli/actions/rules/lint.ts';
import { captured, folderWith, SIGMA_RULE } from './support.ts';

const WILD = SIGMA_RULE.replace("Image|endswith: '\\whoami.exe'", "Image: '*\\whoami.exe' ").replace(
  'level: low',
  'level: low # ours',
);

describe('rules lint', () => {
  it('shows line and caret, and exits with 0 for warnings unless they shall fail', async () => {
    const transforms = await folderWith({ 'detections/whoami.yml': WILD });
    const out = captured();
    const options = { transforms, format: 'text', profile: 'own' } as const;
    expect(await lintCommand({ ...options, failOn: 'error' }, out)).toBe(0);
    expect(out.text()).toContain(
      `whoami.yml:7:16: warning: the wildcards say what "|endswith" says [wildcards-for-modifier]`,
    );
    expect(out.text()).toMatch(/\n {4}\| +\^{5}\n/);
    expect(out.text()).toMatch(/--fix mends 1 of them$/);
    expect(await lintCommand({ ...options, failOn: 'warning' }, captured())).toBe(1);
  });

  it('exits with 1 for errors, and shows them to GitHub', async () => {
    const text = SIGMA_RULE.replace("endswith: '\\whoami.exe'", "contains: ''");
    const transforms = await folderWith({ 'detections/whoami.yml': text });
    const out = captured();
    expect(await lintCommand({ transforms, format: 'github', failOn: 'error' }, out)).toBe(1);
    expect(out.text()).toContain('::error file=');
    expect(out.text()).toContain('title=matches-everything::');
  });

  it('mends with --fix, and only the named files', async () => {
    const transforms = await folderWith({ 'detections/a.yml': WILD, 'detections/b.yml': WILD });
    const paths = [`${transforms}/detections/a.yml`];
    const out = captured();
    const options = { transforms, paths, format: 'text', failOn: 'error', fix: true } as const;
    expect(await lintCommand(options, out)).toBe(0);
    expect(out.text()).toContain('1 file mended');
    expect(await readFile(`${transforms}/detections/a.yml`, 'utf8')).toBe(
      WILD.replace("Image: '*\\whoami.exe'", "Image|endswith: '\\whoami.exe'"),
    );
    expect(await readFile(`${transforms}/detections/b.yml`, 'utf8')).toBe(WILD);
  });

  it('reads a profile file, and refuses one with mistakes', async () => {
    const folder = await folderWith({ 'rules/detections/whoami.yml': SIGMA_RULE });
    const profile = `${folder}/lint.yaml`;
    await writeFile(profile, 'rules: { no-author: error }\n');
    const options = { transforms: `${folder}/rules`, profile, format: 'json', failOn: 'error' } as const;
    const out = captured();
    expect(await lintCommand(options, out)).toBe(1);
    const found: { code: string; severity: string }[] = JSON.parse(out.text());
    expect(found.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      'no-author',
    ]);
    await writeFile(profile, 'rules: { no-auther: error }\n');
    await expect(lintCommand(options, captured())).rejects.toMatchObject({ code: 'file_unreadable' });
    await expect(lintCommand({ ...options, profile: 'sigmahk' }, captured())).rejects.toThrow(/own, sigmahq/);
  });

  it('takes a folder of Sigma rules alone for SigmaHQ’s', async () => {
    const folder = await folderWith({ 'windows/whoami.yml': SIGMA_RULE });
    const out = captured();
    const options = {
      transforms: `${folder}/none`,
      paths: [folder],
      format: 'json',
      failOn: 'error',
    } as const;
    expect(await lintCommand(options, out)).toBe(0);
    expect(out.text()).toContain('no-references');
  });
});
