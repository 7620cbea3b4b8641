/** A storage account with what the relay keeps in it, and what tests put there: rows of Defender, and dead letters. */
import { BlobServiceClient } from '@azure/storage-blob';
import type { DeadLetter } from '../../src/delivery/dead-letters.ts';
import { type AzurePorts, azurePorts } from '../../src/hosts/azure-ports.ts';
import { loadConfigFile } from '../../src/hosts/node/config-file.ts';
import { nodeCredentials } from '../../src/hosts/node/credential.ts';
import { row } from '../relay/harness.ts';

export const CONTAINER = 'insights-logs-advancedhunting-deviceevents';
const LETTER_BLOB = `${CONTAINER}/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json`;

type Loaded = Awaited<ReturnType<typeof loadConfigFile>>;

/** Loads relay.yaml, and makes its containers and its queue. Throws what these throw. */
export async function storageOf(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly config: Loaded['config']; readonly ports: AzurePorts }> {
  const { config } = await loadConfigFile(file, { env });
  const ports = azurePorts(config, nodeCredentials);
  await Promise.all([ports.documents.ensure(), ports.queue.ensure(), ports.deadLetters.ensure()]);
  return { config, ports };
}

/** A dead letter of Splunk's: the n-th row of a blob, with these columns. */
export function letter(
  n: number,
  columns: Readonly<Record<string, unknown>> = {},
  more: Partial<DeadLetter> = {},
): DeadLetter {
  const text = row(n, columns);
  return {
    destination: 'splunk',
    reason: 'hec_6',
    message: 'Splunk answered 400: Invalid data format (code 6)',
    source: { blob: LETTER_BLOB, offset: n * 1000 },
    length: text.length,
    row: Buffer.from(text),
    payload: JSON.stringify({ event: { n, ...columns } }),
    id: `id-${n}`,
    table: 'DeviceEvents',
    ...more,
  };
}

/** Appends text to the blob of an hour. */
export async function appendTo(
  connectionString: string,
  hour: Date,
  text: string,
  container = CONTAINER,
): Promise<void> {
  const client = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);
  await client.createIfNotExists();
  const [year, month, day, h] = hour.toISOString().split(/[-T:]/);
  const blob = client.getAppendBlobClient(`tenantId=t/y=${year}/m=${month}/d=${day}/h=${h}/m=00/PT1H.json`);
  await blob.createIfNotExists();
  await blob.appendBlock(text, Buffer.byteLength(text));
}
