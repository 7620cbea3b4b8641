import { afterEach, describe, expect, it } from 'vitest';
import type { Fault, FaultHook, Receiver, ReceiverReply } from '../../lab/receivers/server.ts';
import type { AlertMessage } from '../../src/alerts/message.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';
import type { OpenMessenger } from '../../src/destinations/open-messenger.ts';
import type { PlacePace } from '../../src/destinations/place.ts';
import { RETRY_AFTER_MAX_MS } from './deps.ts';
import { type FaultScript, faultHook } from './fault-script.ts';
import { group, operational } from './messages.ts';
import type { Protocol } from './register-destination-tests.ts';
import { alert } from './samples.ts';

/** A messenger with the real receiver it talks to. */
export interface MessengerBench {
  readonly messenger: OpenMessenger;
  readonly receiver: Receiver;
  /** What the receiver has taken so far, each with the id of the event it shows; empty for none. */
  readonly arrived: () => Promise<readonly string[]>;
  /** What must never be seen in an error's message, or in what is stored. */
  readonly secrets: readonly string[];
}

export interface MessengerBenchOptions {
  /** What the receiver does to its requests: as data, and as the hook it makes. */
  readonly script?: FaultScript;
  readonly fault?: FaultHook;
  readonly unreachable?: boolean;
  readonly timeoutMs?: number;
  /** The pace of the places that it posts to. */
  readonly pace?: PlacePace;
}

export interface MessengerContractOptions {
  readonly protocol: Protocol;
  /** What a closed port looks like: workerd does not tell it from a lost connection. */
  readonly closedPort?: 'unreachable' | 'connection_lost';
}

/** What every messenger does, against a real server. */
export function registerMessengerTests(
  name: string,
  makeBench: (options: MessengerBenchOptions) => Promise<MessengerBench>,
  { protocol, closedPort = 'unreachable' }: MessengerContractOptions,
): void {
  describe(`${name}: messenger contract`, () => {
    const benches: MessengerBench[] = [];
    const open = async (options: Omit<MessengerBenchOptions, 'fault'> = {}) => {
      const { script } = options;
      const bench = await makeBench({ ...options, ...(script && { fault: faultHook(script) }) });
      benches.push(bench);
      return bench;
    };
    const openWith = (fault: Fault) => open({ script: { kind: 'always', fault } });
    const openFirst = (...faults: readonly Fault[]) => open({ script: { kind: 'first', faults } });
    const signal = new AbortController().signal;
    afterEach(async () => {
      for (const bench of benches.splice(0)) {
        await bench.messenger.close();
        await bench.receiver.close();
      }
    });

    async function failure({ messenger, secrets }: MessengerBench): Promise<unknown> {
      try {
        await messenger.say(group(1), undefined, signal);
      } catch (error) {
        const text = whole(error);
        for (const secret of secrets) expect(text).not.toContain(secret);
        return error;
      }
      return expect.fail('the message was taken');
    }

    it('resolves when the message is taken, with a short text without secrets for the next one', async () => {
      const { messenger, arrived, secrets } = await open();
      const posted = await messenger.say(group(1), undefined, signal);
      expect(await arrived()).toEqual([alert(1).id]);
      expect((posted ?? '').length).toBeLessThanOrEqual(512);
      for (const secret of secrets) expect(posted ?? '').not.toContain(secret);
      expect(messenger.intervalMs).toBeGreaterThanOrEqual(250);
    });

    it('waits for a slow reply', async () => {
      const { messenger, arrived } = await open({ script: { kind: 'always', fault: { delayMs: 300 } } });
      await messenger.say(group(1), undefined, signal);
      expect(await arrived()).toHaveLength(1);
    });

    it.each<[string, ReceiverReply, number]>([
      ['in seconds', { status: 429, headers: { 'retry-after': '7' } }, 7_000],
      ['in the body', { status: 429, body: '{"retry_after":2,"ok":false}' }, 2_000],
      ['as a string', { status: 429, body: '{"retry_after":"1.5"}' }, 1_500],
      ['in milliseconds', { status: 429, body: '{"retry_after_ms":2500}' }, 2_500],
      ['of a day', { status: 429, headers: { 'retry-after': '86400' } }, RETRY_AFTER_MAX_MS],
      ['of a 503', { status: 503, headers: { 'retry-after': '3' } }, 3_000],
    ])('passes on a wait %s', async (_, fault, retryAfterMs) => {
      const error = await failure(await openWith(fault));
      expect(error).toMatchObject({ name: 'RetryableError', retryAfterMs });
    });

    it('passes on a wait that is a date', async () => {
      const date = new Date(Date.now() + 600_000).toUTCString();
      const error = await failure(await openWith({ status: 429, headers: { 'retry-after': date } }));
      expect(error).toBeInstanceOf(RetryableError);
      const { retryAfterMs } = error as RetryableError;
      expect(retryAfterMs).toBeGreaterThan(500_000);
      expect(retryAfterMs).toBeLessThanOrEqual(601_000);
    });

    it.each([408, 429, 500, 502, 503, 504])('takes %i for a passing trouble', async (status) => {
      expect(await failure(await openWith({ status, body: 'later' }))).toBeInstanceOf(RetryableError);
    });

    it.each(['reset', 'accept_then_reset', 'half_reply'] as const)(
      'takes %s for a passing trouble, and says the message again',
      async (fault) => {
        const bench = await openFirst(fault);
        expect(await failure(bench)).toBeInstanceOf(RetryableError);
        await bench.messenger.say(group(1), undefined, signal);
        // Accepted with a lost reply, the message arrives twice; nothing tells that from a message that never arrived.
        expect(new Set(await bench.arrived())).toEqual(new Set([alert(1).id]));
      },
    );

    it('does not wait longer than its time limit', async () => {
      const bench = await open({ script: { kind: 'always', fault: { delayMs: 2_000 } }, timeoutMs: 100 });
      expect(await failure(bench)).toMatchObject({ name: 'RetryableError', code: 'timeout' });
    });

    it('takes a closed port for a passing trouble', async () => {
      const bench = await open({ unreachable: true });
      expect(await failure(bench)).toMatchObject({ name: 'RetryableError', code: closedPort });
    });

    it.each<[string, ReceiverReply]>([
      [
        'a page to sign in',
        { status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><html>Sign in' },
      ],
      ['an empty page', { status: 202, headers: { 'content-type': 'text/html; charset=utf-8' } }],
      ['204', { status: 204 }],
    ])('does not take %s for acceptance', async (_, fault) => {
      expect(await failure(await openWith(fault))).toMatchObject({
        name: 'RetryableError',
        code: 'bad_reply',
      });
    });

    it('takes a refusal in the product’s words, and 413, for a refusal of this message', async () => {
      for (const fault of [protocol.rowRefusal, { status: 413, body: '<html>Too large</html>' }]) {
        expect(await failure(await openWith(fault))).toBeInstanceOf(RowsRefusedError);
      }
    });

    it.each([301, 302, 401, 403, 404, 405, 410])(
      'takes %i for a refusal of the destination',
      async (status) => {
        const bench = await openWith({ status, headers: { location: 'http://127.0.0.1:9/elsewhere' } });
        expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
      },
    );

    it('takes a proxy’s 400 for a refusal of the destination, and loses no message for it', async () => {
      const bench = await openFirst({ status: 400, body: '<html>Bad request</html>' });
      expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
      await bench.messenger.say(group(1), undefined, signal);
      expect(await bench.arrived()).toHaveLength(1);
    });

    it('goes on when a token that was refused is accepted again', async () => {
      const bench = await openFirst({ status: 401, body: 'no' }, { status: 403, body: 'no' });
      expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
      expect(await failure(bench)).toBeInstanceOf(DestinationRefusedError);
      await bench.messenger.say(group(1), undefined, signal);
      expect(await bench.arrived()).toHaveLength(1);
    });

    it('says an update also where what the first message resolved with is lost, or is not its own', async () => {
      const { messenger, arrived } = await open();
      const posted = await messenger.say(group(1), undefined, signal);
      const update = group(1, { phase: 'update', count: 2 });
      await messenger.say(update, posted, signal);
      await messenger.say({ ...update, count: 3 }, undefined, signal);
      await messenger.say({ ...update, count: 4 }, 'of another product 17', signal);
      expect((await arrived()).length).toBeGreaterThanOrEqual(4);
    });

    it('says the end of a group, and both ends of a trouble of the relay', async () => {
      const { messenger, receiver } = await open();
      const posted = await messenger.say(group(1), undefined, signal);
      if (messenger.wantsEnd) await messenger.say(group(1, { phase: 'end' }), posted, signal);
      const begun = await messenger.say(operational('first'), undefined, signal);
      await messenger.say(operational('end'), begun, signal);
      await messenger.say(operational('end'), undefined, signal);
      expect(receiver.counts.refused).toBe(0);
    });

    it.each([1, 2, 100])('says %i messages in one', async (count) => {
      const { messenger, receiver } = await open();
      const many = Array.from({ length: count }, (_, at) => group(at, { count: at + 1 }));
      await messenger.digest([...many, operational('first')], signal);
      expect(receiver.counts).toMatchObject({ requests: 1, events: 1, refused: 0 });
    });

    it('fails a digest as a message', async () => {
      const { messenger } = await openWith({ status: 429, headers: { 'retry-after': '7' } });
      const said = messenger.digest([group(1), group(2)], signal);
      await expect(said).rejects.toMatchObject({ name: 'RetryableError', retryAfterMs: 7_000 });
    });

    it('waits for its turn at the place where others post, too, before each message that appears there', async () => {
      const turns: { readonly place: string; readonly events: number }[] = [];
      let bench: MessengerBench | undefined;
      const pace: PlacePace = {
        async turn(place, intervalMs) {
          expect(intervalMs).toBe(bench?.messenger.intervalMs);
          turns.push({ place, events: bench?.receiver.counts.events ?? 0 });
          return 0;
        },
        hold: () => expect.fail('the product asked for no pause'),
      };
      bench = await open({ pace });
      const { messenger, secrets } = bench;
      const posted = await messenger.say(group(1), undefined, signal);
      await messenger.say(group(1, { phase: 'update', count: 2 }), posted, signal);
      await messenger.digest([group(2), group(3)], signal);
      // An update of an earlier message that appears nowhere takes none.
      expect(turns.map(({ events }) => events)).toEqual([0, 1, 2]);
      expect(new Set(turns.map(({ place }) => place)).size).toBe(1);
      expect(turns[0]?.place).toMatch(/^[\w-]{16}$/);
      for (const secret of secrets) expect(turns[0]?.place).not.toContain(secret);
    });

    it('holds the place where the product asks for a pause, and asks it nothing while another destination has it held', async () => {
      const holds: number[] = [];
      let heldMs = 0;
      const pace: PlacePace = {
        turn: async () => heldMs,
        async hold(_, ms) {
          holds.push(ms);
        },
      };
      const { messenger, receiver } = await open({
        pace,
        script: { kind: 'first', faults: [{ status: 429, headers: { 'retry-after': '7' } }] },
      });
      const say = () => messenger.say(group(1), undefined, signal);
      await expect(say()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 7_000 });
      expect(holds).toEqual([7_000]);
      heldMs = 4_000;
      await expect(say()).rejects.toMatchObject({ code: 'throttled', retryAfterMs: 4_000 });
      expect(receiver.counts.requests).toBe(1);
      heldMs = 0;
      await say();
      expect(holds).toEqual([7_000]);
    });

    it('says any message within the limits of the product', async () => {
      const { messenger, receiver } = await open();
      const messages = HOSTILE.flatMap((text, at) => [
        hostileGroup(text, at),
        { ...operational('first'), title: text, text, since: text, facts: [{ label: text, value: text }] },
      ]);
      for (const message of messages) await messenger.say(message, undefined, signal);
      await messenger.digest(messages, signal);
      expect(receiver.counts).toMatchObject({ refused: 0, faults: 0 });
    });

    it('keeps its secrets out of errors, even when a reply repeats them', async () => {
      for (const status of [400, 401, 404, 429, 500])
        await failure(await open({ script: { kind: 'echo', status } }));
    });

    it('reads no more of a reply than it needs', async () => {
      const error = await failure(await openWith({ status: 503, body: 'x'.repeat(2_000_000) }));
      expect(error).toBeInstanceOf(RetryableError);
      expect(String(error).length).toBeLessThan(400);
    });

    it('stops when its signal is aborted, and sends nothing for one that is aborted already', async () => {
      const bench = await openWith({ delayMs: 5_000 });
      const abort = new AbortController();
      const said = bench.messenger.say(group(1), undefined, abort.signal);
      const reason = new Error('stopping');
      setTimeout(() => abort.abort(reason), 50);
      await expect(said).rejects.toBe(reason);
      const before = bench.receiver.counts.requests;
      await expect(bench.messenger.say(group(1), undefined, AbortSignal.abort())).rejects.toThrow();
      await expect(bench.messenger.digest([group(1)], AbortSignal.abort())).rejects.toThrow();
      expect(bench.receiver.counts.requests).toBe(before);
    });
  });
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

/** A group with this text wherever text may stand. */
function hostileGroup(text: string, at: number): AlertMessage {
  const many = Array.from({ length: 30 }, () => text);
  const name = `${text}x`.slice(0, 512);
  const columns =
    'DeviceName DeviceId AccountUpn FileName ProcessCommandLine ActionType RemoteUrl Subject Title AlertId';
  return group(at, {
    firstTime: text,
    lastTime: text,
    groupedBy: [{ column: text, value: text }],
    others: many.slice(0, 10).map((title) => ({ rule: { title }, severity: 'high' })),
    entities: [
      {
        kind: 'host',
        first: [
          { kind: 'host', name },
          { kind: 'host', name: `${at}${name}`.slice(0, 512) },
        ],
        more: 5,
      },
    ],
    envelope: alert(at, {
      time: text,
      table: text,
      tenant: text,
      rule: {
        title: text,
        id: text,
        description: text,
        tags: many,
        falsepositives: many,
        matched: many.map((value) => ({ column: text, value })),
      },
      event: Object.fromEntries(columns.split(' ').map((column) => [column, text])),
    }),
  });
}
