import fc from 'fast-check';
import { expect } from 'vitest';
import type { CheckpointStore, Claim, StoredCheckpoint } from '../../src/checkpoints/port.ts';
import { advance, Progress } from '../../src/relay/visit/progress.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { all, checkpoint } from './harness.ts';

/** The claims on a blob are one for its main reader and one for each destination that reads on its own. */
type LaneName = 'main' | 'splunk';
export const LANES = ['main', 'splunk'] as const satisfies readonly LaneName[];
const cursorOf = (name: LaneName) => (name === 'main' ? undefined : { destination: name, replay: false });

/** What a store of checkpoints is, said as simply as possible. One blob. */
export interface Model {
  now: number;
  /** Who was given each claim last, which time it was given, and until when it lasts unless somebody renews it. */
  readonly claims: Map<LaneName, { readonly grant: number; until: number }>;
  grants: number;
  /** Undefined: none is stored. The version stands for the ETag. */
  stored: { readonly version: number; readonly offset: number } | undefined;
  versions: number;
}

/** The store under test, in the hands of several consumers. */
export interface Real {
  readonly stores: readonly CheckpointStore[];
  readonly ref: BlobRef;
  readonly leaseMs: number;
  /**
   * Azurite renews a lease that has run out for whoever asks (LeaseExpiredState.js); Azure answers others with
   * `LeaseIdMismatchWithLeaseOperation`. What it does then is not looked at.
   */
  readonly renewsForStrangers: boolean;
  /** Lets time pass for leases. */
  pass(ms: number): Promise<void>;
  /** Each consumer's claims, with the number of the grant, and what it loaded last, with the model's version. */
  readonly hands: readonly Hand[];
}

interface Hand {
  readonly claims: Map<LaneName, { readonly claim: Claim; readonly grant: number }>;
  loaded: { readonly stored: StoredCheckpoint | undefined; readonly version: number | undefined } | undefined;
}

export const CONSUMERS = 3;

export const emptyModel = (): Model => ({
  now: 0,
  claims: new Map(),
  grants: 0,
  stored: undefined,
  versions: 0,
});

export const emptyHands = (): readonly Hand[] =>
  Array.from({ length: CONSUMERS }, () => ({ claims: new Map(), loaded: undefined }));

type Command = fc.AsyncCommand<Model, Real>;

function command(
  text: string,
  run: (model: Model, real: Real) => Promise<void>,
  check: (model: Model) => boolean = () => true,
): Command {
  return { check, run, toString: () => text };
}

const storeOf = (real: Real, who: number): CheckpointStore => {
  const store = real.stores[who % real.stores.length];
  if (!store) throw new Error('no store');
  return store;
};
const handOf = (real: Real, who: number): Hand => {
  const hand = real.hands[who];
  if (!hand) throw new Error(`no consumer ${who}`);
  return hand;
};

const claims = (who: number, lane: LaneName) =>
  command(`${who} claims ${lane}`, async (model, real) => {
    const held = model.claims.get(lane);
    const isFree = held === undefined || held.until <= model.now;
    const claim = await storeOf(real, who).claim(real.ref, cursorOf(lane));
    expect(claim !== undefined).toBe(isFree);
    if (!claim) return;
    const grant = ++model.grants;
    model.claims.set(lane, { grant, until: model.now + real.leaseMs });
    handOf(real, who).claims.set(lane, { claim, grant });
  });

const renews = (who: number, lane: LaneName) =>
  command(`${who} renews ${lane}`, async (model, real) => {
    const ours = handOf(real, who).claims.get(lane);
    if (!ours) return;
    const held = model.claims.get(lane);
    if (held?.grant === ours.grant) {
      await ours.claim.renew();
      held.until = model.now + real.leaseMs;
    } else if (!(real.renewsForStrangers && held && held.until <= model.now)) {
      await expect(ours.claim.renew()).rejects.toMatchObject({ code: 'claim_lost' });
    }
  });

const releases = (who: number, lane: LaneName) =>
  command(`${who} releases ${lane}`, async (model, real) => {
    const ours = handOf(real, who).claims.get(lane);
    if (!ours) return;
    await ours.claim.release();
    if (model.claims.get(lane)?.grant === ours.grant) model.claims.delete(lane);
  });

const loads = (who: number) =>
  command(`${who} loads`, async (model, real) => {
    const stored = await storeOf(real, who).load(real.ref);
    expect(stored?.checkpoint.destinations.splunk?.offset).toBe(model.stored?.offset);
    handOf(real, who).loaded = { stored, version: model.stored?.version };
  });

/** Writes what it likes, as only the one who loaded last may. */
const saves = (who: number, offset: number) =>
  command(`${who} saves ${offset}`, async (model, real) => {
    const hand = handOf(real, who);
    if (!hand.loaded) return;
    const { stored, version } = hand.loaded;
    const next = checkpoint({ destinations: { splunk: { offset } } });
    const saving = storeOf(real, who).save(real.ref, next, stored?.etag);
    if (version !== model.stored?.version) {
      await expect(saving).rejects.toMatchObject({ code: 'checkpoint_conflict' });
      return;
    }
    const etag = await saving;
    model.stored = { version: ++model.versions, offset };
    hand.loaded = { stored: { checkpoint: next, etag }, version: model.stored.version };
  });

/** Moves the offset as the relay does: with whatever it loaded, however old that is, and never back. */
const advances = (who: number, offset: number) =>
  command(`${who} advances to ${offset}`, async (model, real) => {
    const hand = handOf(real, who);
    const { stored } = hand.loaded ?? {};
    const progress = new Progress(
      { store: storeOf(real, who), ref: real.ref, clock: systemClock },
      stored?.etag,
      stored?.checkpoint ?? checkpoint({}),
    );
    await progress.update(advance({ replay: false, offsets: new Map([['splunk', { offset }]]) }));
    model.stored = { version: ++model.versions, offset: Math.max(model.stored?.offset ?? 0, offset) };
    expect(progress.checkpoint.destinations.splunk?.offset).toBe(model.stored.offset);
    hand.loaded = undefined;
  });

/** Two at once, from one old state: neither is lost. */
const advanceTogether = (one: number, other: number) =>
  command(`two advance to ${one} and ${other}`, async (model, real) => {
    const stored = await storeOf(real, 0).load(real.ref);
    await Promise.all(
      [one, other].map((offset, who) =>
        new Progress(
          { store: storeOf(real, who), ref: real.ref, clock: systemClock },
          stored?.etag,
          stored?.checkpoint ?? checkpoint({}),
        ).update(advance({ replay: false, offsets: new Map([['splunk', { offset }]]) })),
      ),
    );
    model.versions += 2;
    model.stored = { version: model.versions, offset: Math.max(model.stored?.offset ?? 0, one, other) };
  });

const lists = (who: number) =>
  command(`${who} lists`, async (model, real) => {
    const found = await all(storeOf(real, who).list(real.ref.container, ''));
    const ours = found.filter(({ name }) => name === real.ref.name).map(({ offset }) => offset);
    expect(ours).toEqual(model.stored ? [model.stored.offset] : []);
  });

const timePasses = (ms: number) =>
  command(`${ms} ms pass`, async (model, real) => {
    await real.pass(ms);
    model.now += ms;
  });

/**
 * Lists of commands for several consumers of one blob.
 * @param stepMs Time passes in multiples of this: where time goes on by itself, none may come near a lease's end.
 */
export function commands(stepMs: number, size: fc.SizeForArbitrary) {
  const who = fc.nat({ max: CONSUMERS - 1 });
  const lane = fc.constantFrom(...LANES);
  const offset = fc.nat({ max: 1_000 });
  return fc.commands(
    [
      fc.tuple(who, lane).map((args) => claims(...args)),
      fc.tuple(who, lane).map((args) => renews(...args)),
      fc.tuple(who, lane).map((args) => releases(...args)),
      who.map(loads),
      fc.tuple(who, offset).map((args) => saves(...args)),
      fc.tuple(who, offset).map((args) => advances(...args)),
      fc.tuple(offset, offset).map((args) => advanceTogether(...args)),
      who.map(lists),
      fc.integer({ min: 1, max: 4 }).map((steps) => timePasses(steps * stepMs)),
    ],
    { maxCommands: 60, size },
  );
}
