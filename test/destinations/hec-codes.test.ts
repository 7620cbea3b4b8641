/** Every code of Splunk's table, as a collector gives it: what the relay does with the batch, and the sentence that a person reads. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import {
  HEC_CODES,
  type HecCode,
  type HecReceiver,
  hecReply,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { errorCodes } from '../../src/shared/error-codes.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const signal = new AbortController().signal;

/**
 * `accept`: the rows are delivered. `accept, pause`: they are, and the next request waits a second. `retry`: the same batch again, later.
 * `row`: the event that the reply numbers is sent alone, and becomes a dead letter if it is refused then, too. `destination`: all rows wait
 * until a person has fixed it, or until the search by evidence shows that single rows are at fault.
 */
type Action = 'accept' | 'accept, pause' | 'retry' | 'row' | 'destination';

const EXPECTED: Readonly<Record<HecCode, readonly [Action, code?: string]>> = {
  ok: ['accept'],
  tokenDisabled: ['destination', 'hec_1'],
  tokenRequired: ['destination', 'hec_2'],
  invalidAuthorization: ['destination', 'hec_3'],
  invalidToken: ['destination', 'hec_4'],
  noData: ['row', 'hec_5'],
  invalidFormat: ['row', 'hec_6'],
  incorrectIndex: ['destination', 'incorrect_index'],
  internalError: ['retry', 'busy'],
  busy: ['retry', 'busy'],
  channelMissing: ['destination', 'hec_10'],
  channelInvalid: ['destination', 'hec_11'],
  eventRequired: ['row', 'hec_12'],
  eventBlank: ['row', 'hec_13'],
  ackDisabled: ['destination', 'hec_14'],
  indexedFields: ['row', 'hec_15'],
  queryToken: ['destination', 'hec_16'],
  // A health check's answer is no acceptance of events.
  healthy: ['retry', 'bad_reply'],
  queuesFull: ['retry', 'busy'],
  acksDown: ['retry', 'busy'],
  queuesFullAcksDown: ['retry', 'busy'],
  healthInvalidToken: ['destination', 'hec_21'],
  healthTokenDisabled: ['destination', 'hec_22'],
  shuttingDown: ['retry', 'busy'],
  queueNearCapacity: ['accept, pause'],
  acksNearCapacity: ['accept, pause'],
  queueAtCapacity: ['retry', 'busy'],
  acksAtCapacity: ['retry', 'busy'],
  channelMissingInCloud: ['destination', 'hec_10'],
};

const NAMES: Readonly<Record<string, Action>> = {
  RetryableError: 'retry',
  RowsRefusedError: 'row',
  DestinationRefusedError: 'destination',
};

describe('The codes of HEC', () => {
  const receivers: HecReceiver[] = [];
  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
  });

  it('are 0 to 27, and one that is not in the table', () => {
    const numbers = HEC_CODES.map((code) => JSON.parse(hecReply(code).body ?? '').code);
    expect(numbers).toEqual(Array.from({ length: 29 }, (_, n) => n));
  });

  it.each(HEC_CODES)('%s', async (code) => {
    const [action, errorCode] = EXPECTED[code];
    const answer = hecReply(code, action === 'row' ? { 'invalid-event-number': 1 } : {});
    let isFirst = true;
    const receiver = await startHecReceiver({
      token: TOKEN,
      fault: () => {
        const fault = isFirst ? answer : undefined;
        isFirst = false;
        return fault;
      },
    });
    receivers.push(receiver);
    const config = splunkHecConfig.parse({
      type: 'splunk_hec',
      url: receiver.origin,
      token: TOKEN,
      allow_networks: ['127.0.0.0/8'],
    });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const destination = createDestination('splunk', config, depsOf(nodeHttpClient, clock));
    const batch = batchOf(
      destination,
      [0, 1, 2].map((n) => envelope(n)),
    );
    const error: unknown = await destination.send(batch, signal).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (action === 'accept' || action === 'accept, pause') {
      expect(error).toBeUndefined();
      await destination.send(batch, signal);
      expect(clock.sleeps).toEqual(action === 'accept' ? [] : [1_000]);
    } else {
      if (!(error instanceof Error)) throw new Error('accepted');
      expect(NAMES[error.name]).toBe(action);
      expect(error).toMatchObject({ code: errorCode, ...(action === 'row' && { rows: [1] }) });
      const { status, body = '' } = answer;
      const said = JSON.parse(body);
      const row = action === 'row' ? ', event 2 of the request' : '';
      expect(error.message).toContain(
        action === 'retry' && errorCode === 'bad_reply'
          ? `Splunk answered ${status}: `
          : `Splunk answered ${status} with code ${said.code}: ${said.text}${row}`,
      );
      // What it means, and what to do, in docs/errors.md and in `xdr-relay doctor`.
      expect(errorCodes[errorCode as keyof typeof errorCodes].fix).not.toBe('');
      // The destination goes on once the answer is another.
      await destination.send(batch, signal);
    }
    await destination.close();
  });
});
