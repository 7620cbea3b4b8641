/** A destination together with the state that all its lanes in a process share: breaker, request slots, evidence, held tables. */

import type { Destination, Pipeline } from '../destinations/port.ts';
import { sleptTogether } from '../shared/together.ts';
import { Wake } from '../shared/wake.ts';
import { type Alterable, alterationsOf } from './alterations.ts';
import { Breaker, type BreakerDeps } from './breaker.ts';
import { LaneStoppedError } from './errors.ts';
import { Evidence } from './evidence.ts';
import { DestinationFaultError, faultOr } from './fault.ts';
import { Slots } from './slots.ts';
import { createTableHolds, type TableHolds } from './table-holds.ts';

/** A destination and the state that all its lanes in this process share. */
export interface ManagedDestination {
  readonly destination: Destination;
  readonly breaker: Breaker;
  /** Limits the number of concurrent requests. */
  readonly slots: Slots;
  /** What this process has seen the destination accept and fail. */
  readonly evidence: Evidence;
  /** The tables that are held because the destination refuses all of their rows. */
  readonly holds: TableHolds;
  /** Is told of the deliveries that the destination has accepted: counts and logs what its encoding altered. */
  readonly accepted: (items: readonly Alterable[]) => void;
  /** Notified when a row is isolated, so that its retry is scheduled. */
  readonly isolated: Wake;
  /** Aborted when relay.yaml no longer has this destination, or has changed it: lanes end after their requests in flight. */
  readonly replaced: AbortSignal;
  /** Aborts {@link replaced}. Resolves when the requests in flight have ended and the connections are closed; sends nothing from then on. */
  retire(): Promise<void>;
}

/** @param evidence the evidence from before, if the host keeps it. */
export function manageDestination(
  destination: Destination,
  deps: Omit<BreakerDeps, 'disableAfterMs'>,
  evidence: Evidence = new Evidence(),
): ManagedDestination {
  const replaced = new AbortController();
  const inFlight = new Set<Promise<void>>();
  function tracked<T>(work: Promise<T>): Promise<T> {
    const ended = work.then(
      () => {},
      () => {},
    );
    inFlight.add(ended);
    ended.then(() => inFlight.delete(ended));
    return work;
  }
  const faults = faultsOf(destination.name, deps);
  const send: Destination['send'] = async (batch, signal) => {
    if (replaced.signal.aborted) throw new LaneStoppedError();
    return tracked(faults(() => destination.send(batch, signal), signal));
  };
  const openPipeline = (): Pipeline => {
    const pipeline = destination.openPipeline?.();
    if (!pipeline) throw new TypeError(`${destination.name} has no pipeline`);
    return {
      async handOver(batch, signal) {
        if (replaced.signal.aborted) throw new LaneStoppedError();
        const handover = await tracked(faults(() => pipeline.handOver(batch, signal), signal));
        const acknowledged = tracked(faults(() => handover.acknowledged, signal));
        acknowledged.catch(() => {});
        return { ...handover, acknowledged };
      },
    };
  };
  return {
    destination: { ...destination, send, ...(destination.openPipeline && { openPipeline }) },
    breaker: new Breaker(destination.name, { ...deps, disableAfterMs: destination.disableAfterMs }),
    slots: new Slots(destination.concurrency),
    evidence,
    holds: createTableHolds(destination.name, deps),
    accepted: alterationsOf(destination.name, deps),
    isolated: new Wake(),
    replaced: replaced.signal,
    async retire() {
      replaced.abort(new LaneStoppedError());
      await Promise.all(inFlight);
      await destination.close();
    },
  };
}

/** How often the stack of a fault is logged. Milliseconds. */
const FAULT_LOG_MS = 60_000;

/** Makes errors in a destination's own code failures of the request, so that no other destination waits for it, and logs them. */
function faultsOf(name: string, { clock, logger }: Pick<BreakerDeps, 'clock' | 'logger'>) {
  let quietUntil = Number.NEGATIVE_INFINITY;
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const failure = faultOr(error, 'Sending a batch', signal);
      if (failure instanceof DestinationFaultError && clock.monotonic() >= quietUntil) {
        quietUntil = clock.monotonic() + FAULT_LOG_MS;
        const { code, message, thrownStack: stack } = failure;
        logger.error("A destination's code failed", { destination: name, code, error: message, stack });
      }
      throw failure;
    }
  };
}

/** What is open may be closed by another consumer, or by a person, and rows wait meanwhile. Milliseconds. */
const REFRESH_MS = 10_000;
/** What is closed is looked at in each of so many rounds: this process finds out by itself that a destination is down. */
const CLOSED_ROUNDS = 6;
/** How long it may be unknown that another consumer opened something. Milliseconds. */
export const CLOSED_MS: number = REFRESH_MS * CLOSED_ROUNDS;

/** Regularly loads what other consumers record about the destinations in force, until stopped. */
export async function followBreakers(
  destinations: () => Iterable<ManagedDestination>,
  { clock }: Pick<BreakerDeps, 'clock'>,
  stop: AbortSignal,
): Promise<void> {
  for (let round = 0; !stop.aborted; round++) {
    const shared = [...destinations()].flatMap(({ breaker, holds }) => [breaker, holds]);
    const due = round % CLOSED_ROUNDS === 0 ? shared : shared.filter(({ isOpen }) => isOpen);
    await Promise.all(due.map((each) => each.refresh()));
    await sleptTogether(clock, REFRESH_MS, stop);
  }
}
