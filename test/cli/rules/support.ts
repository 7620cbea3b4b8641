import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A temporary folder with these files, removed after the test. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-rules-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

export { captured } from '../captured.ts';

export const PROCESS_TABLE = `table: DeviceProcessEvents
filter:
  - title: The sensor
    detection:
      sensor: { InitiatingProcessFileName: MsSense.exe }
      condition: sensor
transform:
  - remove: [MD5]
  - rename: { DeviceName: host }
routes:
  - to: splunk
  - to: soc-slack
    severity: high
    detection:
      lolbin: { FileName: [certutil.exe, mshta.exe], ProcessCommandLine|contains: http }
      condition: lolbin
`;

export const SIGMA_RULE = `title: Whoami
id: 0b5e9a5c-5f0e-4f9e-8c55-2f3a4b1c7d01
status: test
tags: [attack.discovery, attack.t1033]
logsource: { category: process_creation, product: windows }
detection:
  selection: { Image|endswith: '\\whoami.exe' }
  condition: selection
level: low
`;

export const RELAY = `storage:
  account: contoso
  connection_string: \${STORAGE_THAT_NOBODY_SET}
transforms: rules
destinations:
  splunk: { type: splunk_hec, url: 'https://splunk.example:8088', token: '\${TOKEN_THAT_NOBODY_SET}' }
  soc-slack: { type: slack, webhook_url: '\${SLACK_THAT_NOBODY_SET}' }
default_destinations: [splunk]
alerts:
  - { levels: [low], to: [soc-slack] }
variables:
  HASH_KEY: '\${KEY_THAT_NOBODY_SET}'
`;

/** A row as Defender writes it. */
export function line(table: string, properties: object): string {
  return JSON.stringify({
    time: '2026-11-23T07:05:00.0000000Z',
    tenantId: '3adb963c-8e61-48e8-a06d-6dbb0dacea39',
    category: `AdvancedHunting-${table}`,
    properties,
  });
}
