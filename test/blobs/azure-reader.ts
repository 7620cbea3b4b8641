import { createBlobAccount } from '../../src/azure/clients.ts';
import { createAzureBlobStore } from '../../src/blobs/azure.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { stateOf } from '../../src/config/sources.ts';

/** A process of its own, with `--expose-gc`, that reads one blob and prints how many bytes of it were held at once at most. */
const [container = '', name = ''] = process.argv.slice(2);
const storage = { connection_string: process.env.CONNECTION_STRING };
const { service, account } = createBlobAccount(
  stateOf(relayConfigSchema.parse({ storage, destinations: {} })),
);
const store = createAzureBlobStore(service, account);
const LOOK_BYTES = 1_048_576;

let bytes = 0;
let held = 0;
let looked = 0;
for await (const chunk of store.read(
  { account, container, name },
  { start: 0, end: Number.MAX_SAFE_INTEGER },
)) {
  bytes += chunk.length;
  if (bytes - looked < LOOK_BYTES) continue;
  looked = bytes;
  // What nobody holds is not counted, whenever the collector would come by itself.
  globalThis.gc?.();
  held = Math.max(held, process.memoryUsage().arrayBuffers);
}
console.log(JSON.stringify({ bytes, held }));
