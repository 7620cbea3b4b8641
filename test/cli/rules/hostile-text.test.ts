/** What the author of a rule file writes controls neither a terminal nor a CI runner that shows the output of a command on rules. */
import { describe, expect, it } from 'vitest';
import { explainCommand } from '../../../src/cli/actions/rules/explain.ts';
import { hygieneCommand } from '../../../src/cli/actions/rules/hygiene.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import type { Output } from '../../../src/cli/output.ts';
import { captured, folderWith, line, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;
/** A title in double quotes of YAML: it switches a terminal to red, and begins a line with a command to the runner of GitHub. */
const HOSTILE = String.raw`"T\e[31m\x9b\n::error::taken\r\u202e"`;
const TABLE = `table: DeviceProcessEvents
filter:
  - title: ${HOSTILE}
    detection:
      lab: { DeviceName: lab }
      condition: lab
tests:
  - title: ${HOSTILE}
    row: { FolderPath: 'C:\\whoami.exe', DeviceName: lab }
    expect: { alerts: [${HOSTILE}] }
`;

async function options() {
  const folder = await folderWith({
    'rules/detections/a.yml': SIGMA_RULE.replace('title: Whoami', `title: ${HOSTILE}`).replace(
      "'\\whoami.exe'",
      String.raw`"whoami.exe\e[31m\n::error::taken"`.replace('whoami.exe', '\\\\whoami.exe'),
    ),
    'rules/DeviceProcessEvents.yaml': TABLE,
    'corpus/rows.json': ['lab', 'other']
      .map((DeviceName) =>
        line('DeviceProcessEvents', { FolderPath: 'C:\\whoami.exe\u001b[31m\n::error::taken', DeviceName }),
      )
      .join('\n'),
    'row.json': line('DeviceProcessEvents', {
      FolderPath: 'C:\\whoami.exe\u001b[31m\n::error::taken',
      DeviceName: 'x\u009b\u202e',
    }),
  });
  return { folder, transforms: `${folder}/rules`, inputs: [`${folder}/corpus`] };
}

describe('text of rule files', () => {
  it.each<[string, (given: Awaited<ReturnType<typeof options>>, out: Output) => Promise<number>]>([
    ['rules run', (given, out) => runCommand({ ...given, format: 'text' }, out)],
    [
      'rules run --diff',
      (given, out) => runCommand({ ...given, format: 'text', diff: `${given.folder}/corpus` }, out),
    ],
    ['rules test', (given, out) => testCommand({ ...given, format: 'text' }, out, NEVER)],
    ['rules test for GitHub', (given, out) => testCommand({ ...given, format: 'github' }, out, NEVER)],
    [
      'rules hygiene',
      (given, out) =>
        hygieneCommand({ ...given, format: 'text', failOn: [], experimentalFor: 1, noisy: 1 }, out),
    ],
    [
      'rules explain',
      (given, out) => explainCommand({ ...given, format: 'text', row: `${given.folder}/row.json` }, out),
    ],
  ])('is shown by %s without control characters', async (_, command) => {
    const out = captured();
    await command(await options(), out);
    const shown = `${out.text()}\n${out.notes()}`;
    expect(shown).toContain('::error::taken');
    expect(shown).not.toMatch(/^\s*::error::taken/m);
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  });
});
