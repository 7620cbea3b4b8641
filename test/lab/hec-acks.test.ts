import { afterEach, describe, expect, it } from 'vitest';
import { type AskedAck, type HecReceiverOptions, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';

const [ONE = '', OTHER = '', THIRD = ''] = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function open(over: Partial<HecReceiverOptions> = {}) {
  const receiver = await startHecReceiver({ token: 'abc', acknowledgeAfter: 0, store: true, ...over });
  closers.push(receiver.close);
  const say = async (path: string, body: string, headers: Readonly<Record<string, string>>) => {
    const all = { authorization: 'Splunk abc', ...headers };
    const url = `${receiver.origin}/services/collector${path}`;
    const reply = await fetch(url, { method: 'POST', headers: all, body });
    return { status: reply.status, ...JSON.parse(await reply.text()) };
  };
  const inHeader = (channel: string) => ({ 'x-splunk-request-channel': channel });
  return {
    receiver,
    say,
    take: (channel: string, body = '{"event":1}') => say('/event', body, inHeader(channel)),
    ask: (ids: unknown, channel: string) => say('/ack', JSON.stringify({ acks: ids }), inHeader(channel)),
  };
}

describe('the channels of a collector', () => {
  it('count ids from 0 each, acknowledge once, and know nothing of others', async () => {
    const { receiver, take, ask } = await open();
    expect(await take(ONE)).toMatchObject({ ackId: 0 });
    expect(await take(ONE)).toMatchObject({ ackId: 1 });
    expect(await take(OTHER)).toMatchObject({ ackId: 0 });
    expect(receiver.pending()).toBe(3);
    expect(await ask([0, 1, 2], ONE)).toEqual({ status: 200, acks: { 0: true, 1: true, 2: false } });
    expect(await ask([0, 1], ONE)).toMatchObject({ acks: { 0: false, 1: false } });
    expect(await ask([0], THIRD)).toEqual({ status: 200, acks: { 0: false } });
    expect(receiver.pending()).toBe(1);
  });

  it('may be named in the query', async () => {
    const { say } = await open();
    expect(await say(`?channel=${ONE}`, '{"event":1}', {})).toMatchObject({ ackId: 0 });
    expect(await say(`/ack?channel=${ONE}`, '{"acks":[0]}', {})).toMatchObject({ acks: { 0: true } });
  });

  it('are limited in number and in what waits, and forgotten when idle', async () => {
    const full = await open({ maxChannels: 1, maxPending: 2 });
    await full.take(ONE);
    expect(await full.take(OTHER)).toMatchObject({ status: 429, code: 27 });
    expect(await full.take(ONE)).toMatchObject({ ackId: 1 });
    expect(await full.take(ONE)).toMatchObject({ status: 429, code: 27 });
    await full.ask([0], ONE);
    expect(await full.take(ONE)).toMatchObject({ ackId: 2 });
    const forgetful = await open({ maxChannels: 1, channelIdleMs: -1 });
    await forgetful.take(ONE);
    expect(await forgetful.ask([0], ONE)).toMatchObject({ acks: { 0: false } });
    expect(await forgetful.take(OTHER)).toMatchObject({ ackId: 0 });
  });

  it('acknowledge when and in the order that the test says', async () => {
    const asked: AskedAck[] = [];
    const done = new Set<number>();
    const { take, ask } = await open({
      acknowledgeAfter: (ack) => {
        asked.push(ack);
        return done.has(ack.id);
      },
    });
    for (let id = 0; id < 3; id += 1) await take(ONE);
    done.add(2);
    expect(await ask([0, 1, 2], ONE)).toMatchObject({ acks: { 0: false, 1: false, 2: true } });
    done.add(0);
    expect(await ask([0, 1], ONE)).toMatchObject({ acks: { 0: true, 1: false } });
    expect(asked.at(-1)).toEqual({ channel: ONE, id: 1, asked: 1, ageMs: expect.any(Number) });
    const patient = await open({ acknowledgeAfter: 1 });
    await patient.take(ONE);
    expect(await patient.ask([0], ONE)).toMatchObject({ acks: { 0: false } });
    expect(await patient.ask([0], ONE)).toMatchObject({ acks: { 0: true } });
  });

  it('give an id for the events before a refused one, and none where there are none', async () => {
    const { take, receiver } = await open();
    const half = await take(ONE, '{"event":1}{"event":');
    expect(half).toEqual({
      status: 400,
      text: 'Invalid data format',
      code: 6,
      'invalid-event-number': 1,
      ackId: 0,
    });
    expect(await take(ONE, '{"event":')).not.toHaveProperty('ackId');
    expect(receiver.received).toEqual([{ event: 1 }]);
  });
});

describe('a collector with acknowledgement refuses', () => {
  const good = { 'x-splunk-request-channel': ONE };
  it.each<[string, number, number, readonly [string, string, Readonly<Record<string, string>>]]>([
    ['events without a channel', 400, 10, ['/event', '{"event":1}', {}]],
    [
      'events with a channel that is no GUID',
      400,
      11,
      ['', '{"event":1}', { 'x-splunk-request-channel': 'x' }],
    ],
    ['questions without a channel', 400, 10, ['/ack', '{"acks":[0]}', {}]],
    ['questions with a channel that is no GUID', 400, 11, ['/ack?channel=1', '{"acks":[0]}', {}]],
    ['questions that are not JSON', 400, 6, ['/ack', '{"acks":', good]],
    ['questions without ids', 400, 6, ['/ack', '{"ids":[0]}', good]],
    ['questions in an array', 400, 6, ['/ack', '[0]', good]],
    ['an id that is a string', 400, 6, ['/ack', '{"acks":["0"]}', good]],
    ['an id below 0', 400, 6, ['/ack', '{"acks":[-1]}', good]],
    ['a wrong token', 403, 4, ['/ack', '{"acks":[0]}', { ...good, authorization: 'Splunk abd' }]],
  ])('%s', async (_, status, code, [path, body, headers]) => {
    const { say } = await open();
    expect(await say(path, body, headers)).toMatchObject({ status, code });
  });

  it('questions while its acks are full or down', async () => {
    let acks: 'near' | 'full' | 'down' | undefined;
    const { take, ask } = await open({ condition: () => (acks ? { acks } : {}) });
    acks = 'near';
    expect(await take(ONE)).toEqual({
      status: 200,
      text: 'HEC ACK is approaching its capacity limit',
      code: 25,
      ackId: 0,
    });
    acks = 'full';
    expect(await take(ONE)).toMatchObject({ status: 429, code: 27 });
    expect(await ask([0], ONE)).toMatchObject({ acks: { 0: true } });
    acks = 'down';
    expect(await ask([0], ONE)).toMatchObject({ status: 503, code: 9 });
  });
});

describe('a collector without acknowledgement', () => {
  it.each(['splunk', 'splunk_cloud'] as const)('gives no ids and refuses questions: %s', async (profile) => {
    // Splunk Cloud has no acks whatever the token says, except for Firehose.
    const withoutAcks = await startHecReceiver({
      token: 'abc',
      profile,
      ...(profile === 'splunk_cloud' && { acknowledgeAfter: 0 }),
    });
    closers.push(withoutAcks.close);
    const headers = { authorization: 'Splunk abc', 'x-splunk-request-channel': ONE };
    const post = async (path: string, body: string) => {
      const url = `${withoutAcks.origin}/services/collector${path}`;
      const reply = await fetch(url, { method: 'POST', headers, body });
      return [reply.status, await reply.json()];
    };
    expect(await post('/event', '{"event":1}')).toEqual([200, { text: 'Success', code: 0 }]);
    expect(await post('/ack', '{"acks":[0]}')).toEqual([400, { text: 'ACK is disabled', code: 14 }]);
  });
});
