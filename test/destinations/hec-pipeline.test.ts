/** Batches of one lane that wait for HEC's acknowledgements together, over real sockets. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, FaultHook, ReceivedRequest } from '../../lab/receivers/server.ts';
import {
  type HecReceiver,
  type HecReceiverOptions,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';
import { createDestination } from '../../src/destinations/create.ts';
import type { Destination, Handover, Pipeline } from '../../src/destinations/port.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const signal = new AbortController().signal;
const isQuestion = ({ path }: ReceivedRequest) => path.endsWith('/ack');
const idsAsked = ({ body }: ReceivedRequest) => JSON.parse(body).acks as readonly number[];

describe('A pipeline to HEC', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function start(over: Partial<HecReceiverOptions> = {}): Promise<HecReceiver> {
    const receiver = await startHecReceiver({ token: TOKEN, store: true, acknowledgeAfter: 0, ...over });
    closers.push(receiver.close);
    return receiver;
  }

  function open(url: string | readonly string[], over: Record<string, unknown> = {}) {
    const config = splunkHecConfig.parse({
      type: 'splunk_hec',
      url,
      token: TOKEN,
      allow_networks: ['127.0.0.0/8'],
      acknowledgement: true,
      ...over,
    });
    const destination = createDestination('splunk', config, depsOf(nodeHttpClient));
    closers.unshift(() => destination.close());
    return { destination, pipeline: destination.openPipeline?.() ?? expect.fail('no pipeline') };
  }

  /** Hands over batches with one row each. */
  async function handOver(
    { destination, pipeline }: { readonly destination: Destination; readonly pipeline: Pipeline },
    rows: readonly number[],
  ): Promise<readonly Handover[]> {
    const handovers: Handover[] = [];
    for (const n of rows) {
      const handover = await pipeline.handOver(batchOf(destination, [envelope(n)], `msg_${n}`), signal);
      handover.acknowledged.catch(() => {});
      handovers.push(handover);
    }
    return handovers;
  }

  const endsOf = async (handovers: readonly Handover[]) =>
    (await Promise.allSettled(handovers.map(({ acknowledged }) => acknowledged))).map((end) =>
      end.status === 'fulfilled' ? 'acknowledged' : end.reason.code,
    );
  const idsOf = (receiver: HecReceiver) => receiver.received.map(({ fields }) => fields?.event_id);

  it('is there only with acknowledgement', async () => {
    const receiver = await start();
    expect(open(receiver.origin).destination.openPipeline).toBeDefined();
    const config = splunkHecConfig.parse({ type: 'splunk_hec', url: receiver.origin, token: TOKEN });
    expect(createDestination('splunk', config, depsOf(nodeHttpClient)).openPipeline).toBeUndefined();
  });

  it('has many batches wait in one channel, and asks for all of them at once', async () => {
    const questions: (readonly number[])[] = [];
    const channels = new Set<string | undefined>();
    const receiver = await start({
      acknowledgeAfter: 3,
      fault(request) {
        channels.add(request.headers['x-splunk-request-channel']);
        if (isQuestion(request)) questions.push(idsAsked(request));
        return undefined;
      },
    });
    const batches = Array.from({ length: 20 }, (_, n) => n);
    const handovers = await handOver(open(receiver.origin), batches);
    expect(await endsOf(handovers)).toEqual(batches.map(() => 'acknowledged'));
    expect(channels.size).toBe(1);
    expect(Math.max(...questions.map((ids) => ids.length))).toBeGreaterThan(1);
    // Each id is asked for four times, and not each by itself.
    expect(questions.flat()).toHaveLength(80);
    expect(questions.length).toBeLessThan(80);
  });

  it('asks the collector that gave the ids, where there are several', async () => {
    const wrong: string[] = [];
    const seen = new Map<string, Set<string>>();
    const fault =
      (name: string): FaultHook =>
      (request) => {
        const channel = request.headers['x-splunk-request-channel'] ?? '';
        const known = seen.get(name) ?? new Set();
        seen.set(name, known);
        if (!isQuestion(request)) known.add(channel);
        else if (!known.has(channel)) wrong.push(name);
        return undefined;
      };
    const [one, two] = [await start({ fault: fault('one') }), await start({ fault: fault('two') })];
    const handovers = await handOver(open([one.origin, two.origin]), [1, 2, 3, 4]);
    expect(await endsOf(handovers)).toEqual(Array(4).fill('acknowledged'));
    expect([one.counts.events, two.counts.events]).toEqual([2, 2]);
    expect(wrong).toEqual([]);
    expect([...seen.values()].map((channels) => channels.size)).toEqual([1, 1]);
  });

  it('loses no batch of one collector when another one restarts', async () => {
    let isDown = false;
    const [one, two] = [
      await start({ fault: () => (isDown ? 'reset' : undefined) }),
      await start({ acknowledgeAfter: 2 }),
    ];
    const rig = open([one.origin, two.origin], { acknowledgement_timeout: '2s' });
    const before = await handOver(rig, [1, 2]);
    isDown = true;
    const ends = await endsOf(before);
    expect(ends.toSorted()).toEqual(['acknowledged', 'not_acknowledged']);
  });

  it('believes no answer after a restart, and gives each batch a channel of its own then', async () => {
    const channels: string[] = [];
    let posts = 0;
    const receiver = await start({
      fault(request): Fault {
        if (isQuestion(request)) return { status: 200, body: '{"acks":{"0":true,"1":true}}' };
        channels.push(request.headers['x-splunk-request-channel'] ?? '');
        // The third batch is given id 0 again, as by an indexer that has restarted.
        return { status: 200, body: `{"text":"Success","code":0,"ackId":${posts++ % 2}}` };
      },
    });
    const rig = open(receiver.origin);
    const held = await handOver(rig, [1, 2, 3]);
    expect((await endsOf(held)).at(-1)).toBe('acknowledgement_lost');
    posts = 0;
    expect(await endsOf(await handOver(rig, [4, 5]))).toEqual(['acknowledged', 'acknowledged']);
    expect(new Set(channels.slice(0, 3)).size).toBe(1);
    expect(new Set(channels).size).toBe(3);
  });

  it('sends the balancer’s cookie with the next batch, too', async () => {
    const cookies: (string | undefined)[] = [];
    const receiver = await start({
      fault(request): Fault {
        if (isQuestion(request)) return { status: 200, body: '{"acks":{"0":true,"1":true}}' };
        cookies.push(request.headers.cookie);
        return {
          status: 200,
          headers: { 'set-cookie': `AWSALB=${cookies.length}; Path=/` },
          body: `{"text":"Success","code":0,"ackId":${cookies.length - 1}}`,
        };
      },
    });
    await endsOf(await handOver(open(receiver.origin), [1, 2]));
    expect(cookies).toEqual([undefined, 'AWSALB=1']);
  });

  it('never takes the acknowledgement of another indexer for its own, behind a balancer that is not sticky', async () => {
    const losing = await start({ acknowledgeAfter: Number.MAX_SAFE_INTEGER, store: false });
    const indexing = await start();
    let posts = 0;
    const balancer = await start({
      async fault(request): Promise<Fault> {
        const target = isQuestion(request) || posts++ % 2 === 1 ? indexing : losing;
        const { 'content-encoding': _, 'content-length': _also, host: _too, ...headers } = request.headers;
        const reply = await fetch(`${target.origin}${request.path}`, {
          method: request.method,
          headers,
          body: request.body,
        });
        return { status: reply.status, body: await reply.text() };
      },
    });
    const rig = open(balancer.origin, { acknowledgement_timeout: '3s' });
    const rows = [1, 2, 3, 4, 5, 6];
    const ends = await endsOf(await handOver(rig, rows));
    const indexed = idsOf(indexing);
    for (const [at, end] of ends.entries())
      if (end === 'acknowledged') expect(indexed).toContain(envelope(rows[at] ?? 0).id);
    expect(ends).toContain('acknowledgement_lost');
  });

  it('says so when the token has no acknowledgement', async () => {
    const receiver = await startHecReceiver({ token: TOKEN });
    closers.push(receiver.close);
    const { destination, pipeline } = open(receiver.origin);
    await expect(pipeline.handOver(batchOf(destination, [envelope(1)]), signal)).rejects.toMatchObject({
      code: 'acknowledgement_off',
    });
  });
});
