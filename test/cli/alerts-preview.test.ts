import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PreviewOptions, previewAlerts } from '../../src/cli/actions/alerts/preview.ts';
import { captured } from './captured.ts';

const ROW = {
  time: '2026-11-25T21:23:10.0000000Z',
  tenantId: '11111111-2222-3333-4444-555555555555',
  category: 'AdvancedHunting-DeviceProcessEvents',
  properties: {
    Timestamp: '2026-11-25T21:21:45.1120042Z',
    DeviceId: 'd1',
    DeviceName: 'pc-27.contoso.com',
    FileName: 'vssadmin.exe',
    FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
    ProcessCommandLine: 'vssadmin delete shadows /all /quiet',
    ReportId: 77,
  },
};
const RULE = (title: string, level: string, column: string, value: string) => `title: ${title}
id: ${title === 'Shadow copies' ? '1' : '2'}1111111-1111-4111-8111-111111111111
level: ${level}
logsource: { product: windows, category: process_creation }
detection:
  selection: { ${column}: '${value}' }
  condition: selection
`;
const indented = (value: unknown) => JSON.stringify(value, undefined, 2);
// The secrets are not set: a preview must not need them.
const RELAY = `storage: { account: contoso }
destinations:
  siem: { type: file, path: '-' }
  soc-slack: { type: slack, webhook_url: '\${SLACK_WEBHOOK_URL}' }
  soc-teams: { type: teams, webhook_url: '\${TEAMS_WEBHOOK_URL}' }
default_destinations: [siem]
alerts:
  - { levels: [high, low], to: [soc-slack, siem] }
links: { Splunk: 'https://splunk.example/search?q={rule_id}' }
`;

describe('alerts preview', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'preview-'));
    await writeFile(join(folder, 'relay.yaml'), RELAY);
    await writeFile(join(folder, 'rows.jsonl'), `${JSON.stringify(ROW)}\n`);
    await mkdir(join(folder, 'transforms/detections'), { recursive: true });
    await writeFile(
      join(folder, 'transforms/detections/shadow.yml'),
      RULE('Shadow copies', 'high', 'Image|endswith', 'vssadmin.exe'),
    );
    await writeFile(
      join(folder, 'transforms/detections/any.yml'),
      RULE('Quiet flag', 'low', 'CommandLine|contains', '/quiet'),
    );
    await writeFile(
      join(folder, 'transforms/detections/shadow.test.yaml'),
      `table: DeviceProcessEvents
tests:
  - title: shadow copies
    row: { FileName: vssadmin.exe, FolderPath: 'C:\\vssadmin.exe', DeviceName: pc-1 }
    expect: { alerts: [Shadow copies] }
`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function preview(over: Partial<PreviewOptions>) {
    const out = captured();
    const options = {
      input: join(folder, 'rows.jsonl'),
      to: 'soc-slack',
      limit: 20,
      format: 'text' as const,
    };
    const code = await previewAlerts({ config: join(folder, 'relay.yaml'), ...options, ...over }, out);
    return { code, text: out.text(), notes: out.notes() };
  }

  it('shows one message for an event that several rules matched, with the links of relay.yaml', async () => {
    const { code, text, notes } = await preview({});
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    expect(text).toMatch(/^🟠 HIGH {2}Shadow copies\n=+\n/);
    for (const part of [
      'Host  `pc-27.contoso.com`',
      'vssadmin delete shadows /all /quiet',
      '🔵 LOW  Quiet flag',
      'Splunk <https://splunk.example/search?q=11111111-1111-4111-8111-111111111111>',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('shows Block Kit JSON, and what other destinations for people are sent', async () => {
    const slack = JSON.parse((await preview({ format: 'json' })).text);
    expect(slack.blocks[0]).toMatchObject({ type: 'header' });
    const card = JSON.parse((await preview({ to: 'teams', format: 'json' })).text);
    expect(card.attachments[0].content.type).toBe('AdaptiveCard');
    const event = JSON.parse((await preview({ to: 'pagerduty', format: 'json' })).text);
    expect(event).toMatchObject({ event_action: 'trigger' });
  });

  it.each(['slack', 'teams', 'pagerduty'])('renders text for a terminal of what %s is sent', async (to) => {
    const { text } = await preview({ to });
    expect(text).toMatch(/^[^{}\n]*Shadow copies[^{}\n]*\n=+\n\n/);
    for (const part of [
      /pc-27\.contoso\.com/,
      /vssadmin delete shadows \/all \/quiet/,
      /2026-11-25 21:21:45 UTC/,
      /^(?:Open {2})?Device <https:\/\/security\.microsoft\.com\/machines\/v2\/d1/m,
      /Quiet flag/,
      /Splunk <https:\/\/splunk\.example\//,
    ]) {
      expect(text).toMatch(part);
    }
    expect(text).not.toMatch(/[{}]|\*\*|routing/);
  });

  it('names a rule once for a type, however many destinations its alerts go to', async () => {
    const { text } = await preview({ to: 'slack' });
    expect(text.match(/🟠 HIGH/g)).toHaveLength(1);
    expect(text.match(/🔵 LOW/g)).toHaveLength(1);
  });

  it('takes the rows of a rule file’s tests', async () => {
    const { text } = await preview({ input: join(folder, 'transforms/detections/shadow.test.yaml') });
    expect(text).toContain('Host  `pc-1`');
  });

  it('says where an alert goes to others only, and knows the names', async () => {
    const { code, text, notes } = await preview({ to: 'soc-teams' });
    expect({ code, text }).toEqual({ code: 0, text: '' });
    expect(notes).toContain('2 alerts in 1 row, but none for soc-teams');
    for (const to of ['siem', 'nobody']) {
      await expect(preview({ to })).rejects.toMatchObject({
        code: 'unknown_destination',
        message: expect.stringContaining('soc-slack, soc-teams, slack, teams'),
      });
    }
  });

  it.each([
    ['an object', indented(ROW), 1],
    ['an object of an editor on Windows', `\ufeff${indented(ROW)}`.replaceAll('\n', '\r\n'), 1],
    ['what jq prints', `${indented(ROW)}\n${indented(ROW)}\n`, 2],
    ['a list', indented([ROW, ROW, ROW]), 3],
    ['the records of a diagnostic setting', indented({ records: [ROW, ROW] }), 2],
  ])('takes rows that are written over several lines: %s', async (_, text, rows) => {
    const input = join(folder, 'row.json');
    await writeFile(input, text);
    expect((await preview({ input })).text.match(/🟠 HIGH/g)).toHaveLength(rows);
    await writeFile(`${input}.gz`, gzipSync(text));
    expect((await preview({ input: `${input}.gz` })).text.match(/🟠 HIGH/g)).toHaveLength(rows);
  });

  it.each([
    ['no JSON', 'no JSON', '1 not_json, the first one at line 1, column 1: no value of JSON begins here'],
    [
      'a comma too many',
      indented(ROW).replace('77\n', '77,\n'),
      '1 not_json, the first one at line 13, column 3: a comma must not stand before the end',
    ],
    [
      'a single backslash',
      indented([ROW]).replace('C:\\\\', 'Ü:\\'),
      '1 not_json, the first one at line 11, column 24: no escape begins here; two backslashes write one',
    ],
    [
      'the columns alone',
      `\n${indented(ROW.properties)}`,
      '1 no_category, the first one at line 2, column 1: The row has no category',
    ],
  ])('says where a file of which no row can be read is wrong: %s', async (_, text, message) => {
    const input = join(folder, 'none.json');
    for (const [path, bytes] of [
      [input, Buffer.from(text)],
      [`${input}.gz`, gzipSync(text)],
    ] as const) {
      await writeFile(path, bytes);
      await expect(preview({ input: path })).rejects.toMatchObject({
        code: 'rows_unreadable',
        message: `${path}: no row in it can be read: ${message}`,
      });
    }
  });

  it('says which rows it passed over', async () => {
    const input = join(folder, 'half.json');
    await writeFile(input, `${indented(ROW)}\n${indented(ROW)}\n}\n`);
    const { text, notes } = await preview({ input });
    expect(text.match(/🟠 HIGH/g)).toHaveLength(2);
    expect(notes).toContain(
      'Rows that could not be read: 1 not_json, the first one at line 29, column 1: no value of JSON begins here',
    );
  });

  it('stops at its limit, and says so', async () => {
    await writeFile(join(folder, 'many.jsonl'), `${JSON.stringify(ROW)}\n`.repeat(3));
    const { text, notes } = await preview({ input: join(folder, 'many.jsonl'), limit: 2 });
    expect(text.match(/🟠 HIGH/g)).toHaveLength(2);
    expect(notes).toContain('more than 2 messages');
  });
});
