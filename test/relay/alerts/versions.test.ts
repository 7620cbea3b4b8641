/** Older and newer relays on one state: what a newer one adds is kept, and what an older one lacks is not missed. */
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { guardedDocuments } from '../../../src/checkpoints/guarded.ts';
import { createStateVersion, type VersionStore } from '../../../src/checkpoints/state-version.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';
import { alertsIn, all, batchOf, numbers, total, world } from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;
const RULE = { rule: { id: 'r', title: 'R', grouping: { windowMs: 60 * MINUTE, repeatMs: 10 * MINUTE } } };

/** Objects whose keys are names of documents, columns and kinds. */
const DICTIONARIES: ReadonlySet<string> = new Set(['shards', 'saidEntities', 'refused', 'event']);

/** Rewrites every object of a document: arrays and objects within it, too. */
function rewritten(value: JsonValue, change: (one: JsonObject) => JsonObject, name = ''): JsonValue {
  if (Array.isArray(value)) return value.map((one: JsonValue) => rewritten(one, change));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value as JsonObject).map(
    ([key, one]) =>
      [key, DICTIONARIES.has(key) && key !== 'shards' ? one : rewritten(one, change, key)] as const,
  );
  const next = Object.fromEntries(members);
  return DICTIONARIES.has(name) ? next : change(next);
}

async function rewrite(
  { documents }: Pick<ReturnType<typeof world>, 'documents'>,
  name: string,
  change: (one: JsonObject) => JsonObject,
): Promise<void> {
  const stored = await documents.get(name);
  if (stored) await documents.put(name, rewritten(stored.value, change), stored.etag);
}

const newer = (one: JsonObject): JsonObject => ({ ...one, addedLater: 'kept' });

describe('documents of alerts that a newer relay has written', () => {
  it('are read, and keep what this one does not know: the index, a document of a rule and its groups', async () => {
    const made = world();
    const people = made.consumer();
    await people.destination.send(
      batchOf(numbers(3), () => RULE),
      SIGNAL,
    );
    await made.passes(people, MINUTE);
    const names = await all(made.documents.list('alerts/soc/'));
    for (const name of names) await rewrite(made, name, newer);

    await people.destination.send(
      batchOf(numbers(4, 10), () => RULE),
      SIGNAL,
    );
    await made.passes(people, 12 * MINUTE);
    expect(total(made.heard)).toBe(7);
    expect(alertsIn(made.heard).map(({ phase, count }) => [phase, count])).toEqual([
      ['first', 3],
      ['update', 7],
    ]);
    expect(made.metrics.counter('xdr_relay_alert_documents_damaged_total')).toBe(0);
    const value = async (name: string) => (await made.documents.get(name))?.value;
    expect(await value('alerts/soc/index')).toMatchObject({ addedLater: 'kept' });
    const [rule = ''] = await all(made.documents.list('alerts/soc/rules/'));
    expect(await value(rule)).toMatchObject({
      addedLater: 'kept',
      groups: [{ addedLater: 'kept', count: 7, said: 7, envelope: { addedLater: 'kept' } }],
    });
  });

  it('keep what is added to alerts of Defender that wait, and to messages about the relay', async () => {
    const made = world();
    const people = made.consumer();
    const event = { AlertId: 'da1', Title: 'Ransomware' };
    const row = { table: 'AlertEvidence', evidence: true, event };
    await people.destination.send(
      batchOf([1], () => row),
      SIGNAL,
    );
    const [name = ''] = await all(made.documents.list('alerts/soc/joins/'));
    await rewrite(made, name, newer);
    await people.destination.send(
      batchOf([2], () => row, 'second'),
      SIGNAL,
    );
    expect((await made.documents.get(name))?.value).toMatchObject({
      addedLater: 'kept',
      joins: [{ id: 'da1', addedLater: 'kept', defender: { evidence: 2 } }],
    });
  });

  it('are left alone where the version of the state is newer: nothing is folded, and the rows wait', async () => {
    const made = world();
    const people = made.consumer();
    await people.destination.send(batchOf([1]), SIGNAL);
    const before = JSON.stringify(await stored(made));
    const store: VersionStore = {
      container: 'xdr-relay-state',
      load: async () => ({ text: '{"version":99}', etag: '1' }),
      save: async () => {
        throw new CheckpointError('checkpoint_conflict', 'nothing is written');
      },
    };
    const version = createStateVersion({ store, clock: made.clock });
    const older = made.consumer(guardedDocuments(made.documents, version));
    await expect(older.destination.send(batchOf([2]), SIGNAL)).rejects.toMatchObject({
      code: 'alerts_not_stored',
      cause: { code: 'state_newer' },
    });
    await older.notifier.pass({ ms: MINUTE, aheadMs: 0 }, SIGNAL);
    expect(JSON.stringify(await stored(made))).toBe(before);
    expect(made.heard).toEqual([]);
  });
});

describe('a group that an older relay has written', () => {
  it('goes on without what that one did not note, and its message is as it was then', async () => {
    const made = world();
    const people = made.consumer();
    await people.destination.send(
      batchOf([1], () => RULE),
      SIGNAL,
    );
    const [rule = ''] = await all(made.documents.list('alerts/soc/rules/'));
    await rewrite(made, rule, ({ tables, common, ...one }) => one);
    await people.destination.send(
      batchOf([2], () => RULE),
      SIGNAL,
    );
    await made.passes(people, MINUTE);
    const [message] = alertsIn(made.heard);
    expect(message).toMatchObject({ count: 2, groupedBy: [{ column: 'DeviceName' }] });
    // Of the alerts before, nobody noted it: a query by the later ones would leave some out.
    expect(message).not.toHaveProperty('common');
    expect(message).not.toHaveProperty('tables');
  });
});

async function stored({ documents }: Pick<ReturnType<typeof world>, 'documents'>) {
  return Promise.all((await all(documents.list('alerts/'))).map((name) => documents.get(name)));
}
