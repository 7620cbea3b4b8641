/** The version of the state: marked, read where it is older, refused where it is newer, and raised beside a relay that is older. */
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { CheckpointError } from '../../src/checkpoints/errors.ts';
import { guardedDocuments } from '../../src/checkpoints/guarded.ts';
import {
  createStateVersion,
  LOOK_EVERY_MS,
  RAISE_WAIT_MS,
  STATE_VERSION,
  type StateVersionOptions,
  VERSION_BLOB,
  type VersionStore,
} from '../../src/checkpoints/state-version.ts';
import { parseConfig } from '../../src/config/load.ts';
import { type AzurePorts, azurePorts } from '../../src/hosts/azure-ports.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';
import { all, checkpoint } from './harness.ts';

/** A store in memory that counts its requests. */
function memoryStore(text?: string) {
  const stored = { text, etag: 0, loads: 0 };
  const store: VersionStore = {
    container: 'xdr-relay-state',
    async load() {
      stored.loads += 1;
      return stored.text === undefined ? undefined : { text: stored.text, etag: String(stored.etag) };
    },
    async save(next, etag) {
      const current = stored.text === undefined ? undefined : String(stored.etag);
      if (etag !== current) throw new CheckpointError('checkpoint_conflict', 'Somebody else wrote');
      stored.text = next;
      stored.etag += 1;
    },
  };
  return { store, stored };
}

describe('the version of the state', () => {
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock();
  });
  const relay = (store: VersionStore, options: Partial<StateVersionOptions> = {}) =>
    createStateVersion({ store, clock, ...options });
  const refusal = { name: 'CheckpointError', code: 'state_newer' };

  it('marks a new state, and waits for nobody', async () => {
    const { store, stored } = memoryStore();
    await relay(store).mark();
    expect(JSON.parse(stored.text ?? '')).toEqual({ version: STATE_VERSION });
    expect(clock.sleeps).toEqual([]);
  });

  it('marks a new state once, whoever begins first', async () => {
    const { store, stored } = memoryStore();
    await Promise.all([relay(store).mark(), relay(store).mark(), relay(store).mark()]);
    expect(stored.etag).toBe(1);
  });

  it('lets one look do for all that begin meanwhile, and for a minute', async () => {
    const { store, stored } = memoryStore('{"version":1}');
    const version = relay(store);
    await Promise.all([version.mayRead(), version.mayWrite(), version.mayRead()]);
    clock.advance(LOOK_EVERY_MS - 1);
    await version.mayRead();
    expect(stored.loads).toBe(1);
    clock.advance(1);
    await version.mayWrite();
    expect(stored.loads).toBe(2);
  });

  it('marks by the look of just before, and looks again where somebody wrote since, or after ten seconds', async () => {
    const { store, stored } = memoryStore('{"version":1}');
    const version = relay(store);
    await version.mayRead();
    await version.mark();
    expect(stored.loads).toBe(1);
    clock.advance(10_000);
    await version.mark();
    expect(stored.loads).toBe(2);

    const empty = memoryStore();
    const late = relay(empty.store);
    await late.mayRead();
    await relay(empty.store).mark();
    await late.mark();
    expect(empty.stored).toMatchObject({ etag: 1, loads: 3 });
  });

  it('refuses a newer state, and says which versions there are', async () => {
    const { store, stored } = memoryStore('{"version":3,"and":"more"}');
    const told: string[] = [];
    const version = relay(store, { onNewer: ({ code }) => told.push(code) });
    for (const step of [version.mayRead, version.mayWrite, version.mark]) {
      await expect(step()).rejects.toMatchObject({
        ...refusal,
        message: expect.stringMatching(
          /^The state in xdr-relay-state is of version 3, and .* up to version 1:/,
        ),
      });
    }
    expect(told.length).toBe(3);
    expect(stored).toMatchObject({ text: '{"version":3,"and":"more"}', etag: 0 });
  });

  it('refuses it within a minute where it was raised meanwhile', async () => {
    const { store, stored } = memoryStore('{"version":1}');
    const version = relay(store);
    await version.mayWrite();
    stored.text = '{"version":2}';
    clock.advance(LOOK_EVERY_MS);
    await expect(version.mayWrite()).rejects.toMatchObject(refusal);
    await expect(version.mayRead()).rejects.toMatchObject(refusal);
  });

  it.each(['', 'hello', '{}', '{"version":0}', '{"version":"2"}', '[]'])(
    'lets nobody write where the blob is damaged: %j',
    async (text) => {
      const version = relay(memoryStore(text).store);
      for (const step of [version.mayRead, version.mayWrite, version.mark]) {
        await expect(step()).rejects.toMatchObject({ code: 'checkpoint_unreadable' });
      }
    },
  );

  it('is looked at again after a failure', async () => {
    const { store } = memoryStore('{"version":1}');
    let down = true;
    const load = async () => {
      if (down) throw new CheckpointError('storage_unavailable', 'down');
      return store.load();
    };
    const version = relay({ ...store, load });
    await expect(version.mayWrite()).rejects.toMatchObject({ code: 'storage_unavailable' });
    down = false;
    await version.mayWrite();
  });

  it('reads an older state without raising it, and raises it before it writes', async () => {
    const { store, stored } = memoryStore('{"version":1}');
    const passing = new FakeClock(1_000, { sleepPasses: true });
    const newer = relay(store, { version: 2, clock: passing });
    await newer.mayRead();
    expect(stored.text).toBe('{"version":1}');
    await newer.mayWrite();
    expect(JSON.parse(stored.text ?? '')).toEqual({ version: 2, raisedOn: 1_000 });
    expect(passing.sleeps).toEqual([RAISE_WAIT_MS]);
    await newer.mayWrite();
    expect(passing.sleeps).toHaveLength(1);
  });

  it('takes a state without the blob for version 1', async () => {
    const { store, stored } = memoryStore();
    const newer = relay(store, { version: 2 });
    await newer.mayRead();
    expect(stored.text).toBeUndefined();
    await newer.mayWrite();
    expect(JSON.parse(stored.text ?? '')).toEqual({ version: 2 });
  });

  it('lets others of the new version wait as long, but for no clock longer than that', async () => {
    const passing = new FakeClock(1_000_000, { sleepPasses: true });
    const raised = (raisedOn: number) => memoryStore(JSON.stringify({ version: 2, raisedOn })).store;
    await relay(raised(1_000_000 - 30_000), { version: 2, clock: passing }).mark();
    await relay(raised(0), { version: 2, clock: passing }).mark();
    await relay(raised(9_000_000_000), { version: 2, clock: passing }).mark();
    expect(passing.sleeps).toEqual([RAISE_WAIT_MS - 30_000, RAISE_WAIT_MS]);
  });

  it('never lets an older relay write after a newer one has begun to', async () => {
    const { store } = memoryStore('{"version":1}');
    const documents = createMemoryStateDocuments();
    const older = guardedDocuments(documents, relay(store));
    const newer = guardedDocuments(documents, relay(store, { version: 2 }));
    let etag = await older.put('shared', { by: 1 }, undefined);
    const writes: number[] = [1];
    const taking = newer.put('shared', { by: 2 }, 'any').catch(() => undefined);
    let ended = false;
    for (let step = 0; step < RAISE_WAIT_MS / 1_000 + 60; step++) {
      await new Promise(setImmediate);
      try {
        etag = await older.put('shared', { by: 1, step }, etag);
        writes.push(1);
        expect(ended, 'an older relay still wrote').toBe(false);
      } catch (error) {
        expect(error).toMatchObject(refusal);
        if (!ended && step * 1_000 >= RAISE_WAIT_MS) {
          await taking;
          ended = true;
        }
      }
      clock.advance(1_000);
    }
    expect(ended).toBe(true);
    expect(writes.length).toBeGreaterThan(30);
    expect(writes.length).toBeLessThanOrEqual(LOOK_EVERY_MS / 1_000 + 2);
    const stored = await newer.get('shared');
    await newer.put('shared', { by: 2 }, stored?.etag);
    await expect(older.get('shared')).rejects.toMatchObject(refusal);
  });
});

describe('the state in Azure', () => {
  let azurite: Azurite;
  let state: ContainerClient;
  beforeAll(async () => {
    azurite = await azuriteAccount();
    state = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      'xdr-relay-state',
    );
  });
  afterAll(() => azurite?.stop());

  function ports(): AzurePorts {
    const yaml = `
storage: { connection_string: "\${CONNECTION}" }
destinations: { archive: { type: file, path: "-" } }
default_destinations: [archive]
`;
    const { config, diagnostics } = parseConfig(yaml, 'relay.yaml', { CONNECTION: azurite.connectionString });
    if (!config) throw new Error(JSON.stringify(diagnostics));
    return azurePorts(config, () => undefined);
  }

  const ref = () => ({ account: azurite.account, container: 'insights-logs-a', name: 'PT1H.json' });
  /** Every blob of the account with its ETag. */
  async function everything(): Promise<readonly string[]> {
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const found: string[] = [];
    for await (const { name: container } of service.listContainers()) {
      for await (const blob of service.getContainerClient(container).listBlobsFlat()) {
        found.push(`${container}/${blob.name} ${blob.properties.etag} ${blob.properties.leaseState}`);
      }
    }
    return found;
  }
  const mark = (text: string) => state.getBlockBlobClient(VERSION_BLOB).upload(text, text.length);

  it('is marked at the start, and is read as it was stored before there was a version', async () => {
    const [source] = ports().sources;
    await state.create();
    await source?.checkpoints.save(ref(), checkpoint({ length: 7 }), undefined);
    expect((await everything()).join('\n')).not.toContain(VERSION_BLOB);
    const next = ports();
    await next.documents.ensure();
    expect(JSON.parse((await state.getBlobClient(VERSION_BLOB).downloadToBuffer()).toString())).toEqual({
      version: STATE_VERSION,
    });
    expect((await next.sources[0]?.checkpoints.load(ref()))?.checkpoint.length).toBe(7);
  });

  it('that a newer relay has written is refused by every port, and not one byte of it changes', async () => {
    await mark(JSON.stringify({ version: STATE_VERSION + 1 }));
    const before = await everything();
    const { sources, documents, sharedClaims, deadLetters, stateVersion } = ports();
    const checkpoints = sources[0]?.checkpoints;
    if (!checkpoints) throw new Error('no source');
    const letter = {
      destination: 'archive',
      reason: 'too_large',
      message: 'x',
      source: { blob: 'insights-logs-a/PT1H.json', offset: 0 },
      length: 1,
      row: Buffer.from('x'),
    };
    const steps: readonly (() => Promise<unknown>)[] = [
      () => stateVersion.mark(),
      () => documents.ensure(),
      () => documents.get('sweep'),
      () => documents.put('sweep', {}, undefined),
      () => documents.copy('sweep', 'kept', '"1"'),
      () => documents.remove('sweep'),
      () => all(documents.list('')),
      () => checkpoints.ensure(),
      () => checkpoints.load(ref()),
      () => checkpoints.look(ref()),
      () => checkpoints.save(ref(), checkpoint({}), undefined),
      () => checkpoints.claim(ref()),
      () => checkpoints.remove(ref()),
      () => all(checkpoints.list('insights-logs-a', '')),
      () => all(checkpoints.listClaims('insights-logs-a', '')),
      () => sharedClaims.claim(ref()),
      () => deadLetters.ensure(),
      () => deadLetters.put(letter),
      () => deadLetters.get('archive/2026/11/26/x.json'),
      () => deadLetters.remove('archive/2026/11/26/x.json', 'x'),
      () => all(deadLetters.list()),
    ];
    for (const step of steps) await expect(step()).rejects.toMatchObject({ code: 'state_newer' });
    expect(await everything()).toEqual(before);
  });

  it('is guarded in all of its ports: none has a method that this test does not know', () => {
    const { sources, documents, deadLetters } = ports();
    const names = (port: object | undefined) => Object.keys(port ?? {}).toSorted();
    expect(names(documents)).toEqual(['copy', 'ensure', 'get', 'list', 'put', 'remove']);
    expect(names(deadLetters)).toEqual(['ensure', 'get', 'list', 'put', 'remove']);
    expect(names(sources[0]?.checkpoints)).toEqual([
      'claim',
      'ensure',
      'list',
      'listClaims',
      'load',
      'look',
      'remove',
      'save',
    ]);
  });
});
