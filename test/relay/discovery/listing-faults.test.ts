import { describe, expect, it } from 'vitest';
import { BlobError } from '../../../src/blobs/errors.ts';
import type { BlobStore } from '../../../src/blobs/port.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { sourceAccount } from '../../../src/event-grid/source.ts';
import { backfill } from '../../../src/relay/discovery/backfill.ts';
import { volumeAround } from '../../../src/relay/discovery/first-reading.ts';
import { collectStatus } from '../../../src/relay/status/report.ts';
import { HOUR, MINUTE, NAME, relay, row } from '../harness.ts';
import { broken, unavailable } from './register-sweep-fault-tests.ts';

// The siblings of case 07: what else lists all containers.

const PREFIX = 'insights-logs-advancedhunting-';
const GONE = `${PREFIX}aaagone`;
const LAST = `${PREFIX}zzz`;
const signal = new AbortController().signal;
const isGone = (container: string) => container === GONE;
const deleted = unavailable('HTTP 409 ContainerBeingDeleted');

function setting() {
  const r = relay(['splunk']);
  for (const container of [GONE, LAST]) r.blobs.append(container, NAME, Buffer.from(row(0)));
  r.clock.advance(120 * MINUTE);
  return r;
}

const options = {
  range: { containerPrefix: PREFIX, from: 0, to: HOUR + 60 * MINUTE },
  destinations: [],
  dryRun: false,
  queueLimit: 1_000,
  signal,
};

describe('backfill', () => {
  it.each(['folders', 'list'] as const)(
    'passes over a container whose %s fail, and says so',
    async (what) => {
      const r = setting();
      const told: string[] = [];
      const totals = await backfill(
        { ...r.deps, blobs: broken(r.blobs, what, isGone, deleted) },
        { ...options, onPassedOver: (container, error) => told.push(`${container} ${error.message}`) },
      );
      expect(totals).toMatchObject({ listed: 1, queued: 1, passedOver: [GONE] });
      expect(told).toEqual([expect.stringContaining(`${GONE} Cannot list: HTTP 409`)]);
      const [message] = await r.queue.receive(32, 60);
      expect(JSON.parse(message?.body ?? '').blob.container).toBe(LAST);
    },
  );

  it('remembers over an interruption what it passed over', async () => {
    const r = setting();
    const totals = await backfill(r.deps, {
      ...options,
      totals: {
        listed: 0,
        queued: 0,
        bytes: 0,
        underWay: 0,
        busy: 0,
        held: 0,
        unreadable: 0,
        passedOver: [GONE],
      },
    });
    expect(totals).toMatchObject({ listed: 1, passedOver: [GONE] });
  });

  it('ends, to go on another time, where the account is out of reach as a whole', async () => {
    const r = setting();
    let reachable = true;
    const blobs: BlobStore = {
      ...broken(
        r.blobs,
        'list',
        () => true,
        () => {
          reachable = false;
          return deleted();
        },
      ),
      async *containers(prefix) {
        if (!reachable) throw new BlobError('storage_unavailable', 'Cannot list containers');
        yield* r.blobs.containers(prefix);
      },
    };
    await expect(backfill({ ...r.deps, blobs }, options)).rejects.toMatchObject({
      message: 'Cannot list containers',
    });
  });

  it('passes over a blob whose checkpoint cannot be read, and counts it', async () => {
    const r = setting();
    const checkpoints = {
      ...r.checkpoints,
      async load(ref: { readonly container: string }) {
        if (ref.container === GONE) throw new CheckpointError('checkpoint_unreadable', 'not ours');
        return undefined;
      },
    };
    const totals = await backfill({ ...r.deps, checkpoints }, options);
    expect(totals).toMatchObject({ listed: 2, queued: 1, unreadable: 1, passedOver: [] });
  });
});

describe('status', () => {
  it.each(['folders', 'list'] as const)(
    'reports the rest where the %s of one container fail',
    async (what) => {
      const r = setting();
      const blobs = broken(r.blobs, what, isGone, deleted);
      const account = sourceAccount({ account: r.blobs.account, containerPrefix: PREFIX });
      const report = await collectStatus(
        { ...r, sources: [{ ...r, blobs, name: undefined, account }] },
        {
          destinations: ['splunk'],
          sinceMs: 24 * 60 * MINUTE,
          maxLagMs: 1e9,
          silentAfterMs: 86_400_000,
          tellsTroubles: true,
          deletedOn: () => () => Number.MAX_SAFE_INTEGER,
        },
      );
      expect(report.lag.map(({ table }) => table)).toEqual(['zzz']);
      expect(report.unknown).toContain('lag');
      expect(report.trouble).toEqual([
        `${GONE} cannot be listed: Cannot list: HTTP 409 ContainerBeingDeleted`,
      ]);
    },
  );
});

it('the volume at a first start is told without a container that cannot be listed', async () => {
  const r = setting();
  const volume = await volumeAround(
    { clock: r.clock, blobs: broken(r.blobs, 'list', isGone, deleted) },
    PREFIX,
    { from: 0, decidedOn: 0 },
    signal,
  );
  expect(volume).toMatchObject({ after: { blobs: 1 }, complete: false });
});
