import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClockedAzurite, startClockedAzurite } from '../../../lab/clock/azurite-clock.ts';
import { createBlobAccount } from '../../../src/azure/clients.ts';
import { createAzureStateDocuments } from '../../../src/checkpoints/documents-azure.ts';
import { relayConfigSchema } from '../../../src/config/schema.ts';
import { stateOf } from '../../../src/config/sources.ts';
import { ruleShard } from '../../../src/relay/alerts/names.ts';
import { consumers, registerAlertTests } from './register-alert-tests.ts';
import { batchOf, numbers } from './world.ts';

let azurite: ClockedAzurite;
beforeAll(async () => {
  azurite = await startClockedAzurite();
});
afterAll(() => azurite?.stop());

const CONTAINER = 'xdr-relay-state';
const SIGNAL = new AbortController().signal;

function account() {
  const storage = { connection_string: azurite.connectionString };
  return createBlobAccount(stateOf(relayConfigSchema.parse({ storage, destinations: {} }))).service;
}

registerAlertTests('Azure', async () => {
  const service = account();
  return [createAzureStateDocuments(service, CONTAINER), createAzureStateDocuments(service, CONTAINER)];
});

describe('Azure: documents of alerts that something else has written', () => {
  it.each([
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['nothing', () => ''],
    ['more than a document may have', (text: string) => `${text}${' '.repeat(1_100_000)}`],
  ])('are kept and told of where %s is left', async (what, damaged) => {
    const service = account();
    const documents = createAzureStateDocuments(service, CONTAINER);
    const destination = `damaged-${what.length}`;
    const { heard, made } = consumers(destination, [documents]);
    const [people] = made;
    await people?.destination.send(batchOf(numbers(7)), SIGNAL);
    const name = `alerts/${destination}/${ruleShard('rule-1')}`;
    const container = service.getContainerClient(CONTAINER);
    const text = damaged(JSON.stringify((await documents.get(name))?.value));
    await container.getBlockBlobClient(`documents/${name}.json`).upload(text, text.length);
    await people?.notifier.pass({ ms: 9_000, aheadMs: 1_000 }, SIGNAL);
    await people?.destination.send(batchOf([100], undefined, 'second'), SIGNAL);
    await people?.notifier.pass({ ms: 9_000, aheadMs: 1_000 }, SIGNAL);
    const said = heard.flatMap(({ messages }) => messages);
    expect(said).toMatchObject([
      { kind: 'operational', title: '7 alerts of the rule "A rule" may not have been told' },
      { kind: 'alert', count: 1 },
    ]);
    const kept = container.getBlockBlobClient(
      `documents/alerts-damaged/${destination}/${ruleShard('rule-1')}.json`,
    );
    expect((await kept.downloadToBuffer()).toString()).toBe(text);
  });
});
