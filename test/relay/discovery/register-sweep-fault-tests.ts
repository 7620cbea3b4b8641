import { describe, expect, it } from 'vitest';
import { BlobError } from '../../../src/blobs/errors.ts';
import type { BlobStore } from '../../../src/blobs/port.ts';
import { QueueError } from '../../../src/queue/errors.ts';
import { sweep } from '../../../src/relay/discovery/sweep.ts';
import { sweepOnce } from '../../../src/relay/discovery/sweep-regularly.ts';
import type { RelayDeps } from '../../../src/relay/source/deps.ts';
import type { LogFields, Logger } from '../../../src/shared/logger.ts';
import { MINUTE, NAME, relay, row } from '../harness.ts';

const PREFIX = 'insights-logs-advancedhunting-';
const GONE = `${PREFIX}aaagone`;
const LAST = `${PREFIX}zzz`;
const never = new AbortController().signal;

type Listing = 'folders' | 'list';

/** The store, with one of its listings broken for some containers. */
export function broken(
  blobs: BlobStore,
  what: Listing,
  isBroken: (container: string) => boolean,
  fault: () => Promise<never>,
): BlobStore {
  return {
    ...blobs,
    async *folders(container, prefix, signal) {
      if (what === 'folders' && isBroken(container)) await fault();
      yield* blobs.folders(container, prefix, signal);
    },
    async *list(container, prefix, signal) {
      if (what === 'list' && isBroken(container)) await fault();
      yield* blobs.list(container, prefix, signal);
    },
  };
}

export const unavailable = (text: string) => () =>
  Promise.reject(new BlobError('storage_unavailable', `Cannot list: ${text}`));
const hang = () => new Promise<never>(() => {});

/** Lets everything run that waits for no time. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
}

function setting(containers: readonly string[]) {
  const r = relay(['splunk']);
  for (const container of containers) r.blobs.append(container, NAME, Buffer.from(row(0)));
  r.clock.advance(2 * MINUTE);
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = [];
  const at = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  const now = r.clock.now();
  const options = { containerPrefix: PREFIX, from: now - 60 * MINUTE, to: now };
  const run = (deps: Partial<RelayDeps>, signal = never) =>
    sweep({ ...r.deps, logger, ...deps }, options, signal);
  const queued = async () =>
    (await r.queue.receive(32, 60)).map(({ body }) => JSON.parse(body).blob.container).sort();
  return { r, lines, logger, options, run, queued };
}

export function registerSweepFaultTests(where: string): void {
  describe(`case 07, sweep with one bad container, ${where}`, () => {
    it.each(
      (['folders', 'list'] as const).flatMap((what) =>
        ['HTTP 409 ContainerBeingDeleted', 'HTTP 500 OperationTimedOut', 'HTTP 503 ServerBusy'].map(
          (text) => [what, text] as const,
        ),
      ),
    )('%s of one container: %s. The other one is swept', async (what, text) => {
      const { r, lines, run, queued } = setting([GONE, LAST]);
      const blobs = broken(r.blobs, what, (container) => container === GONE, unavailable(text));
      for (let times = 1; times <= 2; times++) {
        const result = await run({ blobs });
        expect(result).toMatchObject({ queued: times === 1 ? 1 : 0, containers: 2, passedOver: 1 });
        expect(
          r.metrics.counter('xdr_relay_sweep_passed_over_total', {
            table: 'aaagone',
            reason: 'storage_unavailable',
          }),
        ).toBe(times);
      }
      expect(await queued()).toEqual([LAST]);
      expect(lines[0]).toMatchObject({
        level: 'warn',
        fields: { container: GONE, error: expect.stringContaining(text) },
      });
    });

    it('one that hangs holds nobody, and is passed over in the end', async () => {
      const { r, run, queued } = setting([GONE, LAST]);
      const blobs = broken(r.blobs, 'folders', (container) => container === GONE, hang);
      const swept = run({ blobs });
      await turns();
      expect(await queued()).toEqual([LAST]);
      r.clock.advance(6 * MINUTE);
      expect(await swept).toMatchObject({ passedOver: 1 });
      expect(r.metrics.counter('xdr_relay_sweep_passed_over_total', { reason: 'timeout' })).toBe(1);
    });

    it('many that hang, before those that do not, cost a bounded time', async () => {
      const bad = Array.from({ length: 9 }, (_, n) => `${PREFIX}bad${n}`);
      const { r, run, queued } = setting([...bad, LAST]);
      const blobs = broken(r.blobs, 'list', (container) => bad.includes(container), hang);
      let result: unknown;
      const swept = run({ blobs }).then((done) => {
        result = done;
      });
      let minutes = 0;
      for (; result === undefined && minutes < 60; minutes++) {
        await turns();
        r.clock.advance(MINUTE);
      }
      await swept;
      expect(result).toMatchObject({ containers: 10, passedOver: 9 });
      expect(await queued()).toEqual([LAST]);
    });

    it('says so where not one container can be read', async () => {
      const { r, lines, logger, options } = setting([GONE, LAST]);
      const blobs = broken(r.blobs, 'folders', () => true, unavailable('HTTP 503 ServerBusy'));
      await sweepOnce({ ...r.deps, logger, blobs }, { name: 'recent', ...options }, never);
      expect(lines.at(-1)).toMatchObject({
        level: 'error',
        message: 'The sweep could read none of the containers',
      });
    });

    it('fails where the containers themselves cannot be listed, or the queue takes nothing', async () => {
      const { r, run } = setting([GONE, LAST]);
      const blobs: BlobStore = {
        ...r.blobs,
        // biome-ignore lint/correctness/useYield: it fails before
        async *containers() {
          throw new BlobError('storage_unavailable', 'Cannot list containers');
        },
      };
      await expect(run({ blobs })).rejects.toMatchObject({ code: 'storage_unavailable' });
      const queue = Object.create(r.queue, {
        send: { value: () => Promise.reject(new QueueError('queue_unavailable', 'no')) },
      });
      await expect(run({ queue })).rejects.toMatchObject({ code: 'queue_unavailable' });
    });

    it('a checkpoint that cannot be written costs its own blob time, and no other of its container', async () => {
      const { r, run } = setting([LAST]);
      const other = NAME.replace('PT1H', 'PT1H_2');
      r.blobs.append(LAST, other, Buffer.from(row(1)));
      r.clock.advance(2 * MINUTE);
      const checkpoints = {
        ...r.checkpoints,
        async load(ref: { readonly name: string }) {
          if (ref.name === NAME) throw new BlobError('storage_unavailable', 'HTTP 500');
          return undefined;
        },
      };
      expect(await run({ checkpoints })).toMatchObject({ listed: 2, queued: 1, passedOver: 0 });
    });

    it('stops at once when it is told to', async () => {
      const { r, run } = setting([GONE, LAST]);
      const stop = new AbortController();
      const blobs = broken(
        r.blobs,
        'folders',
        () => true,
        () => {
          stop.abort(new Error('stopped'));
          return Promise.reject(new BlobError('storage_unavailable', 'cut'));
        },
      );
      await expect(run({ blobs }, stop.signal)).rejects.toThrow('stopped');
    });
  });
}
