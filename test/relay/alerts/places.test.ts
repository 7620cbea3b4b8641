/** Channels of one Slack destination: alerts decide on them, and one that takes nothing keeps no other waiting. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultHook } from '../../../lab/receivers/server.ts';
import { startSlackReceiver } from '../../../lab/receivers/slack.ts';
import { silentLogger } from '../../../lab/silent.ts';
import { createMessenger } from '../../../src/destinations/create-messenger.ts';
import { destinationSchema } from '../../../src/destinations/list.ts';
import type { Messenger } from '../../../src/destinations/messenger.ts';
import { postedPlaces } from '../../../src/destinations/posted-places.ts';
import { nodeHttpClient } from '../../../src/hosts/node/http.ts';
import { SharedPaces } from '../../../src/relay/alerts/place-paces.ts';
import { waitingAlerts } from '../../../src/relay/alerts/status.ts';
import { seenDestinations } from '../../../src/relay/operational/observe.ts';
import { depsOf } from '../../destinations/deps.ts';
import { group } from '../../destinations/messages.ts';
import { all, batchOf, numbers, world } from './world.ts';

const SIGNAL = new AbortController().signal;
const MINUTE = 60_000;
const CHANNELS = [
  { id: 'C0000001', name: 'soc' },
  { id: 'C0000002', name: 'servers' },
  { id: 'C0000003', name: 'clients' },
];

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A relay that tells a workspace with three channels, on real HTTP. */
async function channels(channel: unknown, fault?: FaultHook) {
  const receiver = await startSlackReceiver({ channels: CHANNELS, ...(fault && { fault }) });
  const config = destinationSchema.parse({
    type: 'slack',
    token: receiver.token,
    api_url: receiver.api,
    channel,
    allow_networks: ['127.0.0.0/8'],
  });
  const opened: { messenger?: Messenger } = {};
  const late = () => opened.messenger ?? expect.fail('no messenger');
  const made = world({
    messenger: {
      updates: 'in_place',
      say: (...args) => late().say(...args),
      digest: (...args) => late().digest(...args),
      placeOf: (message) => late().placeOf?.(message) ?? '',
    },
  });
  const messenger = createMessenger(config, depsOf(nodeHttpClient, made.clock));
  if (messenger === undefined) return expect.fail('no messenger');
  opened.messenger = messenger;
  closers.push(messenger.close, receiver.close);
  const titles = (name: string) => receiver.workspace.messages(name).map(({ text }) => text);
  return { ...made, receiver, titles };
}

const TEMPLATED = { template: '{DeviceType|slug}', allowed: ['servers', 'clients'], default: 'soc' };
/** What the template makes of a row, and a rule for each. */
const filed = (row: number) => ({
  channel: ['servers', 'clients', 'soc'][row % 3] ?? 'soc',
  rule: { id: `r${row}`, title: `Rule ${row}` },
});

/** Answers 429 to posts into some channels. */
function busy(...names: readonly string[]): {
  readonly fault: FaultHook;
  readonly asked: string[];
  readonly busy: Set<string>;
} {
  const asked: string[] = [];
  const set = new Set(names);
  const fault: FaultHook = ({ path, body }) => {
    const { channel } = JSON.parse(String(body)) as { readonly channel: string };
    const key = path.endsWith('chat.update') ? 'changes' : channel;
    if (!set.has(key)) return undefined;
    asked.push(key);
    return { status: 429, headers: { 'retry-after': '30' }, body: '{"ok":false,"error":"ratelimited"}' };
  };
  return { fault, asked, busy: set };
}

describe('a channel that has had too many messages', () => {
  it.each([
    ['a few', 6],
    ['many, in a digest for each channel', 60],
  ])('keeps no other waiting, and is asked once before its time is over: %s', async (_, count) => {
    const { fault, asked, busy: set } = busy('servers');
    const { consumer, passes, titles, documents, clock, deadLetters } = await channels(TEMPLATED, fault);
    const people = consumer();
    await people.destination.send(batchOf(numbers(count), filed), SIGNAL);
    await passes(people, 10_000);
    for (const name of ['clients', 'soc']) expect(titles(name).length).toBeGreaterThan(0);
    // More for the busy channel, and one for another behind them.
    const more = (row: number) => ({
      ...filed(row < 1_004 ? 0 : 1),
      rule: { id: `m${row}`, title: `M ${row}` },
    });
    const before = titles('clients').length;
    await people.destination.send(batchOf(numbers(5, 1_000), more, 'second'), SIGNAL);
    await passes(people, 3_000);
    expect(titles('clients')).toHaveLength(before + 1);
    expect(asked).toEqual(['servers']);
    const [waiting] = await waitingAlerts(documents, clock.now());
    expect(waiting).toMatchObject({ refused: [{ place: 'servers', code: 'throttled' }] });
    expect(waiting).not.toHaveProperty('pause');

    set.clear();
    await passes(people, MINUTE);
    expect(titles('servers').length).toBeGreaterThan(0);
    expect(await waitingAlerts(documents, clock.now())).toMatchObject([{ pending: 0 }]);
    expect((await waitingAlerts(documents, clock.now()))[0]).not.toHaveProperty('refused');
    expect(await all(deadLetters.list())).toEqual([]);
  });

  it('is no reason to give a message up while others are taken, and is told in the end', async () => {
    const { fault, asked, busy: set } = busy('servers');
    const { consumer, passes, titles, deadLetters } = await channels(TEMPLATED, fault);
    const people = consumer();
    await people.destination.send(batchOf([0], filed), SIGNAL);
    for (let n = 0; n < 12; n++) {
      const other = () => ({ ...filed(1), rule: { id: `o${n}`, title: `O ${n}` } });
      await people.destination.send(batchOf([100 + n], other, `other-${n}`), SIGNAL);
      await passes(people, MINUTE);
    }
    expect(titles('clients')).toHaveLength(12);
    expect(asked.length).toBeGreaterThan(8);
    set.clear();
    await passes(people, MINUTE);
    expect(titles('servers')).toHaveLength(1);
    expect(await all(deadLetters.list())).toEqual([]);
  });

  it('shows that it is the whole bot which posts too much, where a second channel says so', async () => {
    const { fault, asked, busy: set } = busy('servers', 'clients', 'soc');
    const { consumer, passes, titles, documents, clock } = await channels(TEMPLATED, fault);
    const people = consumer();
    await people.destination.send(batchOf(numbers(6), filed), SIGNAL);
    await passes(people, 20_000);
    expect(asked).toHaveLength(2);
    expect((await waitingAlerts(documents, clock.now()))[0]).toMatchObject({ pause: { code: 'throttled' } });
    set.clear();
    await passes(people, 2 * MINUTE);
    for (const { name } of CHANNELS) expect(titles(name)).toHaveLength(2);
  });

  it('takes new messages while too many earlier ones were changed', async () => {
    const { fault, asked, busy: set } = busy('changes');
    const { consumer, passes, titles, receiver } = await channels(TEMPLATED, fault);
    const people = consumer();
    await people.destination.send(batchOf(numbers(3), filed), SIGNAL);
    await passes(people, 10_000);
    await people.destination.send(
      batchOf(numbers(3, 3), (row) => filed(row % 3), 'second'),
      SIGNAL,
    );
    await passes(people, 35_000);
    expect(asked).toHaveLength(1);
    const fresh = () => ({ ...filed(0), rule: { id: 'new', title: 'New' } });
    await people.destination.send(batchOf([9], fresh, 'third'), SIGNAL);
    await passes(people, 3_000);
    expect(titles('servers')).toHaveLength(2);
    set.clear();
    await passes(people, 2 * MINUTE);
    for (const { name } of CHANNELS)
      expect(receiver.workspace.messages(name)[0]).toMatchObject({ edits: 1, replies: [{}] });
  });
});

describe('two destinations that post to one webhook', () => {
  it('both leave it alone after it has answered one of them that it had too many messages', async () => {
    const wait = { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' };
    const faults = [wait];
    const receiver = await startSlackReceiver({ fault: () => faults.shift() });
    const { documents, clock } = world();
    const webhook = { type: 'slack', webhook_url: receiver.url, allow_networks: ['127.0.0.0/8'] };
    const destinations = { day: destinationSchema.parse(webhook), night: destinationSchema.parse(webhook) };
    const paces = new SharedPaces({ documents, clock });
    paces.know(postedPlaces(destinations), 15 * MINUTE);
    const [day, night] = Object.entries(destinations).map(([name, config]) => {
      const made = createMessenger(config, { ...depsOf(nodeHttpClient, clock), pace: paces.of(name) });
      return made ?? expect.fail('no messenger');
    });
    if (!day || !night) return expect.fail('two messengers');
    closers.push(day.close, night.close, receiver.close);
    const throttled = (retryAfterMs: number) => ({ code: 'throttled', retryAfterMs });
    await expect(day.say(group(1), undefined, SIGNAL)).rejects.toMatchObject(throttled(30_000));
    await expect(night.say(group(2), undefined, SIGNAL)).rejects.toMatchObject(throttled(30_000));
    clock.advance(29_000);
    await expect(night.say(group(2), undefined, SIGNAL)).rejects.toMatchObject(throttled(1_000));
    expect(receiver.counts.requests).toBe(1);
    clock.advance(1_000);
    await night.say(group(2), undefined, SIGNAL);
    await day.say(group(1), undefined, SIGNAL);
    expect(receiver.counts).toMatchObject({ requests: 3, events: 2 });
  });
});

describe('alerts that decide on their channel', () => {
  it('are told where they belong, with what is folded later in the thread there', async () => {
    const { consumer, passes, titles, receiver } = await channels(TEMPLATED);
    const people = consumer();
    await people.destination.send(batchOf(numbers(3), filed), SIGNAL);
    await passes(people, MINUTE);
    const same = (row: number) => filed(row % 3);
    await people.destination.send(batchOf(numbers(3, 3), same, 'second'), SIGNAL);
    await passes(people, 2 * MINUTE);
    for (const { name } of CHANNELS) {
      expect(titles(name)).toHaveLength(1);
      expect(receiver.workspace.messages(name)).toMatchObject([{ edits: 1, replies: [{}] }]);
    }
  });

  it.each([
    ['a few', 6],
    ['many, in a digest for each channel', 60],
  ])(
    'go on where one of the channels is archived, and are told there once it is back: %s',
    async (_, count) => {
      const { consumer, passes, titles, receiver, clock, documents, deadLetters } = await channels(TEMPLATED);
      receiver.workspace.archive('C0000002');
      const people = consumer();
      await people.destination.send(batchOf(numbers(count), filed), SIGNAL);
      await passes(people, MINUTE);
      for (const name of ['clients', 'soc']) expect(titles(name).length).toBeGreaterThan(0);
      expect(titles('servers')).toEqual([]);
      // Alerts that come now are told elsewhere at once, and the operator learns of the channel.
      const before = titles('clients').length;
      await people.destination.send(
        batchOf([1_000], () => ({ ...filed(1), rule: { id: 'new', title: 'New' } })),
        SIGNAL,
      );
      await passes(people, 10_000);
      expect(titles('clients')).toHaveLength(before + 1);
      const [waiting] = await waitingAlerts(documents, clock.now());
      expect(waiting).toMatchObject({
        pending: Math.ceil(count / 3),
        refused: [{ place: 'servers', code: 'not_found' }],
      });
      expect(waiting).not.toHaveProperty('pause');
      const looks = { documents, deadLetters, sources: [], clock, logger: silentLogger };
      const seen = async () => [
        ...((await seenDestinations(looks, ['soc', 'soc (servers)'], SIGNAL)).destination ?? []).keys(),
      ];
      expect(await seen()).toEqual(['soc (servers)']);

      receiver.workspace.restore('C0000002');
      await passes(people, 2 * MINUTE);
      expect(titles('servers').length).toBeGreaterThan(0);
      expect(await waitingAlerts(documents, clock.now())).toMatchObject([{ pending: 0 }]);
      expect(await seen()).toEqual([]);
      expect(await all(deadLetters.list())).toEqual([]);
    },
  );

  it('are dead letters where their channel takes nothing for a day', async () => {
    const { consumer, passes, receiver, deadLetters, documents, clock } = await channels(TEMPLATED);
    receiver.workspace.archive('C0000002');
    const people = consumer();
    await people.destination.send(batchOf([0], filed), SIGNAL);
    await passes(people, MINUTE);
    clock.advance(25 * 60 * MINUTE);
    await passes(people, 2 * MINUTE);
    expect(await all(deadLetters.list())).toMatchObject([{ reason: 'not_found', rule: 'r0' }]);
    expect((await waitingAlerts(documents, clock.now()))[0]?.pending ?? 0).toBe(0);
  });

  it('and are those of a rule: the channel of the destination is archived, and those of rules go on', async () => {
    const { consumer, passes, titles, receiver } = await channels('soc');
    receiver.workspace.archive('C0000001');
    const people = consumer();
    const ofRule = (row: number) =>
      row === 0 ? {} : { channel: 'clients', rule: { id: 'own', title: 'Own' } };
    await people.destination.send(batchOf([0, 1], ofRule), SIGNAL);
    await passes(people, 2 * MINUTE);
    expect(titles('clients')).toHaveLength(1);
    receiver.workspace.restore('C0000001');
    await passes(people, 2 * MINUTE);
    expect(titles('soc')).toHaveLength(1);
  });

  it('and are those of a rule also while something graver waits for the channel of the destination', async () => {
    const { consumer, passes, titles, receiver } = await channels('soc');
    receiver.workspace.archive('C0000001');
    const people = consumer();
    const ofRule = (row: number) =>
      row === 0
        ? { level: 'critical' as const }
        : { level: 'low' as const, channel: 'clients', rule: { id: 'own', title: 'Own' } };
    await people.destination.send(batchOf([0], ofRule), SIGNAL);
    await passes(people, 10 * MINUTE);
    // Another process says them, which has not seen that a rule has a channel of its own.
    const folding = consumer();
    await folding.destination.send(batchOf([1], ofRule), SIGNAL);
    await passes(people, 5 * MINUTE);
    expect(titles('clients')).toHaveLength(1);
  });
});
