/** All views of the console share one read of what the processes did. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import type { StateDocuments } from '../../src/checkpoints/documents.ts';
import { activityOf, keptActivity } from '../../src/console/activity.ts';
import type { ConsoleContext } from '../../src/console/page.ts';
import { VIEWS } from '../../src/console/pages.ts';
import { ACTIVITY_FOLDER } from '../../src/relay/activity/document.ts';
import { configOf } from '../routes/console-fixture.ts';
import { putActivity, tableRecord } from './activity-document.ts';

const TABS = 20;
const PROCESSES = 7;

async function world({ shares = true } = {}) {
  const clock = new FakeClock(Date.UTC(2026, 10, 27, 12));
  const memory = memoryPorts(clock);
  const seen: string[] = [];
  const state: { list?: StateDocuments['list'] } = {};
  const documents: StateDocuments = {
    ...memory.documents,
    get(name, signal) {
      if (name.startsWith(ACTIVITY_FOLDER)) seen.push('get');
      return memory.documents.get(name, signal);
    },
    list(prefix, signal) {
      if (prefix !== ACTIVITY_FOLDER) return memory.documents.list(prefix, signal);
      seen.push('list');
      return (state.list ?? memory.documents.list)(prefix, signal);
    },
  };
  for (let n = 0; n < PROCESSES; n += 1) {
    await putActivity(memory.documents, clock.now(), {
      host: `relay-${n}`,
      startedOn: clock.now() - n - 1,
      tables: [tableRecord('DeviceEvents')],
    });
  }
  const activity = keptActivity(clock, { shares });
  const host: ConsoleContext['host'] = {
    version: '1.2.3',
    destinations: () => new Map(),
    rules: () => Promise.reject(new Error('none')),
    secrets: [],
    most: { letters: 1, ms: 1 },
  };
  const context = (signal = new AbortController().signal): ConsoleContext => ({
    config: configOf('').config,
    ports: { ...memory, documents },
    services: { clock, logger: silentLogger, metrics: silentMetrics },
    host,
    activity,
    viewer: { name: 'ada', role: 'viewer' },
    signal,
  });
  return { clock, seen, state, context };
}

/** An account that lists nothing before it is told to. */
function heldList() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const list: StateDocuments['list'] = async function* () {
    await promise;
    yield* [];
  };
  return { list, release: resolve };
}

describe('the activity that views share', () => {
  it('is read once for the views of 20 tabs within an interval, and again in the next one', async () => {
    const { clock, seen, context } = await world();
    const asked = [
      ['now', {}],
      ['tables', {}],
      ['tables/columns', { table: 'DeviceEvents' }],
      ['destinations', {}],
      ['attention', {}],
      ['rules', {}],
    ] as const;
    const tabs = () =>
      Promise.all(
        Array.from({ length: TABS }, () =>
          asked.map(([path, query]) => {
            const view = VIEWS.find((one) => one.path === path);
            if (!view) throw new Error(`no view ${path}`);
            return view.read(query, context());
          }),
        ).flat(),
      );

    await tabs();
    await tabs();
    expect(seen.toSorted()).toEqual([...Array.from({ length: PROCESSES }, () => 'get'), 'list']);
    clock.advance(5_000);
    await tabs();
    expect(seen).toHaveLength(2 * (PROCESSES + 1));
  });

  it('goes on for the others where the view that began the read is aborted', async () => {
    const { seen, state, context } = await world();
    const { list, release } = heldList();
    state.list = list;
    const gone = new AbortController();
    const first = activityOf(context(gone.signal));
    const second = activityOf(context());
    gone.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    release();
    expect((await second).processes).toEqual([]);
    expect(seen).toEqual(['list']);
  });

  it('ends after 15 seconds where the account does not answer, and is then read anew', async () => {
    const { clock, seen, state, context } = await world();
    state.list = heldList().list;
    const waits = [activityOf(context()), activityOf(context())].map((one) =>
      expect(one).rejects.toThrow('no answer within 15 s'),
    );
    clock.advance(15_000);
    await Promise.all(waits);
    delete state.list;
    expect((await activityOf(context())).processes).toHaveLength(PROCESSES);
    expect(seen.filter((what) => what === 'list')).toHaveLength(2);
  });

  it('is read by the request itself on Workers, where it cannot wait for another one', async () => {
    const { state, context } = await world({ shares: false });
    state.list = heldList().list;
    const stuck = new AbortController();
    const first = activityOf(context(stuck.signal));
    delete state.list;
    expect((await activityOf(context())).processes).toHaveLength(PROCESSES);
    stuck.abort(new Error('ended'));
    await expect(first).rejects.toThrow('ended');
  });
});
