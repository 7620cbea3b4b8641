import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDrop } from '../../src/cli/actions/poison/drop.ts';
import { runList } from '../../src/cli/actions/poison/list.ts';
import { runRequeue } from '../../src/cli/actions/poison/requeue.ts';
import { runShow } from '../../src/cli/actions/poison/show.ts';
import { poisonBody } from '../../src/queue/poison.ts';
import { encodeTask, type Task } from '../../src/queue/task.ts';
import { captured } from './captured.ts';
import { type Setting, startSetting } from './ops-setting.ts';

const signal = new AbortController().signal;
const CONTAINER = 'insights-logs-advancedhunting-deviceevents';

let s: Setting;
let config = '';
beforeAll(async () => {
  s = await startSetting();
  config = s.config;
  process.env.CONNECTION = s.env.CONNECTION;
}, 120_000);
afterAll(async () => {
  delete process.env.CONNECTION;
  await s?.stop();
});

function task(n: number, hour: Date): Task {
  const [year, month, day, h] = hour.toISOString().split(/[-T:]/);
  const name = `tenantId=t${n}/y=${year}/m=${month}/d=${day}/h=${h}/m=00/PT1H.json`;
  const account = s.ports.sources[0]?.blobs.account ?? '';
  return { v: 1, id: `task-${n}`, blob: { account, container: CONTAINER, name }, origin: 'sweep' };
}

/** Sends a body, and has a consumer set it aside. */
async function poisoned(body: string): Promise<void> {
  await s.ports.queue.send(body);
  for (const message of await s.ports.queue.receive(32, 30)) await message.poison('Received 11 times');
}

const lines = (text: string) => text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);

describe('xdr-relay poison', () => {
  it('lists, shows, puts back and drops, whatever the number of pages', async () => {
    const old = new Date(Date.UTC(2026, 8, 1, 5));
    for (let n = 0; n < 38; n++) await poisoned(encodeTask(task(n, n < 4 ? old : new Date())));
    await poisoned('nonsense');
    await poisoned(
      poisonBody({ reason: 'x', body: 'x'.repeat(60_000), dequeueCount: 1, insertedOn: '' }).slice(0, 900),
    );

    const few = captured();
    await runList({ config, limit: 2, format: 'table' }, few, signal);
    expect(few.text()).toMatch(/Received 11 times +insights-logs-advancedhunting-deviceevents\/tenantId=t/);
    expect(few.text()).toContain('There are about 40: --limit shows more.');
    const all = captured();
    await runList({ config, limit: 100, format: 'json' }, all, signal);
    const listed = lines(all.text());
    expect(listed).toHaveLength(40);
    const nonsense = listed.find(({ body }) => body === 'nonsense');
    expect(nonsense).toMatchObject({ useless: 'The message is not JSON', blobs: [] });
    const last = listed.find(({ body }) => String(body).includes('task-37'));

    const shown = captured();
    await runShow({ ids: [String(last?.id)], config, format: 'table' }, shown, signal);
    expect(shown.text()).toMatch(/^Task +task-37 \(sweep\)$/m);
    await expect(runShow({ ids: ['no'], config, format: 'table' }, captured(), signal)).rejects.toMatchObject(
      {
        code: 'no_poison_message',
      },
    );

    // The same task is on the queue again, with its id; what nobody can read stays.
    const one = captured();
    expect(
      await runRequeue({ ids: [String(last?.id)], config, limit: undefined, format: 'json' }, one, signal),
    ).toBe(0);
    const [message] = await s.ports.queue.receive(32, 30);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ id: 'task-37' });
    await message?.complete();
    const rest = captured();
    expect(await runRequeue({ ids: [], config, limit: 10, format: 'json' }, rest, signal)).toBe(0);
    expect(await s.ports.queue.depth()).toEqual({ ready: 10, poison: 29 });
    for (const each of await s.ports.queue.receive(32, 30)) await each.poison('again');
    const stays = captured();
    expect(
      await runRequeue(
        { ids: [String(nonsense?.id)], config, limit: undefined, format: 'table' },
        stays,
        signal,
      ),
    ).toBe(1);
    expect(stays.text()).toContain('stays: The message is not JSON');

    const counted = captured();
    await runDrop({ ids: [], config, limit: undefined, yes: false }, counted, signal);
    expect(counted.text()).toMatch(/^39 messages would be removed for good\. --yes does it\.$/m);
    expect(counted.text()).toMatch(/^The sweep still finds 33 blobs of these/m);
    expect(counted.text()).toContain(
      '4 blobs of these ended more than 2d ago, where the sweep does not look: xdr-relay backfill --from 2026-09-01T05:00Z --to 2026-09-01T06:00Z',
    );
    expect(await s.ports.queue.depth()).toEqual({ ready: 0, poison: 39 });
    await runDrop({ ids: [], config, limit: undefined, yes: true }, captured(), signal);
    expect(await s.ports.queue.depth()).toEqual({ ready: 0, poison: 0 });
    const none = captured();
    await runList({ config, limit: 32, format: 'table' }, none, signal);
    expect(none.text()).toBe('The poison queue is empty.');
  }, 120_000);

  it('keeps the identity of an event of Event Grid, whose task has the id of its message', async () => {
    const { blob } = task(50, new Date());
    const event = {
      id: 'e',
      eventType: 'Microsoft.Storage.BlobCreated',
      eventTime: new Date().toISOString(),
      dataVersion: '',
      subject: `/blobServices/default/containers/${blob.container}/blobs/${blob.name}`,
      topic: '/x',
      data: { url: `${s.azurite.blobEndpoint}/${blob.container}/${blob.name}` },
    };
    await s.ports.queue.send(JSON.stringify(event));
    const [first] = await s.ports.queue.receive(1, 30);
    await first?.poison('x');
    await runRequeue({ ids: [], config, limit: undefined, format: 'table' }, captured(), signal);
    const [again] = await s.ports.queue.receive(1, 30);
    expect(JSON.parse(again?.body ?? '')).toMatchObject({ v: 1, id: first?.id, blob });
  }, 120_000);
});
