/** The Worker's cron trigger pulls list feeds into the container of the rules. */
import { expect, it, vi } from 'vitest';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { feedRecords } from '../../src/relay/rule-sets/feed-records.ts';
import { startRelay } from './relay.ts';

it('a feed that is due is asked once for all isolates, and its failure is recorded', async () => {
  const name = `rules-${crypto.randomUUID().slice(0, 8)}`;
  const relay = await startRelay({
    yaml: `transforms_container: ${name}
list_feeds:
  c2: { url: 'http://127.0.0.1:9/c2', format: text, every: 1h, allow_networks: [127.0.0.0/8] }
  by_hand: { url: 'http://127.0.0.1:9/other', format: text, allow_networks: [127.0.0.0/8] }
`,
  });
  try {
    const container = relay.service.getContainerClient(name);
    await container.createIfNotExists();
    const table = 'table: DeviceEvents\n';
    await container.getBlockBlobClient('DeviceEvents.yaml').upload(table, table.length);
    const documents = createAzureStateDocuments(relay.service, relay.stateContainer);
    await relay.scheduled();
    const first = await feedRecords(documents);
    expect([...first]).toMatchObject([['c2', { failures: 1, message: expect.any(String) }]]);
    // Another isolate knows from the state that it is not due.
    Object.assign(relay.env, { ISOLATE: '1' });
    await relay.scheduled();
    expect(await feedRecords(documents)).toEqual(first);
  } finally {
    await relay.close();
  }
});

it('a feed with an interval is warned of where the rules are bundled, since no list of theirs can change', async () => {
  const warned = vi.spyOn(console, 'warn').mockReturnValue();
  const relay = await startRelay({
    variables: { XDR_RELAY_LOG_LEVEL: 'warn' },
    yaml: `list_feeds:
  c2: { url: 'http://127.0.0.1:9/c2', format: text, every: 1h, allow_networks: [127.0.0.0/8] }
  by_hand: { url: 'http://127.0.0.1:9/other', format: text, allow_networks: [127.0.0.0/8] }
`,
  });
  try {
    await relay.scheduled();
    const lines = warned.mock.calls.map((call) => JSON.stringify(call));
    expect(lines.filter((line) => line.includes('No feed of a list is pulled'))).toEqual([
      expect.stringContaining('c2'),
    ]);
  } finally {
    await relay.close();
    warned.mockRestore();
  }
});
