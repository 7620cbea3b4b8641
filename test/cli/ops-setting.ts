import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Azurite } from '../../lab/azurite.ts';
import type { AzurePorts } from '../../src/hosts/azure-ports.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { appendTo, storageOf } from '../support/storage-account.ts';
import { type Ran, run } from './run.ts';

/** An account in Azurite, a relay.yaml with two file destinations and a webhook, and the command line. */
export interface Setting {
  readonly folder: string;
  /** relay.yaml. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly azurite: Azurite;
  readonly ports: AzurePorts;
  /** What the webhook received, and how it answers. */
  readonly hook: { status: number; readonly bodies: string[] };
  run(...args: string[]): Promise<Ran>;
  /** Appends rows to the blob of an hour. */
  append(hour: Date, text: string, container?: string): Promise<void>;
  stop(): Promise<void>;
}

/** @param own the storage account, which ends with the setting; by default one in the Azurite of all tests. */
export async function startSetting(own?: Azurite): Promise<Setting> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-ops-'));
  const azurite = own ?? (await azuriteAccount());
  const hook = { status: 200, bodies: [] as string[] };
  const server = await startHook(hook);
  const { port } = server.address() as AddressInfo;
  await mkdir(join(folder, 'transforms'));
  const file = join(folder, 'relay.yaml');
  await writeFile(
    file,
    `
storage: { connection_string: "\${CONNECTION}" }
destinations:
  archive: { type: file, path: ${JSON.stringify(join(folder, 'archive.jsonl'))} }
  copy: { type: file, path: ${JSON.stringify(join(folder, 'copy.jsonl'))} }
  hook: { type: webhook, url: "http://127.0.0.1:${port}/", allow_networks: [127.0.0.0/8] }
default_destinations: [archive, copy, hook]
delivery: { retry_for: 1s, retry_min: 10ms, retry_max: 50ms }
`,
  );
  const env = { CONNECTION: azurite.connectionString };
  const { ports } = await storageOf(file, env);
  return {
    folder,
    config: file,
    env,
    azurite,
    ports,
    hook,
    run: (...args) => run(args, { cwd: folder, env }),
    append: (hour, text, container) => appendTo(azurite.connectionString, hour, text, container),
    async stop() {
      server.close();
      await azurite.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startHook(hook: { status: number; readonly bodies: string[] }): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (hook.status < 300) hook.bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(hook.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
