import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { exceptionsCommand } from '../../../src/cli/actions/rules/exceptions.ts';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { captured, folderWith, line, SIGMA_RULE } from './support.ts';

const DAY = 86_400_000;

function exceptions(expires: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(expires).map(
    ([title, end]) =>
      `  - title: ${title}\n    rules: Whoami\n    owner: soc\n    detection: { host: { DeviceName: ws-1 }, condition: host }\n${end === undefined ? '' : `    expires: ${end}\n`}`,
  );
  return `exceptions:\n${entries.join('')}`;
}

const later = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

describe('rules exceptions', () => {
  it('lists exceptions with their ends, the first end in front', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE,
      'exceptions/known.yml': exceptions({ Endless: undefined, Later: later(100), Soon: later(9) }),
    });
    const out = captured();
    expect(await exceptionsCommand({ transforms, format: 'text' }, out)).toBe(0);
    const lines = out.text().split('\n');
    expect(lines.map((one) => /Soon|Later|Endless|narrows/.exec(one)?.[0])).toEqual([
      'narrows',
      'Soon',
      'Later',
      'Endless',
    ]);
    expect(lines[1]).toMatch(/in 9 days +Soon +1 rule +soc +.*exceptions\/known.yml:\d+$/);
    expect(lines[3]).toContain('no end');
    const json = captured();
    expect(await exceptionsCommand({ transforms, format: 'json' }, json)).toBe(0);
    expect(JSON.parse(json.text())).toMatchObject([
      {
        title: 'Soon',
        state: 'ends-soon',
        owner: 'soc',
        rules: ['Whoami'],
        expires: `${later(9)}T00:00:00.000Z`,
      },
      { title: 'Later', state: 'in-force' },
      { title: 'Endless', state: 'in-force' },
    ]);
  });

  it('exits with 1 if one has expired; check only warns of it', async () => {
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE,
      'exceptions/known.yml': exceptions({ Old: '2020-01-01' }),
    });
    const out = captured();
    expect(await exceptionsCommand({ transforms, format: 'text' }, out)).toBe(1);
    expect(out.text()).toMatch(/expired +Old/);
    const check = captured();
    expect(await checkCommand({ transforms, format: 'text' }, check)).toBe(0);
    expect(check.text()).toContain('[expired-exception]');
  });

  it('says so where there are none, and exits with 1 for rules with errors', async () => {
    const transforms = await folderWith({ 'detections/whoami.yml': SIGMA_RULE });
    const out = captured();
    expect(await exceptionsCommand({ transforms, format: 'text' }, out)).toBe(0);
    expect(out.text()).toMatch(/no exceptions$/);
    const broken = await folderWith({ 'exceptions/known.yml': exceptions({ Known: undefined }) });
    const told = captured();
    expect(await exceptionsCommand({ transforms: broken, format: 'text' }, told)).toBe(1);
    expect(told.text()).toContain('unknown-rule');
  });

  it('rules explain shows what suppresses an alert', async () => {
    const folder = await folderWith({
      'rules/detections/whoami.yml': SIGMA_RULE,
      'rules/exceptions/known.yml': exceptions({ Known: later(100) }),
      'row.json': line('DeviceProcessEvents', {
        FolderPath: 'C:\\whoami.exe',
        FileName: 'whoami.exe',
        ProcessCommandLine: 'whoami',
        DeviceName: 'ws-1',
      }),
    });
    const out = captured();
    const options = { transforms: `${folder}/rules`, row: `${folder}/row.json`, format: 'text' } as const;
    expect(await explainCommand(options, out)).toBe(0);
    expect(out.text()).toContain(`exception Known suppresses the alert until ${later(100)}`);
    expect(out.text()).toContain(', suppressed');
  });
});
