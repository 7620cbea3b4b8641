/** One Azurite for all test files that a worker runs: each gets an account of its own, and a start of Azurite costs a second of CPU. */
import { type Azurite, startAzurite } from '../../lab/azurite.ts';

/** More than the files that a worker runs. */
const ACCOUNTS = 500;
/** Azurite wants a key in base64 for each account; it is as public as the one of its own account. */
const KEY = Buffer.from('The key of an account of the tests').toString('base64');

let started: Promise<Azurite> | undefined;
let given = 0;

/**
 * Gives an account of the worker's Azurite that no other file uses. Its `stop` does nothing, for Azurite ends with the worker: a test that
 * stops, restarts or kills it starts one of its own.
 */
export async function azuriteAccount(): Promise<Azurite> {
  started ??= startAzurite({ env: { ...process.env, AZURITE_ACCOUNTS: accounts() } });
  const azurite = await started;
  given += 1;
  if (given > ACCOUNTS) throw new Error('There are more test files than accounts: raise ACCOUNTS');
  const account = accountName(given);
  const endpointOf = (endpoint: string) => `${new URL(endpoint).origin}/${account}`;
  const blobEndpoint = endpointOf(azurite.blobEndpoint);
  const queueEndpoint = endpointOf(azurite.queueEndpoint);
  return {
    ...azurite,
    account,
    blobEndpoint,
    queueEndpoint,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${KEY};BlobEndpoint=${blobEndpoint};QueueEndpoint=${queueEndpoint};`,
    stop: async () => {},
  };
}

const accountName = (n: number) => `account${n}`;
const accounts = () => Array.from({ length: ACCOUNTS }, (_, n) => `${accountName(n + 1)}:${KEY}`).join(';');
