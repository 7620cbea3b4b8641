import { createBlobAccount } from '../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { stateOf } from '../../src/config/sources.ts';

/** A process of its own that reads one blob and prints by how many bytes it grew meanwhile. */
const [container = '', name = ''] = process.argv.slice(2);
const storage = { connection_string: process.env.CONNECTION_STRING };
const { service, account } = createBlobAccount(
  stateOf(relayConfigSchema.parse({ storage, destinations: {} })),
);
const store = createAzureBlobStore(service, account);
const ref = { account, container, name };

async function read(end: number, seen: () => void): Promise<number> {
  let bytes = 0;
  for await (const chunk of store.read(ref, { start: 0, end })) {
    bytes += chunk.length;
    seen();
  }
  return bytes;
}

// The first bytes load what the process needs anyway: code, sockets, the heap's young generation.
await read(32 * 1_048_576, () => {});
const before = process.memoryUsage().rss;
let peak = before;
const bytes = await read(Number.MAX_SAFE_INTEGER, () => {
  peak = Math.max(peak, process.memoryUsage.rss());
});
console.log(JSON.stringify({ bytes, growth: peak - before }));
