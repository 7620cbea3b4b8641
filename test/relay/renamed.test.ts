/** Destinations that were renamed in relay.yaml, or taken out of it. */
import { describe, expect, it } from 'vitest';
import { Sink } from '../../lab/memory/sink.ts';
import { type FormerNames, withFormerNames } from '../../src/checkpoints/former-names.ts';
import { breakerDocument } from '../../src/delivery/breaker.ts';
import { takeOverDocuments } from '../../src/delivery/former-documents.ts';
import { withFormerLetters } from '../../src/delivery/former-letters.ts';
import { manageDestination } from '../../src/delivery/managed-destination.ts';
import { DestinationRefusedError } from '../../src/destinations/errors.ts';
import { sourceAccount } from '../../src/event-grid/source.ts';
import { sweep } from '../../src/relay/discovery/sweep.ts';
import type { RelayDeps } from '../../src/relay/source/deps.ts';
import { handleMessage } from '../../src/relay/visit/consumer.ts';
import type { Row } from '../../src/shared/event.ts';
import { all } from '../checkpoints/harness.ts';
import { MINUTE, numbers, relay, rows } from './harness.ts';

const never = new AbortController().signal;
const HOUR_MS = 60 * MINUTE;

/** The same relay, started again with other destinations over the same state and queue. */
function restarted(r: ReturnType<typeof relay>, names: readonly string[], former: FormerNames = new Map()) {
  const sinks = new Map(names.map((name) => [name, new Sink(name)]));
  const routes = names.map((to) => ({ to }));
  const deps: RelayDeps = {
    ...r.deps,
    checkpoints: withFormerNames(r.checkpoints, former),
    deadLetters: withFormerLetters(r.deadLetters, former),
    destinations: new Map([...sinks].map(([name, sink]) => [name, manageDestination(sink, r.deps)])),
    rules: () => ({
      version: 'test',
      evaluate: (row: Row) => ({ kind: 'forwarded', event: row.properties, routes }),
    }),
  };
  const account = sourceAccount({ account: r.blobs.account, containerPrefix: 'insights-logs-' });
  const options = {
    sources: [{ account, deps }],
    former,
    concurrency: 1,
    visibilitySeconds: 120,
    dequeueLimit: 5,
  };
  return {
    rowsOf: (name: string) => sinks.get(name)?.rows,
    async pass(ms: number) {
      for (let gone = 0; gone < ms; gone += 30_000) {
        r.clock.advance(30_000);
        for (;;) {
          const messages = await r.queue.receive(32, 120);
          if (messages.length === 0) break;
          for (const message of messages) await handleMessage(deps, options, message, r.stopping);
        }
      }
    },
    sweep() {
      const now = r.clock.now();
      return sweep(deps, { containerPrefix: 'insights-logs-', from: now - 6 * HOUR_MS, to: now }, never);
    },
  };
}

/** `old` takes six rows of thirty and then nothing: it reads by itself, and its own task is on the queue. */
async function oneBehind() {
  const r = relay(['splunk', 'old']);
  let taken = 0;
  r.sink('old').behave = () => {
    if (++taken > 2) throw new DestinationRefusedError('not_authorized', 'wrong token');
  };
  r.append(rows(0, 30));
  await r.notify();
  while ((await r.work()) > 0);
  await r.pass(MINUTE);
  expect((await r.checkpoint())?.destinations.old?.behind).toBeDefined();
  expect(r.sink('old').rows).toEqual(numbers(0, 6));
  return r;
}

async function isQueueEmpty(r: ReturnType<typeof relay>): Promise<boolean> {
  r.clock.advance(24 * HOUR_MS);
  return (await r.queue.receive(32, 120)).length === 0;
}

describe('a destination that was renamed', () => {
  it('goes on where it was: no row is lost, none repeated, and no blob stays in the queue', async () => {
    const r = await oneBehind();
    const again = restarted(r, ['splunk', 'new'], new Map([['old', 'new']]));
    r.append(rows(30, 40));
    await again.pass(2 * HOUR_MS);
    expect([...r.sink('old').rows, ...(again.rowsOf('new') ?? [])]).toEqual(numbers(0, 40));
    expect([...r.sink('splunk').rows, ...(again.rowsOf('splunk') ?? [])]).toEqual(numbers(0, 40));
    expect(Object.keys((await r.checkpoint())?.destinations ?? {}).sort()).toEqual(['new', 'splunk']);
    expect(await again.sweep()).toMatchObject({ queued: 0 });
    expect(await isQueueEmpty(r)).toBe(true);
  });

  it('takes its breaker over', async () => {
    const r = await oneBehind();
    await takeOverDocuments(r.documents, new Map([['old', 'new']]));
    expect(await r.documents.get(breakerDocument('old'))).toBeUndefined();
    expect((await r.documents.get(breakerDocument('new')))?.value).toMatchObject({ code: 'not_authorized' });
  });

  it('has the dead letters of its old name', async () => {
    const r = relay(['old']);
    const letter = {
      destination: 'old',
      reason: 'rows_refused',
      message: 'no',
      source: { blob: 'c/a.json', offset: 3 },
      length: 2,
      row: Buffer.from('{}'),
    };
    await r.deadLetters.put(letter);
    const letters = withFormerLetters(r.deadLetters, new Map([['old', 'new']]));
    const listed = await all(letters.list({ destination: 'new' }));
    expect(listed).toMatchObject([{ destination: 'new', name: expect.stringMatching(/^old\//) }]);
    expect(await all(letters.list())).toMatchObject([{ destination: 'new' }]);
    const name = listed[0]?.name ?? '';
    expect((await letters.get(name))?.letter.destination).toBe('new');
    // Refused again: one letter, not two.
    await letters.put({ ...letter, destination: 'new' });
    const after = await all(letters.list({ destination: 'new' }));
    expect(after.map((one) => one.name)).toEqual([expect.stringMatching(/^new\//)]);
  });
});

describe('a destination that was taken out of relay.yaml', () => {
  it('leaves no task behind that comes back, and the sweep queues no blob for it', async () => {
    const r = await oneBehind();
    const again = restarted(r, ['splunk']);
    await again.pass(3 * HOUR_MS);
    expect(r.sink('splunk').rows).toEqual(numbers(0, 30));
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      expect(await again.sweep()).toMatchObject({ listed: 1, queued: 0 });
      await again.pass(10 * MINUTE);
    }
    expect(await isQueueEmpty(r)).toBe(true);
  });

  it('goes on where it was when it is put back', async () => {
    const r = await oneBehind();
    await restarted(r, ['splunk']).pass(3 * HOUR_MS);
    const back = restarted(r, ['splunk', 'old']);
    expect(await back.sweep()).toMatchObject({ queued: 1 });
    await back.pass(10 * MINUTE);
    expect([...r.sink('old').rows, ...(back.rowsOf('old') ?? [])]).toEqual(numbers(0, 30));
    expect(back.rowsOf('splunk')).toEqual([]);
    expect(await isQueueEmpty(r)).toBe(true);
  });
});
