/** Several addresses of one destination: which one is asked, and which one rests after a failure. */
import type { Clock } from '../shared/clock.ts';
import { DestinationRefusedError, RetryableError } from './errors.ts';

/** Troubles after which nothing was taken, so that another address can be asked at once without sending anything twice. */
const NOT_TAKEN: ReadonlySet<string> = new Set(['unreachable', 'busy', 'throttled']);

/** How long an address rests after a failure, doubled with each further one. Milliseconds. */
const FIRST_REST_MS = 2_000;
const LONGEST_REST_MS = 60_000;

export interface EndpointsDeps<E> {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Whether an address that failed is well again. Asked while others do its work. Bounded in time; what it throws counts as no. */
  readonly isWell: (endpoint: E) => Promise<boolean>;
}

/** The addresses of one destination. */
export interface Endpoints<E> {
  /**
   * Does `work` with the address that has the least to do. One that cannot be reached, is busy, or refuses the relay rests, and the next one
   * is tried; after any other trouble the error is thrown, because the work may have been done. Throws the last error where no address is left.
   */
  use<T>(work: (endpoint: E) => Promise<T>): Promise<T>;
}

interface State<E> {
  readonly endpoint: E;
  inFlight: number;
  /** Since it last did its work. */
  failures: number;
  isResting: boolean;
  /** Monotonic, milliseconds. */
  restsUntil: number;
  isAsked: boolean;
}

/** With a single address, `use` just does the work: there is nothing to choose. */
export function createEndpoints<E>(
  addresses: readonly E[],
  { clock, isWell }: EndpointsDeps<E>,
): Endpoints<E> {
  const states: readonly State<E>[] = addresses.map((endpoint) => ({
    endpoint,
    inFlight: 0,
    failures: 0,
    isResting: false,
    restsUntil: Number.NEGATIVE_INFINITY,
    isAsked: false,
  }));
  let turn = 0;

  return {
    async use(work) {
      const [only] = addresses;
      if (addresses.length === 1 && only !== undefined) return work(only);
      const tried = new Set<State<E>>();
      let last: unknown;
      for (let state = next(tried); state; state = next(tried)) {
        tried.add(state);
        try {
          const done = await doing(state, work);
          state.failures = 0;
          state.isResting = false;
          return done;
        } catch (error) {
          if (!isOfAddress(error)) throw error;
          rest(state, error instanceof RetryableError ? error.retryAfterMs : undefined);
          if (error instanceof RetryableError && !NOT_TAKEN.has(error.code)) throw error;
          last = error;
        }
      }
      throw last;
    },
  };

  async function doing<T>(state: State<E>, work: (endpoint: E) => Promise<T>): Promise<T> {
    state.inFlight += 1;
    try {
      return await work(state.endpoint);
    } finally {
      state.inFlight -= 1;
    }
  }

  /**
   * The next one to try: of those that are well the one with the least to do, in turn; else the one whose rest is over first. One that failed
   * and says that it is well gets one piece of work at a time until it has done one: it may say so and take nothing.
   */
  function next(tried: ReadonlySet<State<E>>): State<E> | undefined {
    const now = clock.monotonic();
    const left = states.filter((state) => !tried.has(state));
    const well = left.filter(
      ({ failures, inFlight, isResting }) => !isResting && (failures === 0 || inFlight === 0),
    );
    if (well.length === 0) return left.toSorted((a, b) => a.restsUntil - b.restsUntil)[0];
    for (const state of left) if (state.isResting && state.restsUntil <= now) ask(state);
    turn += 1;
    const rotated = [...well.slice(turn % well.length), ...well.slice(0, turn % well.length)];
    return rotated.toSorted((a, b) => a.inFlight - b.inFlight)[0];
  }

  function rest(state: State<E>, atLeastMs = 0): void {
    const ms = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** state.failures);
    state.failures += 1;
    state.isResting = true;
    state.restsUntil = clock.monotonic() + Math.max(ms, atLeastMs);
  }

  function ask(state: State<E>): void {
    if (state.isAsked) return;
    state.isAsked = true;
    isWell(state.endpoint)
      .catch(() => false)
      .then((well) => {
        state.isAsked = false;
        if (well) state.isResting = false;
        else rest(state);
      });
  }
}

/** Rows that are refused are refused everywhere. */
function isOfAddress(error: unknown): boolean {
  return error instanceof RetryableError || error instanceof DestinationRefusedError;
}
