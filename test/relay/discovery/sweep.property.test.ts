import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BlobEntry } from '../../../src/blobs/port.ts';
import type { Checkpoint } from '../../../src/checkpoints/checkpoint.ts';
import { summaryOf } from '../../../src/checkpoints/summary.ts';
import { needsVisit, sweep } from '../../../src/relay/discovery/sweep.ts';
import { blobPath, hourFolder } from '../../../src/shared/blob-ref.ts';
import { runs } from '../../support/runs.ts';
import { MINUTE, relay } from '../harness.ts';

const HOUR_MS = 60 * MINUTE;
const PREFIX = 'insights-logs-';
const never = new AbortController().signal;

/** Moments at which days, months, years and tens of days change, some of them on leap days. */
const TURNS = [
  '2026-11-26',
  '2026-11-30',
  '2026-12-01',
  '2027-01-01',
  '2028-02-29',
  '2028-03-01',
  '2026-11-10',
];
const moment = fc
  .tuple(fc.constantFrom(...TURNS), fc.integer({ min: -4 * 60, max: 28 * 60 }))
  .map(([day, minutes]) => Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE);

const FILES = ['PT1H.json', 'PT1H_1.json', 'pt1h.JSON', 'PT1H.json.gz', 'notes.txt', 'a/b/PT1H.json'];
const file = fc.oneof(
  fc.constantFrom(...FILES),
  fc.integer({ min: 2, max: 30 }).map((n) => `PT1H_${n}.json`),
);
const tenant = fc.constantFrom('tenantId=t/', 'tenantId=u/', 'y=2026/', '/', 'a b+c%/');

/** How old an hour is, in hours: most are near the ends of what the sweep looks at. */
const age = fc.oneof(
  fc.integer({ min: -2, max: 6 }),
  fc.integer({ min: 44, max: 52 }),
  fc.integer({ max: 24 * 40, min: 0 }),
);

const path = fc.oneof(
  { weight: 8, arbitrary: fc.record({ age, tenant, minutes: fc.constantFrom('m=00/', 'm=04/', ''), file }) },
  {
    weight: 2,
    arbitrary: fc.record({
      age,
      // Layouts that no hour's folder at the top of a tenant's has.
      odd: fc.constantFrom(
        '',
        'x/y/',
        'tenantId=t/x/',
        'tenantId=t/y=2026/m=11/d=2x/',
        'tenantId=t/y=2026/m=11/d=26/',
      ),
      isHourly: fc.boolean(),
      file,
    }),
  },
);

const state = fc.record({
  kind: fc.constantFrom('none', 'none', 'same', 'replaced', 'longer', 'shorter'),
  closed: fc.boolean(),
  /** Minutes from now: of the live task, of one that is behind, of a hold. */
  due: fc.option(fc.integer({ min: -10, max: 5 }), { nil: undefined }),
  behind: fc.option(fc.integer({ min: -10, max: 5 }), { nil: undefined }),
  hold: fc.option(fc.integer({ min: -10, max: 5 }), { nil: undefined }),
  isEtagKnown: fc.constantFrom(undefined, true, false),
  isYoung: fc.boolean(),
  /** The blob was deleted, its checkpoint was not. */
  isGone: fc.constantFrom(false, false, true),
});

/** Many in one folder: their checkpoints are listed and not looked at one by one. */
const crowd = fc.array(
  fc.record({
    container: fc.constant('a' as const),
    path: fc.record({
      age: fc.integer({ min: 0, max: 2 }),
      tenant: fc.constant('tenantId=t/'),
      minutes: fc.constant('m=00/'),
      file,
    }),
    state,
  }),
  { minLength: 12, maxLength: 40 },
);

const world = fc.record({
  now: moment,
  backHours: fc.constantFrom(0, 1, 3, 3, 20, 48, 48, 24 * 12),
  blobs: fc
    .tuple(
      fc.array(fc.record({ container: fc.constantFrom('a', 'b', 'other'), path, state }), { maxLength: 20 }),
      fc.oneof(fc.constant([]), crowd),
    )
    .map((both) => both.flat()),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
type Path = World['blobs'][number]['path'];
type State = World['blobs'][number]['state'];

function nameOf(now: number, where: Path): string {
  const folder = hourFolder(now - where.age * HOUR_MS);
  if ('tenant' in where) return where.tenant + folder + where.minutes + where.file;
  return where.odd + (where.isHourly ? folder : '') + where.file;
}

function checkpointOf(
  { length, createdOn, etag }: BlobEntry,
  now: number,
  state: State,
): Checkpoint | undefined {
  const { kind, closed, due, behind, hold, isEtagKnown } = state;
  if (kind === 'none') return undefined;
  const at = (minutes: number) => now + minutes * MINUTE;
  return {
    v: 1,
    createdOn: kind === 'replaced' ? createdOn - 5 : createdOn,
    length: length + (kind === 'longer' ? 7 : kind === 'shorter' ? -7 : 0),
    grownOn: createdOn,
    format: 'lines',
    closed,
    destinations: {
      splunk: {
        offset: 0,
        ...(behind !== undefined && { behind: { task: 'b', due: at(behind), attempts: 1 } }),
      },
    },
    replays: {},
    ...(due !== undefined && { next: { task: 'n', due: at(due) } }),
    ...(hold !== undefined && {
      hold: { code: 'blob_archived' as const, since: now - HOUR_MS, failures: 1, until: at(hold) },
    }),
    ...(isEtagKnown !== undefined && { etag: isEtagKnown ? etag : 'another' }),
  };
}

/** The definition, blob by blob: those of an hour of the range, in a folder of that hour at the top of a tenant's, that need a visit. */
function isOwed(
  entry: BlobEntry,
  checkpoint: Checkpoint | undefined,
  now: number,
  backHours: number,
): boolean {
  const { name } = entry.ref;
  const tenantEnd = name.indexOf('/') + 1;
  const hours = Array.from({ length: backHours + 1 }, (_, n) => hourFolder(now - n * HOUR_MS));
  if (tenantEnd === 0 || !hours.some((hour) => name.startsWith(hour, tenantEnd))) return false;
  return needsVisit(entry, checkpoint && summaryOf(name, checkpoint), now);
}

const containerOf = (short: string) => (short === 'other' ? 'somebody-elses' : PREFIX + short);

/** A relay whose account and state are as the world says; gives what the definition says to be owed. */
async function build({ now, backHours, blobs }: World) {
  const r = relay(['splunk']);
  const set = (at: number) => r.clock.advance(at - r.clock.now());
  const states = new Map<string, State>();
  for (const isYoung of [false, true]) {
    set(isYoung ? now - 30_000 : now - 2 * MINUTE);
    for (const { container, path, state } of blobs.filter((blob) => blob.state.isYoung === isYoung)) {
      const ref = r.blobs.append(containerOf(container), nameOf(now, path), Buffer.from('0123456789'));
      states.set(blobPath(ref), state);
    }
  }
  set(now);
  const owed: string[] = [];
  for await (const container of r.blobs.containers('')) {
    for await (const entry of r.blobs.list(container, '')) {
      const at = blobPath(entry.ref);
      const state = states.get(at);
      const checkpoint = state && checkpointOf(entry, now, state);
      if (checkpoint) await r.checkpoints.save(entry.ref, checkpoint, undefined);
      if (state?.isGone) r.blobs.remove(entry.ref);
      else if (container.startsWith(PREFIX) && isOwed(entry, checkpoint, now, backHours)) owed.push(at);
    }
  }
  return { r, owed };
}

async function queuedBlobs({ queue }: Pick<ReturnType<typeof relay>, 'queue'>): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const messages = await queue.receive(32, 60);
    if (messages.length === 0) return found.sort();
    for (const { body } of messages) found.push(blobPath(JSON.parse(body).blob));
  }
}

it('queues exactly the blobs that a listing hour by hour would show to be owed', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (made) => {
      const { r, owed } = await build(made);
      const range = { containerPrefix: PREFIX, from: made.now - made.backHours * HOUR_MS, to: made.now };
      const { queued } = await sweep(r.deps, range, never);
      expect(await queuedBlobs(r)).toEqual(owed.sort());
      expect(queued).toBe(owed.length);
    }),
    { numRuns: runs(60) },
  );
});
