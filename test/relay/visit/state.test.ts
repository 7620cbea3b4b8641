import { describe, expect, it } from 'vitest';
import type { BlobStat } from '../../../src/blobs/port.ts';
import { Prints } from '../../../src/blobs/rows/fingerprint.ts';
import type { Checkpoint, Cursor, ReplayCursor } from '../../../src/checkpoints/checkpoint.ts';
import { DestinationDownError, LaneApartError } from '../../../src/delivery/errors.ts';
import type { LaneEnd } from '../../../src/delivery/lane.ts';
import { conclude, type Outcome } from '../../../src/relay/visit/conclude.ts';
import {
  blobState,
  cursorState,
  decide,
  type Evidence,
  type OwnPlan,
  type SharedPlan,
} from '../../../src/relay/visit/state.ts';
import type { CursorRef } from '../../../src/shared/cursor-ref.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const HOURS = 60 * MINUTE;
const blob = {
  account: 'a',
  container: 'c-deviceevents',
  name: 'tenantId=t/y=2026/m=11/d=23/h=11/m=00/PT1H.json',
};

const stat = (more: Partial<BlobStat> = {}): BlobStat => ({
  length: 100,
  createdOn: NOW - HOURS,
  lastModified: NOW - MINUTE,
  etag: 'e1',
  type: 'append',
  ...more,
});

const checkpoint = (more: Partial<Checkpoint> = {}): Checkpoint => ({
  v: 1,
  createdOn: NOW - HOURS,
  length: 100,
  grownOn: NOW - MINUTE,
  format: 'lines',
  closed: false,
  destinations: { splunk: { offset: 100 }, hook: { offset: 100 } },
  replays: {},
  end: { length: 100, offset: 100 },
  etag: 'e1',
  next: { task: 'main', due: NOW },
  ...more,
});

const HOOK: CursorRef = { destination: 'hook', replay: false };

const evidence = (more: Partial<Evidence> & { id?: string; cursor?: CursorRef } = {}): Evidence => ({
  task: {
    v: 1,
    id: more.id ?? 'main',
    blob,
    origin: 'tail',
    ...(more.cursor && { cursor: more.cursor }),
  },
  destinations:
    more.destinations ??
    new Map([
      ['splunk', {}],
      ['hook', {}],
    ]),
  settings: { latenessMs: 15 * MINUTE, pollMinMs: 5_000, pollMaxMs: MINUTE },
  freshId: 'fresh',
});

const found = (more: Partial<BlobStat> = {}) => ({ kind: 'found', stat: stat(more) }) as const;
const behind = (more: Partial<NonNullable<Cursor['behind']>> = {}) => ({
  task: 'own',
  due: NOW,
  attempts: 0,
  ...more,
});
const hold = (until: number) => ({ code: 'blob_archived' as const, since: NOW - HOURS, failures: 3, until });

describe('the state of a blob', () => {
  it.each<[string, Checkpoint | undefined, Partial<BlobStat>, string]>([
    ['nothing is known', undefined, {}, 'open'],
    ['it has grown', checkpoint({ length: 50 }), {}, 'open'],
    ['it is as long as before', checkpoint(), {}, 'quiet'],
    ['it is closed', checkpoint({ closed: true }), {}, 'closed'],
    ['it is closed and has grown', checkpoint({ closed: true }), { length: 101 }, 'reopened'],
    ['it is held', checkpoint({ hold: hold(NOW + 1) }), { length: 101 }, 'held'],
    [
      'its hold is longer than any: by a clock ahead',
      checkpoint({ hold: hold(NOW + 24 * HOURS) }),
      {},
      'quiet',
    ],
    ['its hold is over', checkpoint({ hold: hold(NOW) }), {}, 'quiet'],
  ])('%s', (_, known, look, kind) => {
    expect(blobState(known, stat(look), NOW).kind).toBe(kind);
  });
});

describe('the state of a cursor', () => {
  it.each<
    [
      string,
      Cursor | ReplayCursor,
      Evidence['destinations'] extends ReadonlyMap<string, infer E> ? E : never,
      string,
    ]
  >([
    ['keeps pace', { offset: 1 }, {}, 'withOthers'],
    ['reads on its own', { offset: 1, behind: behind() }, {}, 'behind'],
    ['is a replay', { offset: 1, to: 5, behind: behind() }, {}, 'replaying'],
    ['failed by its own rows', { offset: 1, behind: behind({ attempts: 1 }) }, {}, 'isolating'],
    ['has looked for the bad row', { offset: 1, behind: behind({ scanned: 9 }) }, {}, 'isolating'],
    ['meets an open breaker', { offset: 1 }, { openUntil: NOW }, 'held'],
    ['meets a held table', { offset: 1, behind: behind() }, { tableHeldUntil: NOW }, 'held'],
  ])('%s', (_, ...[cursor, of, kind]) => {
    expect(cursorState(cursor, of).kind).toBe(kind);
  });
});

describe('a task that ends at once', () => {
  const lost = behind({ due: NOW - 5 * MINUTE });
  it.each<
    [
      string,
      Checkpoint | undefined,
      Parameters<typeof decide>[1],
      Parameters<typeof evidence>[0],
      string | undefined,
    ]
  >([
    ['the blob is gone', checkpoint(), { kind: 'gone' }, {}, 'gone'],
    ['another task is live', checkpoint(), found(), { id: 'other' }, 'superseded'],
    [
      'another task is live, but the blob has grown',
      checkpoint(),
      found({ length: 101 }),
      { id: 'other' },
      undefined,
    ],
    [
      'another task is live, but the content may be another',
      checkpoint(),
      found({ etag: 'e2' }),
      { id: 'other' },
      undefined,
    ],
    [
      'the live task is overdue',
      checkpoint({ next: { task: 'main', due: NOW - 5 * MINUTE } }),
      found(),
      { id: 'other' },
      undefined,
    ],
    ['the blob is closed', checkpoint({ closed: true }), found(), {}, 'done'],
    [
      'the blob is closed and a task of its cursors was lost',
      checkpoint({ closed: true, destinations: { hook: { offset: 0, behind: lost } } }),
      found(),
      {},
      undefined,
    ],
    [
      'the blob is held and another task is live',
      checkpoint({ hold: hold(NOW + 1) }),
      found({ length: 101 }),
      { id: 'other' },
      'superseded',
    ],
    ['the cursor keeps pace', checkpoint(), found(), { id: 'own', cursor: HOOK }, 'superseded'],
    [
      'the destination was removed',
      checkpoint({ destinations: { old: { offset: 0, behind: behind() } } }),
      found(),
      { id: 'own', cursor: { destination: 'old', replay: false } },
      'superseded',
    ],
    [
      'another task of the cursor is live',
      checkpoint({ destinations: { hook: { offset: 0, behind: behind() } } }),
      found(),
      { id: 'other', cursor: HOOK },
      'superseded',
    ],
    [
      'another blob has the name',
      checkpoint({ destinations: { hook: { offset: 0, behind: behind() } } }),
      found({ createdOn: NOW }),
      { id: 'own', cursor: HOOK },
      'superseded',
    ],
  ])('%s', (_, ...[stored, look, of, result]) => {
    const plan = decide(stored, look, evidence(of), NOW);
    expect(plan.kind === 'end' ? plan.result : undefined).toBe(result);
  });

  it('leaves a task for the new blob where a cursor of the old one finds it', () => {
    const stored = checkpoint({ destinations: { hook: { offset: 0, behind: behind() } } });
    const plan = decide(stored, found({ createdOn: NOW }), evidence({ id: 'own', cursor: HOOK }), NOW);
    expect(plan).toMatchObject({ kind: 'end', sends: [{ live: { task: 'fresh' }, cursor: undefined }] });
  });
});

function shared(
  stored: Checkpoint | undefined,
  look: Partial<BlobStat> = {},
  of: Parameters<typeof evidence>[0] = {},
): SharedPlan {
  const plan = decide(stored, found(look), evidence(of), NOW);
  if (plan.kind !== 'shared') throw new Error(plan.kind);
  return plan;
}

function own(
  cursor: Cursor,
  of: Parameters<typeof evidence>[0] = {},
  more: Partial<Checkpoint> = {},
  look: Partial<BlobStat> = {},
): OwnPlan {
  const stored = checkpoint({ ...more, destinations: { splunk: { offset: 100 }, hook: cursor } });
  const plan = decide(stored, found(look), evidence({ id: 'own', cursor: HOOK, ...of }), NOW);
  if (plan.kind !== 'own') throw new Error(plan.kind);
  return plan;
}

describe('who reads', () => {
  it('those with something to read; those whose destination is not in service up to their first row', () => {
    const destinations = new Map([
      ['splunk', {}],
      ['hook', { openUntil: NOW + 7 }],
      ['chat', { tableHeldUntil: NOW + 9 }],
      ['slow', {}],
    ]);
    const plan = shared(
      checkpoint({ length: 50, destinations: { slow: { offset: 3, behind: behind() } } }),
      {},
      { destinations },
    );
    const readers = [...plan.readers].map(([name, { waitsUntil }]) => [name, waitsUntil]);
    expect(readers).toEqual([
      ['splunk', undefined],
      ['hook', NOW + 7],
      ['chat', NOW + 9],
    ]);
    expect([...plan.waits]).toEqual([]);
  });

  it('nobody where no destination is in service: what is read would be read again', () => {
    const destinations = new Map([
      ['hook', { openUntil: NOW + 7 }],
      ['chat', { tableHeldUntil: NOW + 9 }],
    ]);
    const plan = shared(checkpoint({ length: 50, destinations: {} }), {}, { destinations });
    expect([...plan.readers.keys()]).toEqual([]);
    expect([...plan.waits]).toEqual([
      ['hook', NOW + 7],
      ['chat', NOW + 9],
    ]);
  });

  it.each([
    ['when it is due', 60_000, 60],
    ['at once where a clock a day ahead has said when', 24 * HOURS, 0],
  ])('sends a task that may never have got onto the queue: %s', (_, dueIn, delaySeconds) => {
    const destinations = {
      splunk: { offset: 100 },
      hook: { offset: 3, behind: behind({ task: 'main.1', due: NOW + dueIn }) },
    };
    expect(shared(checkpoint({ destinations })).resends).toMatchObject([{ cursor: HOOK, delaySeconds }]);
  });

  it('nobody while the blob is held or archived, nor where its properties cannot be read', () => {
    expect(shared(checkpoint({ length: 50, hold: hold(NOW + 1) }))).toMatchObject({
      heldUntil: NOW + 1,
      readers: new Map(),
    });
    expect(shared(checkpoint({ length: 50, destinations: {} }), { isArchived: true })).toMatchObject({
      unreadable: 'blob_archived',
      readers: new Map(),
    });
    // Of which everything was read.
    expect(shared(checkpoint(), { isArchived: true }).unreadable).toBeUndefined();
    expect(decide(undefined, { kind: 'unreadable', code: 'blob_unreadable' }, evidence(), NOW)).toMatchObject(
      { unreadable: 'blob_unreadable' },
    );
  });

  it.each([
    [{ attempts: 1 }, {}, true],
    [{ attempts: 0 }, {}, false],
    [{ attempts: 1 }, { openUntil: NOW - 1 }, false],
  ])(
    'a cursor on its own, whose destination is proven alive only by a breaker that closed since its failure: %o %o',
    (of, hook, proven) => {
      const plan = own(
        { offset: 3, behind: behind({ scanned: 40, ...of }) },
        { destinations: new Map([['hook', hook]]) },
      );
      expect(plan.readers.get('hook')).toMatchObject({ offset: 3, isProvenAlive: proven, scanned: 40 });
    },
  );

  it('a cursor on its own does not read while its table or the blob is held', () => {
    const at = NOW + 5;
    expect(
      own({ offset: 3, behind: behind() }, { destinations: new Map([['hook', { tableHeldUntil: at }]]) }),
    ).toMatchObject({ tableHeldUntil: at, readers: new Map() });
    expect(own({ offset: 3, behind: behind() }, {}, { hold: hold(at) })).toMatchObject({
      heldUntil: at,
      readers: new Map(),
    });
  });
});

const error = new DestinationDownError('unreachable', 'no');
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  isStopping: false,
  openUntil: new Map(),
  ...more,
});
type Ending = 'done' | 'down' | 'stopped' | { apart: number } | { waits: number };

function endOf(ending: Ending): LaneEnd {
  if (ending === 'down') return { kind: ending, error };
  if (typeof ending === 'string') return { kind: ending };
  if ('waits' in ending) return { kind: 'waits', until: ending.waits };
  const { apart: until } = ending;
  return { kind: 'apart', until, error: new LaneApartError('rows_refused', 'no', { until }) };
}

const ran = (
  ends: Record<string, Ending>,
  offsets: Record<string, number>,
  { complete = true, replay = false } = {},
): NonNullable<Outcome['run']> => ({
  complete,
  replay,
  position: 100,
  format: 'lines',
  prints: new Prints(),
  offsets: new Map(Object.entries(offsets).map(([name, offset]) => [name, { offset }])),
  ends: new Map(Object.entries(ends).map(([name, kind]) => [name, endOf(kind)])),
});

describe('what follows a visit for all', () => {
  const grown = checkpoint({ length: 50, destinations: { splunk: { offset: 50 }, hook: { offset: 50 } } });

  it.each<[string, ReturnType<typeof ran>, Map<string, number>, object | undefined]>([
    ['it is done', ran({ splunk: 'done', hook: 'done' }, { splunk: 100, hook: 100 }), new Map(), undefined],
    [
      'it is down: it comes after all that wait for the same breaker',
      ran({ splunk: 'done', hook: 'down' }, { splunk: 100, hook: 50 }),
      new Map([['hook', NOW + 10_000]]),
      { attempts: 1, due: NOW + 15_000 },
    ],
    [
      'it has to wait',
      ran({ splunk: 'done', hook: { apart: NOW + 9_000 } }, { splunk: 100, hook: 50 }),
      new Map(),
      { attempts: 1, due: NOW + 9_000 },
    ],
    [
      'it was stopped',
      ran({ splunk: 'done', hook: 'stopped' }, { splunk: 100, hook: 70 }),
      new Map(),
      { attempts: 0, due: NOW },
    ],
  ])('a lane, when %s', (_, run, openUntil, wanted) => {
    const plan = shared(grown);
    const { change, before, after: ending } = conclude(plan, outcome({ run, openUntil }), NOW);
    const written = change(plan.base);
    expect(before).toHaveLength(1);
    expect(written.next?.task).toBe(before[0]?.live.task);
    if (wanted) expect(written.destinations.hook?.behind).toMatchObject(wanted);
    else expect(written.destinations.hook).not.toHaveProperty('behind');
    const own = ending(written).sends.find(({ cursor }) => cursor?.destination === 'hook');
    expect(own?.live.task).toBe(written.destinations.hook?.behind?.task);
  });

  it('closes when its hour is over and it was quiet, and leaves no task', () => {
    const quiet = checkpoint({ grownOn: NOW - 30 * MINUTE });
    const plan = shared(quiet, {}, {});
    const late = decide(quiet, found({ asOf: NOW + HOURS }), evidence(), NOW + HOURS);
    expect(conclude(plan, outcome(), NOW).change(quiet).closed).toBe(false);
    if (late.kind !== 'shared') throw new Error(late.kind);
    const { before, change, after: ending } = conclude(late, outcome({ run: ran({}, {}) }), NOW + HOURS);
    const written = change(quiet);
    expect({ before, closed: written.closed, next: written.next }).toEqual({
      before: [],
      closed: true,
      next: undefined,
    });
    expect(ending(written)).toEqual({ result: 'done', sends: [] });
  });

  it('holds what cannot be read, twice as long each time, and its next task comes then', () => {
    let current = grown;
    const pauses: number[] = [];
    for (let now = NOW; pauses.length < 12; ) {
      const plan = decide(current, found(), evidence({ id: current.next?.task ?? '' }), now);
      if (plan.kind !== 'shared') throw new Error(plan.kind);
      const { change, before } = conclude(plan, outcome({ unreadable: 'blob_archived' }), now);
      current = change(current);
      expect(current.next).toEqual(before[0]?.live);
      expect(current.next?.due).toBe(current.hold?.until);
      pauses.push(((current.hold?.until ?? 0) - now) / MINUTE);
      now = current.hold?.until ?? 0;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
    const plan = decide(current, found(), evidence({ id: current.next?.task ?? '' }), current.next?.due ?? 0);
    if (plan.kind !== 'shared') throw new Error(plan.kind);
    const run = ran({ splunk: 'done', hook: 'done' }, { splunk: 100, hook: 100 });
    expect(conclude(plan, outcome({ run }), NOW).change(current)).not.toHaveProperty('hold');
  });

  it('begins again from 0 where the content is other content', () => {
    const plan = shared(grown, { etag: 'e2' });
    const { change, before } = conclude(plan, outcome({ isRewritten: true }), NOW);
    expect(change(plan.base)).toMatchObject({
      destinations: {},
      length: 0,
      generation: 1,
      next: before[0]?.live,
    });
    // A late writer of the same content, too.
    expect(change({ ...plan.base, destinations: { hook: { offset: 99 } } }).destinations).toEqual({});
  });
});

describe('what follows a visit for one cursor', () => {
  const failing = { offset: 50, behind: behind({ attempts: 2, scanned: 60 }) };

  it.each<[string, Partial<Outcome>, object | undefined]>([
    ['caught up', { run: ran({ hook: 'done' }, { hook: 100 }) }, undefined],
    [
      'was not accepted once more',
      { run: ran({ hook: 'down' }, { hook: 50 }), openUntil: new Map([['hook', NOW + 1_000]]) },
      { attempts: 3, scanned: 60, due: NOW + 16_000 },
    ],
    ['went on and then failed', { run: ran({ hook: 'down' }, { hook: 70 }) }, { attempts: 1 }],
    ['went on', { run: ran({ hook: 'done' }, { hook: 70 }, { complete: false }) }, { attempts: 0, due: NOW }],
    [
      'met an open breaker: no failure of its own, and others go first',
      { refusedUntil: NOW + 1_000 },
      { attempts: 2, scanned: 60, due: NOW + 9_000 },
    ],
    [
      'had a row to send while others try: no failure of its own either',
      { run: ran({ hook: { waits: NOW + 1_000 } }, { hook: 50 }) },
      { attempts: 2, scanned: 60, due: NOW + 9_000 },
    ],
    [
      'came to its first row and has to wait there',
      { run: ran({ hook: { waits: NOW + 1_000 } }, { hook: 70 }) },
      { attempts: 0, due: NOW + 1_000 },
    ],
    ['met a blob that cannot be read', { unreadable: 'blob_unreadable' }, { attempts: 2, due: NOW + MINUTE }],
  ])('%s', (_, ended, wanted) => {
    const plan = own(failing);
    const { change, before } = conclude(plan, outcome(ended), NOW);
    const written = change(plan.base);
    if (!wanted) {
      expect(written.destinations.hook).toEqual({ offset: 100 });
      expect(before).toEqual([]);
      return;
    }
    expect(written.destinations.hook?.behind).toMatchObject({ ...wanted, task: before[0]?.live.task });
  });

  const replayed = checkpoint({
    destinations: { hook: { offset: 100 } },
    replays: { hook: { offset: 0, to: 60, behind: behind() }, splunk: { offset: 9, to: 80 } },
  });
  const replay = (): OwnPlan => {
    const plan = decide(replayed, found(), evidence({ id: 'own', cursor: { ...HOOK, replay: true } }), NOW);
    if (plan.kind !== 'own') throw new Error(plan.kind);
    return plan;
  };

  it('removes a replay that has ended, and nothing else', () => {
    const plan = replay();
    expect(plan).toMatchObject({ stat: { length: 60 }, final: true });
    const run = ran({ hook: 'done' }, { hook: 60 }, { replay: true });
    const { change, before } = conclude(plan, outcome({ run }), NOW);
    expect(before).toEqual([]);
    expect(change(replayed)).toMatchObject({ destinations: replayed.destinations });
    expect(change(replayed).replays).toEqual({ splunk: { offset: 9, to: 80 } });
  });

  it('moves a replay that goes on, and not the ordinary cursor', () => {
    const run = ran({ hook: 'stopped' }, { hook: 40 }, { replay: true });
    const { change, before } = conclude(replay(), outcome({ run }), NOW);
    const written = change(replayed);
    expect(before).toMatchObject([{ cursor: { destination: 'hook', replay: true } }]);
    expect(written.destinations).toEqual(replayed.destinations);
    expect(written.replays.hook).toEqual({
      offset: 40,
      to: 60,
      behind: { ...before[0]?.live, attempts: 0 },
    });
    // Another consumer has ended it meanwhile.
    expect(change({ ...replayed, replays: {} }).replays).toEqual({});
  });
});

describe('a replay whose task was lost', () => {
  const lost = behind({ due: NOW - 5 * MINUTE, attempts: 2 });

  it('gets another from the next visit for all, beside the ordinary cursor', () => {
    const stored = checkpoint({
      destinations: { splunk: { offset: 100 }, hook: { offset: 100, behind: lost } },
      replays: { hook: { offset: 3, to: 60, behind: lost } },
    });
    const plan = shared(stored);
    const { change, after: ending } = conclude(plan, outcome(), NOW);
    const written = change(stored);
    const { sends } = ending(written);
    expect(sends.map(({ cursor }) => cursor)).toEqual([HOOK, { ...HOOK, replay: true }]);
    const [own, again] = sends.map(({ live }) => ({ ...live, attempts: 2 }));
    expect(written.destinations.hook).toEqual({ offset: 100, behind: own });
    expect(written.replays.hook).toEqual({ offset: 3, to: 60, behind: again });
    // Another consumer has ended it meanwhile.
    expect(change({ ...stored, replays: {} }).replays).toEqual({});
  });
});
