/** The forms of output that CI systems read: SARIF, JUnit and layers of ATT&CK Navigator. */
import { readFile, writeFile } from 'node:fs/promises';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { checkCommand } from '../../../src/cli/actions/rules/check.ts';
import { coverageCommand } from '../../../src/cli/actions/rules/coverage.ts';
import { lintCommand } from '../../../src/cli/actions/rules/lint.ts';
import { testCommand } from '../../../src/cli/actions/rules/test.ts';
import { junitReport } from '../../../src/diagnostics/junit.ts';
import { sarifLog } from '../../../src/diagnostics/sarif.ts';
import { captured, folderWith, SIGMA_RULE } from './support.ts';

const NEVER = new AbortController().signal;
const BROKEN = 'table: DeviceEvents\ntransform:\n  - renam: { MD5: md5 }\n';

function xml(text: string) {
  expect(XMLValidator.validate(text)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    isArray: (name) => /^(?:testcase|failure)$/.test(name),
  });
  return parser.parse(text).testsuites.testsuite;
}

describe('--format sarif', () => {
  it('has rule, level, message and place of each finding', async () => {
    const transforms = await folderWith({ 'DeviceEvents.yaml': BROKEN });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'sarif' }, out)).toBe(1);
    const log = JSON.parse(out.text());
    expect(log).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'xdr-relay', rules: [{ id: 'unknown-step' }] } },
          columnKind: 'utf16CodeUnits',
          results: [{ ruleId: 'unknown-step', ruleIndex: 0, level: 'error' }],
        },
      ],
    });
    const [{ physicalLocation }] = log.runs[0].results[0].locations;
    const path = transforms.split('/').map(encodeURIComponent).join('/');
    expect(physicalLocation).toEqual({
      artifactLocation: { uri: `file://${path}/DeviceEvents.yaml` },
      region: { startLine: 3, startColumn: 5, endColumn: 10 },
    });
  });

  it('is a log without results where there are no findings, and escapes paths', async () => {
    const transforms = await folderWith({ 'detections/whoami.yml': SIGMA_RULE });
    const out = captured();
    expect(await testCommand({ transforms, format: 'sarif' }, out, NEVER)).toBe(0);
    expect(JSON.parse(out.text()).runs[0].results).toEqual([]);
    const span = { line: 1, column: 1, length: 0 };
    const log = sarifLog(
      [{ severity: 'warning', code: 'no-level', file: 'a b/ü#.yml', span, message: 'm' }],
      '1',
    );
    expect(log).toContain('"uri": "a%20b/%C3%BC%23.yml"');
  });
});

describe('--format junit', () => {
  it('has a case for each test, with what differs', async () => {
    const tests = `tests:
  - { title: 'good & "quiet"', row: { FileName: a.exe }, expect: { alerts: [] } }
  - { title: bad, row: { FileName: a.exe }, expect: { alerts: [Whoami] } }
`;
    const transforms = await folderWith({
      'detections/whoami.yml': SIGMA_RULE,
      'detections/whoami.test.yaml': `table: DeviceProcessEvents\n${tests}`,
    });
    const out = captured();
    expect(await testCommand({ transforms, format: 'junit' }, out, NEVER)).toBe(1);
    const suite = xml(out.text());
    expect(suite).toMatchObject({ '@_name': 'rules test', '@_tests': '2', '@_failures': '1' });
    expect(suite.testcase[0]['@_name']).toBe(
      'good &amp; &quot;quiet&quot;'.replaceAll('&amp;', '&').replaceAll('&quot;', '"'),
    );
    expect(suite.testcase[0].failure).toBeUndefined();
    expect(suite.testcase[1]).toMatchObject({ '@_line': '4', failure: [{ '@_type': 'alerts' }] });
  });

  it('has a case for each file of check and lint; warnings fail only where they fail the command', async () => {
    const transforms = await folderWith({ 'DeviceEvents.yaml': BROKEN, 'detections/whoami.yml': SIGMA_RULE });
    const out = captured();
    expect(await checkCommand({ transforms, format: 'junit' }, out)).toBe(1);
    expect(xml(out.text())).toMatchObject({ '@_tests': '2', '@_failures': '1' });
    const paths = [`${transforms}/detections`];
    for (const [failOn, failures] of [
      ['error', '0'],
      ['warning', '1'],
    ] as const) {
      const lint = captured();
      await lintCommand({ transforms, paths, format: 'junit', failOn }, lint);
      expect(xml(lint.text())).toMatchObject({ '@_tests': '1', '@_failures': failures });
      expect(lint.text()).toContain('no-author');
    }
  });

  it('is XML whatever is in a file', () => {
    const text = 'a\u0000b\u001b[31m\ud800<&>"\n\ufffe';
    const report = junitReport(text, [
      { name: text, file: text, failures: [{ type: text, message: text, text }] },
    ]);
    expect(xml(report)['@_tests']).toBe('1');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML allows none of them
    expect(report).not.toMatch(/[\u0000-\u0008\u001b\ufffe]/);
  });
});

describe('rules coverage', () => {
  const TARGETS = 'targets: [T1033, { technique: T1059, rules: 2 }, T1059.001]\n';

  async function workspace() {
    const folder = await folderWith({
      'rules/detections/a.yml': SIGMA_RULE,
      'rules/detections/b.yml': SIGMA_RULE.replace('Whoami', 'Shell')
        .replace('7d01', '7d02')
        .replace('t1033', 't1059.003'),
      'targets.yaml': TARGETS,
    });
    return { folder, options: { transforms: `${folder}/rules`, format: 'json' } as const };
  }

  it('compares with targets; sub-techniques count for their technique', async () => {
    const { folder, options } = await workspace();
    const out = captured();
    const targets = `${folder}/targets.yaml`;
    expect(await coverageCommand({ ...options, targets }, out)).toBe(0);
    expect(JSON.parse(out.text())).toMatchObject({
      targets: 3,
      gaps: [
        { technique: 'T1059', rules: 2, found: 1 },
        { technique: 'T1059.001', rules: 1, found: 0 },
      ],
    });
    expect(await coverageCommand({ ...options, targets, failOnGaps: true }, captured())).toBe(1);
    await writeFile(targets, 'targets: [T1033, T1059]\n');
    const text = captured();
    expect(await coverageCommand({ ...options, format: 'text', targets, failOnGaps: true }, text)).toBe(0);
    expect(text.text()).toContain('2 targets: all reached');
  });

  it('is Markdown for a comment, with gaps and what a baseline had', async () => {
    const { folder, options } = await workspace();
    await writeFile(
      `${folder}/before.json`,
      JSON.stringify({ running: 3, techniques: { T1033: 1, T1105: 2 } }),
    );
    await writeFile(`${folder}/rules/detections/c.yml`, SIGMA_RULE.replace('windows', '`@x` | y'));
    const out = captured();
    const goals = { targets: `${folder}/targets.yaml`, baseline: `${folder}/before.json` };
    expect(await coverageCommand({ ...options, format: 'markdown', ...goals }, out)).toBe(0);
    expect(out.text()).toMatch(
      /^### rules coverage: 2 of 3 rules run, 2 ATT&CK techniques\n\n3 targets, 2 not reached\./,
    );
    expect(out.text()).toContain('| `T1059` | 1 | 2 |');
    expect(out.text()).toContain('Techniques lost: `T1105`');
    expect(out.text()).toMatch(/\| 1 \| `[\w-]+` \| `/);
  });

  it('writes a layer of ATT&CK Navigator, and reads one as targets', async () => {
    const { folder, options } = await workspace();
    const navigator = `${folder}/layer.json`;
    const first = { ...options, navigator, targets: `${folder}/targets.yaml` };
    await coverageCommand(first, captured());
    const layer = JSON.parse(await readFile(navigator, 'utf8'));
    expect(layer).toMatchObject({
      name: 'xdr-relay',
      versions: { layer: '4.5' },
      domain: 'enterprise-attack',
      gradient: { minValue: 0, maxValue: 1 },
    });
    expect(
      layer.techniques.map(({ techniqueID, score }: { techniqueID: string; score: number }) => [
        techniqueID,
        score,
      ]),
    ).toEqual([
      ['T1033', 1],
      ['T1059', 1],
      ['T1059.001', 0],
      ['T1059.003', 1],
    ]);
    const again = captured();
    expect(await coverageCommand({ ...options, targets: navigator, failOnGaps: true }, again)).toBe(0);
    expect(JSON.parse(again.text())).toMatchObject({ targets: 3, gaps: [] });
  });

  it('compares with a baseline, and fails for a technique that was lost', async () => {
    const { folder, options } = await workspace();
    const before = captured();
    await coverageCommand(options, before);
    const baseline = `${folder}/before.json`;
    await writeFile(baseline, before.text());
    expect(await coverageCommand({ ...options, baseline, failOnGaps: true }, captured())).toBe(0);
    await writeFile(
      `${folder}/rules/detections/b.yml`,
      SIGMA_RULE.replace('7d01', '7d02').replace('t1033', 't1105'),
    );
    const out = captured();
    expect(await coverageCommand({ ...options, format: 'text', baseline, failOnGaps: true }, out)).toBe(1);
    expect(out.text()).toContain('2 -> 2 rules run, 1 technique lost, 1 gained');
  });

  it('refuses targets with mistakes, and gaps of nothing', async () => {
    const { folder, options } = await workspace();
    await writeFile(`${folder}/targets.yaml`, 'targets: [T10]\n');
    const targets = `${folder}/targets.yaml`;
    await expect(coverageCommand({ ...options, targets }, captured())).rejects.toThrow(/targets\.yaml:1/);
    await expect(coverageCommand({ ...options, failOnGaps: true }, captured())).rejects.toThrow(
      '--targets or --baseline',
    );
  });
});
