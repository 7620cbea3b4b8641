import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Azurite } from '../../../lab/azurite.ts';
import { runCommand } from '../../../src/cli/actions/rules/run.ts';
import { learnCommand } from '../../../src/cli/actions/schema/learn.ts';
import { azuriteAccount } from '../../support/shared-azurite.ts';
import { captured, folderWith, line, PROCESS_TABLE } from './support.ts';

let azurite: Azurite;

beforeAll(async () => {
  azurite = await azuriteAccount();
});
afterAll(() => azurite?.stop());

it('rules run reads a blob of the account in relay.yaml, and no other', async () => {
  vi.stubEnv('RULES_TEST_STORAGE', azurite.connectionString);
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    'insights-logs-advancedhunting-deviceprocessevents',
  );
  await container.create();
  const name = 'tenantId=3adb963c-8e61-48e8-a06d-6dbb0dacea39/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  const rows = `${line('DeviceProcessEvents', { FileName: 'a.exe' })}\r\n${line('DeviceProcessEvents', { InitiatingProcessFileName: 'MsSense.exe' })}\r\n`;
  await blob.appendBlock(rows, rows.length);

  const folder = await folderWith({
    'rules/DeviceProcessEvents.yaml': PROCESS_TABLE,
    'relay.yaml': `storage:
  connection_string: \${RULES_TEST_STORAGE}
transforms: rules
destinations:
  splunk: { type: file, path: '-' }
  soc-slack: { type: file, path: '-' }
default_destinations: [splunk]
`,
  });
  const options = { config: join(folder, 'relay.yaml'), format: 'json' } as const;
  const out = captured();
  expect(
    await runCommand(
      { ...options, inputs: [`${azurite.blobEndpoint}/${container.containerName}/${name}`] },
      out,
    ),
  ).toBe(0);
  expect(JSON.parse(out.text())).toMatchObject({ rows: 2, destinations: { splunk: { events: 1 } } });

  const day = `${azurite.blobEndpoint}/${container.containerName}/${name.replace(/h=07.*/, '')}`;
  const whole = captured();
  expect(await runCommand({ ...options, inputs: [day] }, whole)).toBe(0);
  expect(JSON.parse(whole.text())).toMatchObject({ rows: 2 });
  await expect(runCommand({ ...options, inputs: [day.replace('d=23', 'd=24')] }, captured())).rejects.toThrow(
    'no blob with rows',
  );

  const learnt = captured();
  const address = `${azurite.blobEndpoint}/${container.containerName}/${name}`;
  expect(await learnCommand({ ...options, inputs: [address], write: false }, learnt)).toBe(0);
  expect(JSON.parse(learnt.text())).toMatchObject({ rows: 2, tables: [] });

  const missing = runCommand(
    { ...options, inputs: [`${azurite.blobEndpoint}/${container.containerName}/none.json`] },
    out,
  );
  await expect(missing).rejects.toMatchObject({ code: 'rows_unreadable' });
  const foreign = runCommand(
    { ...options, inputs: ['https://other.blob.core.windows.net/insights-logs-advancedhunting-a/b.json'] },
    out,
  );
  await expect(foreign).rejects.toThrow(/foreign account/);
});
