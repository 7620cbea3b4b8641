/** Several folders of rule files, of which later ones win, and the overrides of rules that lie in another folder. */
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { captured, folderWith, line, RELAY, SIGMA_RULE } from './support.ts';

const OVERRIDES = `overrides:
  - title: Noisy here
    folder: windows
    level: high
`;

async function folders(more: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith({
    'relay.yaml': RELAY.replace('transforms: rules', 'transforms: [sigma/rules, own]'),
    'sigma/rules/windows/whoami.yml': SIGMA_RULE,
    'own/overrides.yml': OVERRIDES,
    'row.json': line('DeviceProcessEvents', { FolderPath: 'C:\\whoami.exe', ProcessCommandLine: 'whoami' }),
    ...more,
  });
  return { folder, config: `${folder}/relay.yaml` };
}

describe('several folders', () => {
  it('rules check names each file by its folder, and says what overrides change', async () => {
    const { folder, config } = await folders();
    const out = captured();
    expect(await checkCommand({ config, format: 'text' }, out)).toBe(0);
    expect(out.text()).toContain(`${folder}/own/overrides.yml:2: Noisy here: changes 1 rule ("Whoami")`);
    expect(out.text()).toMatch(/ {2}level: \w+ -> high/);
    expect(out.text()).toContain(`${folder}/sigma/rules, ${folder}/own: 2 files, no problems`);
  });

  it('mistakes are shown where they are, and paths may name a file of either folder', async () => {
    const { folder, config } = await folders({
      'sigma/rules/linux/bad.yml': SIGMA_RULE.replace('Whoami', 'Bad')
        .replace(/id: .*\n/, '')
        .replace('selection:', 'selektion:'),
    });
    const out = captured();
    expect(await checkCommand({ config, format: 'text' }, out)).toBe(1);
    expect(out.text()).toContain(`${folder}/sigma/rules/linux/bad.yml:`);
    const one = captured();
    expect(await checkCommand({ config, format: 'text', paths: [`${folder}/own`] }, one)).toBe(0);
  });

  it('rules explain names the override', async () => {
    const { folder, config } = await folders();
    const out = captured();
    expect(await explainCommand({ config, row: `${folder}/row.json`, format: 'text' }, out)).toBe(0);
    expect(out.text()).toMatch(/override level: \w+ -> high \(overrides.yml:2, Noisy here\)/);
  });
});
