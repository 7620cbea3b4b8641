import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import type { Fault, FaultHook } from '../../lab/receivers/server.ts';
import {
  type HecReceiver,
  type HecReceiverOptions,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { profileOf } from '../../src/destinations/splunk-hec/profiles.ts';
import { endpointsOf } from '../../src/destinations/splunk-hec/request.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { asDocumented } from './documented.ts';
import { hecAcknowledgement } from './hec-acknowledgement.ts';
import { startHecCluster } from './hec-cluster.ts';
import { alert, batchOf, envelope } from './samples.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const signal = new AbortController().signal;

function configOf(url: string, over: Record<string, unknown> = {}) {
  return splunkHecConfig.parse({
    type: 'splunk_hec',
    url,
    token: TOKEN,
    allow_networks: ['127.0.0.0/8'],
    ...over,
  });
}

hecAcknowledgement('on Node', nodeHttpClient, async (token, balancing) => {
  const cluster = await startHecCluster(token, balancing);
  return {
    origin: cluster.origin,
    indexed: async () => cluster.indexing.received.map((event) => String(event.fields?.event_id)),
    close: cluster.close,
  };
});

describe('splunk_hec', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    over: Record<string, unknown> = {},
    receiverOver: Partial<HecReceiverOptions> = {},
  ): Promise<{ destination: Destination; receiver: HecReceiver; clock: FakeClock }> {
    const receiver = await startHecReceiver({ token: TOKEN, store: true, ...receiverOver });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const destination = createDestination(
      'splunk',
      configOf(receiver.origin, over),
      depsOf(nodeHttpClient, clock),
    );
    closers.push(() => destination.close(), receiver.close);
    return { destination, receiver, clock };
  }

  it('sends the row whole, with time to the last digit and where it comes from', async () => {
    const bodies: string[] = [];
    const { destination, receiver } = await open(
      { index: 'main', host: 'fallback' },
      { fault: (request) => void bodies.push(request.body) },
    );
    await destination.send(batchOf(destination, [envelope(7), envelope(8, { event: { Other: 1 } })]), signal);
    const [first, second] = receiver.received;
    expect(bodies[0]).toContain('"time":1795417262.1234567,');
    expect(first).toEqual({
      time: expect.closeTo(1_795_417_262.123, 2),
      host: 'ws-042.contoso.example',
      source: envelope(7).source.blob,
      sourcetype: 'mscs:azure:eventhub:defender:advancedhunting',
      index: 'main',
      event: expect.objectContaining({
        category: 'AdvancedHunting-DeviceProcessEvents',
        properties: envelope(7).event,
      }),
      fields: {
        kind: 'event',
        event_id: envelope(7).id,
        blob: envelope(7).source.blob,
        offset: 7 * 1_650,
      },
    });
    expect(second?.host).toBe('fallback');
  });

  it('sends an alert as a record of its own, which does not repeat the row', async () => {
    const { destination, receiver } = await open({ index: 'main', source: 'xdr' });
    await destination.send(batchOf(destination, [envelope(7), alert(7)]), signal);
    const [event, raised] = receiver.received;
    expect(event).toMatchObject({ source: 'xdr', fields: { event_id: alert(7).id } });
    expect(raised).toMatchObject({
      host: 'ws-042.contoso.example',
      source: 'xdr_relay:alert',
      sourcetype: 'xdr_relay:alert',
      index: 'main',
      event: {
        kind: 'alert',
        id: alert(7).alertId,
        event_id: alert(7).id,
        rule: { title: alert(7).rule?.title },
      },
    });
    expect(raised?.event).not.toHaveProperty('event');
    expect(raised?.fields).toEqual({
      kind: 'alert',
      alert_id: alert(7).alertId,
      event_id: alert(7).id,
      blob: alert(7).source.blob,
      offset: 7 * 1_650,
      tenant: alert(7).tenant,
      table: 'DeviceProcessEvents',
      severity: 'high',
      alert_title: 'Download with certutil',
      rule_title: 'Download with certutil',
      rule_id: 'e011a729-98a6-4139-b5c4-bf6f6dd8239a',
      tactic: ['Command and Control'],
      technique_id: ['T1105'],
      technique: ['Ingress Tool Transfer'],
      entity_host: ['ws-042.contoso.example'],
      entity_user: ['alice@contoso.example'],
      entity_process: ['certutil.exe', 'cmd.exe'],
      entity_file: ['certutil.exe'],
    });
  });

  it('puts alerts where its settings say, with the columns where they ask for them', async () => {
    const over = {
      index: 'main',
      alert_index: 'alerts',
      alert_source: 's',
      alert_sourcetype: 't',
      alert_columns: true,
    };
    const { destination, receiver } = await open(over);
    await destination.send(batchOf(destination, [alert(7)]), signal);
    expect(receiver.received[0]).toMatchObject({
      index: 'alerts',
      source: 's',
      sourcetype: 't',
      event: { kind: 'alert', event: alert(7).event },
    });
    const keys = [{}, over, { alert_source: 's' }, { alert_columns: true }].map(
      (one) =>
        createDestination('s', configOf('https://splunk.example', one), depsOf(nodeHttpClient)).encoding.key,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(['ecs', 'ocsf'])('sends the alert in the shape %s under its own sourcetype', async (shape) => {
    const { destination, receiver } = await open({ shape });
    await destination.send(batchOf(destination, [alert(7)]), signal);
    expect(receiver.received[0]).toMatchObject({
      sourcetype: 'xdr_relay:alert',
      fields: { kind: 'alert', alert_id: alert(7).alertId },
    });
    expect(JSON.stringify(receiver.received[0]?.event)).toContain(alert(7).alertId);
  });

  it('keeps the fields of an alert flat and short, whatever the row holds', async () => {
    const columns = ['DeviceName', 'AccountUpn', 'FileName', 'FolderPath', 'RemoteIP', 'Other'];
    const { destination, receiver } = await open();
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...columns), fc.oneof(fc.string({ size: 'large' }), fc.jsonValue())),
        fc.array(fc.string({ size: 'large' })),
        async (row, tags) => {
          const event = JSON.parse(JSON.stringify(row));
          const hostile = alert(7, { event, table: 'DeviceNetworkEvents', rule: { title: 'A', tags } });
          await destination.send(batchOf(destination, [hostile]), signal);
          const { fields = {} } = asDocumented(receiver.received.at(-1)) ?? {};
          expect(JSON.stringify(fields).length).toBeLessThan(20_000);
          for (const value of Object.values(fields).flat())
            expect(typeof value).toMatch(/^(?:string|number)$/);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('sends the envelope where the shape is relay, and no time where there is none', async () => {
    const { destination, receiver } = await open({ shape: 'relay', source: 'xdr', compression: 'none' });
    await destination.send(batchOf(destination, [envelope(1, { time: 'yesterday' })]), signal);
    expect(receiver.received[0]).toMatchObject({ source: 'xdr', event: { id: envelope(1).id } });
    expect(receiver.received[0]).not.toHaveProperty('time');
  });

  const reply = (status: number, body: unknown): Fault => ({ status, body: JSON.stringify(body) });
  async function failure(
    fault: FaultHook | undefined,
    count = 3,
    over = {},
    receiverOver = {},
  ): Promise<unknown> {
    const { destination } = await open(over, { ...(fault ? { fault } : {}), ...receiverOver });
    const rows = Array.from({ length: count }, (_, at) => envelope(at));
    return destination.send(batchOf(destination, rows), signal).then(
      () => expect.fail('accepted'),
      (error: unknown) => error,
    );
  }

  it.each([5, 6, 12, 13, 15])('takes code %i for a refusal of the row it names', async (code) => {
    const error = await failure(() => reply(400, { text: 'no', code, 'invalid-event-number': 2 }));
    expect(error).toBeInstanceOf(RowsRefusedError);
    expect(error).toMatchObject({ rows: [2] });
  });

  it('does not believe a row number outside the batch, and needs none for a single row', async () => {
    const outside = await failure(() => reply(400, { text: 'no', code: 6, 'invalid-event-number': 3 }));
    expect(outside).toMatchObject({ name: 'RowsRefusedError', rows: undefined });
    expect(await failure(() => reply(400, { text: 'no', code: 6 }), 1)).toMatchObject({ rows: [0] });
    expect(await failure(() => ({ status: 413, body: '<html>' }))).toMatchObject({ rows: undefined });
  });

  it.each([1, 2, 3, 4, 7, 10, 11, 14, 16])('takes code %i for a refusal of the destination', async (code) => {
    const error = await failure(() => reply(400, { text: 'no', code, 'invalid-event-number': 0 }));
    expect(error).toBeInstanceOf(DestinationRefusedError);
  });

  it('names the real receiver’s refusals: token, index, path', async () => {
    expect(await failure(undefined, 1, {}, { token: 'another' })).toMatchObject({ code: 'hec_4' });
    expect(await failure(undefined, 1, { index: 'x' }, { indexes: ['main'] })).toMatchObject({
      name: 'DestinationRefusedError',
      code: 'incorrect_index',
    });
    const { receiver, clock } = await open();
    const destination = createDestination(
      's',
      configOf(`${receiver.origin}/elsewhere`),
      depsOf(nodeHttpClient, clock),
    );
    closers.push(() => destination.close());
    const sent = destination.send(batchOf(destination, [envelope(1)]), signal);
    await expect(sent).rejects.toBeInstanceOf(DestinationRefusedError);
  });

  it.each([
    [503, 9],
    [500, 8],
    [503, 23],
    [429, 26],
    [429, 27],
    [503, 24],
  ])('takes %i with code %i for a passing trouble', async (status, code) => {
    expect(await failure(() => reply(status, { text: 'busy', code }))).toBeInstanceOf(RetryableError);
  });

  it.each([24, 25])('takes 200 with code %i for acceptance, and sends the next batch later', async (code) => {
    const faults: Fault[] = [reply(200, { text: 'HEC queue is approaching its capacity limit', code })];
    const { destination, receiver, clock } = await open({}, { fault: () => faults.shift() });
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(clock.sleeps).toEqual([]);
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    await destination.send(batchOf(destination, [envelope(3)]), signal);
    expect(clock.sleeps).toEqual([1_000]);
    expect(receiver.counts.events).toBe(2);
  });

  it('asks for the acknowledgement of a batch that was taken near capacity, and sends it again without an id', async () => {
    const near = { text: 'HEC ACK is approaching its capacity limit', code: 25 };
    const faults: Fault[] = [reply(200, { ...near, ackId: 0 }), reply(200, { acks: { 0: true } })];
    const { destination } = await open({ acknowledgement: true }, { fault: () => faults.shift() });
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(faults).toEqual([]);
    const error = await failure(() => reply(200, near), 1, { acknowledgement: true });
    expect(error).toMatchObject({ name: 'RetryableError', code: 'not_acknowledged' });
  });

  it.each([
    [400, '{"code":6,"message":"blocked"}'],
    [400, '{"text":"Success","code":0}'],
    [400, '{"text":"Bad Request","code":400}'],
    [403, '<html>Forbidden</html>'],
  ])('does not take %i %s for a refusal of rows', async (status, body) => {
    expect(await failure(() => ({ status, body }))).toBeInstanceOf(DestinationRefusedError);
  });

  it.each<[string, Fault]>([
    ['invalid format', { status: 400, body: '{"text":"Invalid data format","code":6}' }],
    ['a proxy’s 413', { status: 413, body: '<html>' }],
    [
      'an indexer that does not know the channel',
      { status: 400, body: '{"text":"Invalid data channel","code":11}' },
    ],
    ['success without acks', { status: 200, body: '{"text":"Success","code":0}' }],
    ['false', { status: 200, body: '{"acks":{"0":false}}' }],
    ['another id', { status: 200, body: '{"acks":{"1":true}}' }],
    ['a wait', { status: 429, body: '{"retry_after":3}' }],
  ])('goes on asking after %s: the rows are with HEC', async (_, fault) => {
    let questions = 0;
    const { destination } = await open(
      { acknowledgement: true },
      {
        acknowledgeAfter: 0,
        fault: ({ path }) => (path.endsWith('/ack') && questions++ === 0 ? fault : undefined),
      },
    );
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    expect(questions).toBe(2);
  });

  it('does not take a 200 that is not HEC’s for acceptance', async () => {
    const error = await failure(() => ({ status: 200, body: '<html>Log in</html>' }));
    expect(error).toMatchObject({ name: 'RetryableError', code: 'bad_reply' });
    expect(await failure(() => ({ status: 200, body: '' }))).toBeInstanceOf(RetryableError);
  });

  it('with acknowledgement resolves only when the indexers have the batch', async () => {
    const { destination, receiver, clock } = await open({ acknowledgement: true }, { acknowledgeAfter: 2 });
    await destination.send(batchOf(destination, [envelope(1)]), signal);
    await destination.send(batchOf(destination, [envelope(2)]), signal);
    expect(receiver.counts).toMatchObject({ events: 2, requests: 8 });
    expect(clock.sleeps).toHaveLength(6);
  });

  it('gives up waiting for an acknowledgement at its deadline, through passing troubles', async () => {
    const { destination, clock } = await open(
      { acknowledgement: true, acknowledgement_timeout: '10s' },
      {
        acknowledgeAfter: 1_000,
        fault: (request) =>
          request.path.endsWith('/ack') && request.number % 2 ? { status: 503 } : undefined,
      },
    );
    const sent = destination.send(batchOf(destination, [envelope(1)]), signal);
    await expect(sent).rejects.toMatchObject({ name: 'RetryableError', code: 'not_acknowledged' });
    expect(clock.monotonic()).toBeGreaterThanOrEqual(10_000);
  });

  it('asks the indexer that took the batch: the load balancer’s cookie goes back', async () => {
    const cookies: (string | undefined)[] = [];
    const { destination } = await open(
      { acknowledgement: true },
      {
        acknowledgeAfter: 0,
        fault: (request) => {
          cookies.push(request.headers.cookie);
          if (request.path.endsWith('/ack')) return undefined;
          return {
            status: 200,
            headers: { 'set-cookie': 'AWSALB=node-3; Path=/; HttpOnly' },
            body: '{"text":"Success","code":0,"ackId":0}',
          };
        },
      },
    );
    const abort = new AbortController();
    const sent = destination.send(batchOf(destination, [envelope(1)]), abort.signal);
    sent.catch(() => {});
    await expect.poll(() => cookies.length).toBeGreaterThanOrEqual(2);
    abort.abort();
    await expect(sent).rejects.toThrow();
    expect(cookies.slice(0, 2)).toEqual([undefined, 'AWSALB=node-3']);
  });

  it('says so when the token has no acknowledgement', async () => {
    expect(await failure(undefined, 1, { acknowledgement: true })).toMatchObject({
      code: 'acknowledgement_off',
    });
    const disabled = await failure(
      (request) => (request.path.endsWith('/ack') ? undefined : reply(200, { code: 0, ackId: 1 })),
      1,
      { acknowledgement: true },
    );
    expect(disabled).toMatchObject({ name: 'DestinationRefusedError', code: 'hec_14' });
  });

  it.each([
    [
      'https://hec.example',
      'https://hec.example/services/collector/event',
      'https://hec.example/services/collector/ack',
    ],
    [
      'https://hec.example:8088/',
      'https://hec.example:8088/services/collector/event',
      'https://hec.example:8088/services/collector/ack',
    ],
    [
      'https://lb.example/hec/services/collector',
      'https://lb.example/hec/services/collector',
      'https://lb.example/hec/services/collector/ack',
    ],
    ['https://lb.example/x', 'https://lb.example/x', 'https://lb.example/x/services/collector/ack'],
  ])('finds the endpoints of %s', (url, event, ack) => {
    const health = ack.replace(/ack$/, 'health');
    expect(endpointsOf(url, profileOf({ profile: 'splunk' }))).toEqual({ event, ack, health });
  });
});
