/** One Azurite for all test files, started when the first asks for an account of its own: each start costs a second of CPU. */
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type Azurite, startAzurite } from '../../lab/azurite.ts';
import { closeServer, listenOnLoopback } from '../../lab/receivers/loopback.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers each request with an {@link AzuriteAccount} that nobody has had. */
    readonly azuriteAccounts: string;
  }
}

/** An account of the Azurite of all files. */
export type AzuriteAccount = Omit<Azurite, 'stop'>;

/** More than there are files. */
const ACCOUNTS = 1_000;
/** Azurite wants a key in base64 for each account; it is as public as the one of its own account. */
const KEY = Buffer.from('The key of an account of the tests').toString('base64');

const accountName = (n: number) => `account${n}`;

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Azurite> | undefined;
  let given = 0;
  const start = () =>
    startAzurite({
      env: {
        ...process.env,
        AZURITE_ACCOUNTS: Array.from({ length: ACCOUNTS }, (_, n) => `${accountName(n + 1)}:${KEY}`).join(
          ';',
        ),
      },
    });
  const next = async (): Promise<AzuriteAccount> => {
    started ??= start();
    const azurite = await started;
    given += 1;
    if (given > ACCOUNTS) throw new Error('There are more test files than accounts: raise ACCOUNTS');
    return accountOf(azurite, accountName(given));
  };
  const server = createServer((_, reply) => {
    next().then(
      (account) => reply.end(JSON.stringify(account)),
      (error: unknown) => reply.writeHead(500).end(String(error)),
    );
  });
  project.provide('azuriteAccounts', `http://127.0.0.1:${await listenOnLoopback(server)}`);
  return async () => {
    await closeServer(server);
    await (await started)?.stop();
  };
}

function accountOf({ stop: _, ...azurite }: Azurite, account: string): AzuriteAccount {
  const endpointOf = (endpoint: string) => `${new URL(endpoint).origin}/${account}`;
  const blobEndpoint = endpointOf(azurite.blobEndpoint);
  const queueEndpoint = endpointOf(azurite.queueEndpoint);
  return {
    ...azurite,
    account,
    blobEndpoint,
    queueEndpoint,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${KEY};BlobEndpoint=${blobEndpoint};QueueEndpoint=${queueEndpoint};`,
  };
}
