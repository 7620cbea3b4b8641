import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { payloadOf } from '../../lab/delivery.ts';
import {
  type Fault,
  type FaultHook,
  type Receiver,
  type ReceiverReply,
  startReceiver,
} from '../../lab/receivers/server.ts';
import { encodedBefore } from '../../src/delivery/copies.ts';
import { sendAgain } from '../../src/delivery/redrive.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { Destination } from '../../src/destinations/port.ts';
import { previewMessage } from '../../src/destinations/preview.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { RETRY_AFTER_MAX_MS } from './deps.ts';
import { type FaultScript, faultHook } from './fault-script.ts';
import { alert, batchOf } from './samples.ts';

/** A destination with the real receiver it talks to. */
export interface Bench {
  readonly destination: Destination;
  readonly receiver: Receiver;
  /** Ids of the events that arrived; repeats included. */
  readonly arrived: () => readonly string[];
  /** What must never be seen in an error's message. */
  readonly secrets: readonly string[];
  /** What the destination slept so far, milliseconds. */
  readonly slept: () => number;
}

export interface BenchOptions {
  /** What the receiver does to its requests: as data, and as the hook it makes. */
  readonly script?: FaultScript;
  readonly fault?: FaultHook;
  /** Talks to a closed port instead. */
  readonly unreachable?: boolean;
  readonly timeoutMs?: number;
}

/** What the protocols of the destinations differ in. */
export interface Protocol {
  /** Rows are refused so. */
  readonly rowRefusal: ReceiverReply;
  /** Whether it counts as acceptance when something that is not the product answers this, with a 2xx. */
  readonly accepts: (status: number, body: string) => boolean;
  /** Whether it refuses rows in words of its own; else any 400 and 422 does. */
  readonly refusesRowsInWords: boolean;
  /** Whether it asks for a new token after a 401, and then once more. */
  readonly renewsToken?: boolean;
}

export interface DestinationContractOptions {
  readonly protocol: Protocol;
  /** For people: its messages answer an analyst's questions, whatever the row holds. */
  readonly forPeople?: boolean;
  /** What a closed port looks like: workerd does not tell it from a lost connection. */
  readonly closedPort?: 'unreachable' | 'connection_lost';
}

/** What every network destination does, against a real server. */
export function registerDestinationTests(
  name: string,
  makeBench: (options: BenchOptions) => Promise<Bench>,
  { protocol, forPeople = false, closedPort = 'unreachable' }: DestinationContractOptions,
): void {
  describe(`${name}: destination contract`, () => {
    const benches: Bench[] = [];
    const open = async (options: Omit<BenchOptions, 'fault'> = {}) => {
      const { script } = options;
      const bench = await makeBench({ ...options, ...(script && { fault: faultHook(script) }) });
      benches.push(bench);
      return bench;
    };
    const openWith = (fault: Fault) => open({ script: { kind: 'always', fault } });
    const signal = new AbortController().signal;
    afterEach(async () => {
      for (const bench of benches.splice(0)) {
        await bench.destination.close();
        await bench.receiver.close();
      }
    });

    async function failure(bench: Bench, count = 1): Promise<unknown> {
      const batch = batchOf(
        bench.destination,
        Array.from({ length: count }, (_, at) => alert(at)),
      );
      try {
        await bench.destination.send(batch, signal);
      } catch (error) {
        for (const secret of bench.secrets) expect(whole(error)).not.toContain(secret);
        return error;
      }
      return expect.fail('the batch was accepted');
    }

    it('resolves when the batch is taken, all of it, in order', async () => {
      const bench = await open();
      await bench.destination.send(batchOf(bench.destination, [alert(1), alert(2), alert(3)]), signal);
      expect(bench.arrived()).toEqual([1, 2, 3].map((at) => alert(at).id));
    });

    it('has limits and a payload of the length it says', async () => {
      const { destination } = await open();
      expect(destination.concurrency).toBeGreaterThanOrEqual(1);
      expect(destination.batch.items).toBeGreaterThanOrEqual(1);
      const [item] = batchOf(destination, [alert(1, { event: { Text: 'é€😀' } })]).items;
      expect(item?.bytes).toBe(item?.payload().length);
    });

    for (const status of [408, 429, 500, 502, 503, 504]) {
      it(`takes ${status} for a passing trouble`, async () => {
        const bench = await openWith({ status, headers: { 'retry-after': '7' }, body: 'slow down' });
        const error = await failure(bench);
        expect(error).toBeInstanceOf(RetryableError);
        expect(error).toMatchObject({ retryAfterMs: 7_000 });
      });
    }

    it.each<[string, ReceiverReply, number | undefined]>([
      ['in the body', { status: 429, body: '{"retry_after":2,"ok":false}' }, 2_000],
      ['in the body of a 503', { status: 503, body: '{"retry_after":0.25}' }, 250],
      ['as a string', { status: 429, body: '{"retry_after":"1.5"}' }, 1_500],
      ['in milliseconds', { status: 429, body: '{"retry_after_ms":2500}' }, 2_500],
      ['in both places', { status: 429, headers: { 'retry-after': '3' }, body: '{"retry_after":2}' }, 3_000],
      [
        'beside a header that is none',
        { status: 429, headers: { 'retry-after': 'soon' }, body: '{"retry_after":2}' },
        2_000,
      ],
      ['of a day', { status: 429, headers: { 'retry-after': '86400' } }, RETRY_AFTER_MAX_MS],
      ['of a day in the body', { status: 429, body: '{"retry_after":86400}' }, RETRY_AFTER_MAX_MS],
    ])('obeys a wait %s', async (_, fault, retryAfterMs) => {
      const error = await failure(await openWith(fault));
      expect(error).toMatchObject({ name: 'RetryableError', retryAfterMs });
    });

    it.each<[string, () => string | undefined, readonly [least: number, most: number] | undefined]>([
      ['until an HTTP date', () => new Date(Date.now() + 600_000).toUTCString(), [500_000, 601_000]],
      ['until an HTTP date that is over', () => 'Fri, 31 Dec 1999 23:59:59 GMT', [0, 0]],
      ['that is absent', () => undefined, undefined],
      ['that is none', () => 'soon', undefined],
      ['of a number below 0', () => '-5', undefined],
    ])('takes a 429 with a wait %s', async (_, value, wait) => {
      const after = value();
      const error = await failure(
        await openWith({ status: 429, ...(after !== undefined && { headers: { 'retry-after': after } }) }),
      );
      expect(error).toBeInstanceOf(RetryableError);
      const { retryAfterMs } = error as RetryableError;
      // Some products for people have a limit that they do not tell, and which is kept then.
      if (wait === undefined && forPeople) return expect(retryAfterMs ?? 0).toBeLessThanOrEqual(60_000);
      if (wait === undefined) return expect(retryAfterMs).toBeUndefined();
      expect(retryAfterMs).toBeGreaterThanOrEqual(wait[0]);
      expect(retryAfterMs).toBeLessThanOrEqual(wait[1]);
    });

    it('tries again after a wait in the body, and not later', async () => {
      const faults = [{ status: 429, body: '{"retry_after":2,"ok":false}' }];
      const bench = await open({ script: { kind: 'first', faults } });
      await failure(bench);
      const slept = bench.slept();
      await bench.destination.send(batchOf(bench.destination, [alert(9)]), signal);
      expect(bench.slept() - slept).toBeLessThanOrEqual(2_000);
      expect(bench.arrived()).toEqual([alert(9).id]);
    });

    for (const fault of ['reset', 'half_reply', 'accept_then_reset'] as const) {
      it(`takes ${fault} for a passing trouble`, async () => {
        expect(await failure(await openWith(fault))).toBeInstanceOf(RetryableError);
      });
    }

    it('waits for a slow answer', async () => {
      const bench = await openWith({ delayMs: 30 });
      await bench.destination.send(batchOf(bench.destination, [alert(1)]), signal);
      expect(bench.arrived()).toEqual([alert(1).id]);
    });

    it('sends again what was accepted by an answer that was lost, and loses nothing', async () => {
      const bench = await open({ script: { kind: 'first', faults: ['accept_then_reset'] } });
      const batch = batchOf(bench.destination, [alert(1), alert(2)]);
      await expect(bench.destination.send(batch, signal)).rejects.toBeInstanceOf(RetryableError);
      await bench.destination.send(batch, signal);
      expect(new Set(bench.arrived())).toEqual(new Set([alert(1).id, alert(2).id]));
    });

    it('goes on with the same batch when a token that was refused is good again', async () => {
      const bench = await open({ script: { kind: 'first', faults: [{ status: 401 }, { status: 401 }] } });
      const batch = batchOf(bench.destination, [alert(1)]);
      // A token that is asked for anew may have both answers in one try.
      for (let tries = 0; bench.arrived().length === 0; tries++) {
        expect(tries).toBeLessThan(3);
        const error = await bench.destination.send(batch, signal).catch((thrown: unknown) => thrown);
        if (error !== undefined) expect(error).toBeInstanceOf(DestinationRefusedError);
      }
      expect(bench.arrived()).toEqual([alert(1).id]);
    });

    it('takes a page to sign in, with 200 and its own content type, for acceptance only where any 2xx is', async () => {
      const body = '<!doctype html><html><title>Sign in</title></html>';
      const bench = await openWith({ status: 200, headers: { 'content-type': 'text/html' }, body });
      if (!protocol.accepts(200, body)) expect(await failure(bench)).not.toBeInstanceOf(RowsRefusedError);
      else await bench.destination.send(batchOf(bench.destination, [alert(1)]), signal);
    });

    it('takes silence for a passing trouble', async () => {
      const bench = await open({ script: { kind: 'always', fault: { delayMs: 2_000 } }, timeoutMs: 100 });
      expect(await failure(bench)).toMatchObject({ name: 'RetryableError', code: 'timeout' });
    });

    it('takes a closed port for a passing trouble', async () => {
      const bench = await open({ unreachable: true });
      expect(await failure(bench)).toMatchObject({ name: 'RetryableError', code: closedPort });
    });

    for (const status of [301, 302, 307, 401, 403, 404, 405]) {
      it(`takes ${status} for a refusal of the destination`, async () => {
        const bench = await openWith({ status, headers: { location: 'http://127.0.0.1:9/elsewhere' } });
        expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
        expect(bench.receiver.counts.requests).toBe(status === 401 && protocol.renewsToken ? 2 : 1);
      });
    }

    it('takes a refusal in its own words, and 413 in any, for a refusal of rows', async () => {
      for (const fault of [protocol.rowRefusal, { status: 413, body: '<html>Too large</html>' }]) {
        expect(await failure(await openWith(fault), 3)).toBeInstanceOf(RowsRefusedError);
      }
    });

    it.each([
      [400, '<!doctype html><html><title>400 Bad Request</title></html>'],
      [400, 'Bad request'],
      [400, ''],
      [400, '{"code":400,"message":"blocked"}'],
      [422, '<html>'],
    ])(
      'takes %i with the body %j, a proxy’s, for a refusal of rows only where any 400 is',
      async (status, body) => {
        const error = await failure(await openWith({ status, body }), 3);
        expect(error).toBeInstanceOf(
          protocol.refusesRowsInWords ? DestinationRefusedError : RowsRefusedError,
        );
      },
    );

    it.each([
      [200, ''],
      [200, '<html>Log in</html>'],
      [200, 'OK'],
      [202, 'accepted'],
      [204, ''],
      [200, '{"ok":true}'],
      [200, '{"ok":false,"error":"channel_not_found"}'],
      [200, '{"status":"success"}'],
    ])('takes %i with the body %j for acceptance only where the protocol does', async (status, body) => {
      const bench = await openWith({ status, ...(body !== '' && { body }) });
      if (!protocol.accepts(status, body)) expect(await failure(bench)).not.toBeInstanceOf(RowsRefusedError);
      else await bench.destination.send(batchOf(bench.destination, [alert(1)]), signal);
      expect(bench.receiver.counts.requests).toBe(1);
    });

    it('takes 409 to whatever is sent for a refusal of the destination, after a lost reply too', async () => {
      expect(await failure(await openWith({ status: 409 }))).toBeInstanceOf(DestinationRefusedError);
      const faults = ['reset' as const, ...Array.from({ length: 4 }, () => ({ status: 409 }))];
      const bench = await open({ script: { kind: 'first', faults } });
      expect(await failure(bench)).toBeInstanceOf(RetryableError);
      expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
    });

    it('keeps its secrets out of messages, even when the reply repeats them', async () => {
      for (const status of [400, 401, 404, 500]) {
        await failure(await open({ script: { kind: 'echo', status } }));
      }
      await failure(await open({ unreachable: true }));
    });

    it('reads no more of a reply than it needs', async () => {
      const bench = await openWith({ status: 503, body: 'x'.repeat(2_000_000) });
      const error = await failure(bench);
      expect(error).toBeInstanceOf(RetryableError);
      expect(String(error).length).toBeLessThan(400);
    });

    it('stops when its signal is aborted', async () => {
      const bench = await openWith({ delayMs: 5_000 });
      const abort = new AbortController();
      const sent = bench.destination.send(batchOf(bench.destination, [alert(1)]), abort.signal);
      const reason = new Error('claim lost');
      setTimeout(() => abort.abort(reason), 50);
      await expect(sent).rejects.toBe(reason);
    });

    it('sends nothing for a signal that is aborted already', async () => {
      const bench = await open();
      const sent = bench.destination.send(batchOf(bench.destination, [alert(1)]), AbortSignal.abort());
      await expect(sent).rejects.toThrow();
      expect(bench.receiver.counts.requests).toBe(0);
    });

    if (forPeople) {
      it('shows what an analyst asks of an alert', async () => {
        const { destination } = await open();
        const event = { ...alert(1).event, DeviceId: 'd1', AlertId: 'da1_-2', AccountObjectId: 'u1' };
        const preview = await previewMessage(destination.type, [alert(1, { event })], {});
        const message = JSON.stringify(preview?.body);
        for (const part of [
          '🟠 HIGH',
          'Download with certutil',
          'ws-042.contoso.example',
          'alice@contoso.example',
          'certutil.exe -urlcache -f',
          'certutil fetches a file',
          'Certificate roll-outs',
          'https://security.microsoft.com/machines/v2/d1',
          'https://security.microsoft.com/alerts/da1_-2',
          'https://security.microsoft.com/user?aad=u1',
          'https://attack.mitre.org/techniques/T1105/',
          '2026-11-23 07:01:02 UTC',
          alert(1).id,
        ]) {
          expect(message).toContain(part);
        }
      });

      it('sends stored deliveries again one by one', async () => {
        const bench = await open();
        const ids = Array.from({ length: 12 }, (_, at) => alert(at).id);
        const stored = batchOf(
          bench.destination,
          ids.map((_id, at) => alert(at)),
        ).items.map((item) => encodedBefore(item.head, payloadOf(item), Buffer.alloc(0)));
        const policy = { retryForMs: 0, retryMinMs: 1, retryMaxMs: 1 };
        const sent = await sendAgain(bench.destination, stored, {
          policy,
          clock: new FakeClock(Date.now(), { sleepPasses: true }),
          signal,
        });
        expect(sent).toEqual(ids.map(() => ({ kind: 'accepted' })));
        expect(bench.arrived()).toEqual(ids);
      });

      it('posts whatever the rows and their rules hold, and hides nothing', async () => {
        const bench = await open();
        const all = HOSTILE.map((text, at) => hostileAlert(text, at));
        for (const one of all) await bench.destination.send(batchOf(bench.destination, [one]), signal);
        for (const one of all) {
          const preview = await previewMessage(bench.destination.type, [one], {});
          expect(JSON.stringify(preview?.body)).not.toMatch(/[\u202e\u200b\u{e0041}]/u);
        }
        expect(bench.receiver.counts).toMatchObject({ refused: 0, events: all.length });
      });
    }

    it('works again after a trouble', async () => {
      const bench = await open({ script: { kind: 'first', faults: ['reset', { status: 503 }] } });
      await failure(bench);
      await failure(bench);
      await bench.destination.send(batchOf(bench.destination, [alert(9)]), signal);
      expect(bench.arrived()).toEqual([alert(9).id]);
    });
  });
}

/** An origin on loopback where nothing listens. */
export async function closedOrigin(): Promise<string> {
  const counts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const receiver = await startReceiver({}, counts, () => ({ status: 200 }));
  await receiver.close();
  return receiver.origin;
}

/** Everything of an error that a log might show. */
function whole(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : whole(error.cause)}`;
}

/** What an attacker, or a long script, may put into any column. */
const HOSTILE = [
  '',
  ' \n\t ',
  '<!channel> <at>everyone</at> @channel',
  '[Reset](https://evil.example) <https://evil.example|Reset>',
  '{{DATE(2020-01-01T00:00:00Z)}} &amp; `code` *bold* _it_ ~no~',
  '\u202egpj.exe\u200b\u{e0041}\u0000\u001b[31m',
  '\ud800 lone',
  '"\\'.repeat(4_000),
  '€😀'.repeat(4_000),
  '\u{e0041}'.repeat(4_000),
];

/** An alert with this text wherever text may stand. */
function hostileAlert(text: string, at: number): Envelope {
  const columns =
    'DeviceName DeviceId AccountUpn FileName InitiatingProcessFileName ProcessCommandLine ActionType RemoteUrl RegistryKey SenderFromAddress RecipientEmailAddress Subject Application Title AlertId SHA256 AccountSid';
  const many = Array.from({ length: 30 }, () => text);
  return alert(at, {
    time: text,
    table: text,
    tenant: text,
    rule: {
      title: text,
      id: `${at}${text}`,
      description: text,
      tags: many,
      falsepositives: many,
      matched: many.map((value) => ({ column: text, value })),
    },
    event: Object.fromEntries(columns.split(' ').map((column) => [column, text])),
  });
}
