/** Sends dead letters again, at a person's request. */

import { parseRow } from '../../blobs/rows/parse-row.ts';
import { encodedAlone } from '../../delivery/copies.ts';
import type {
  DeadLetter,
  DeadLetterArchive,
  DeadLetterSummary,
  Removal,
  StoredDeadLetter,
} from '../../delivery/dead-letters.ts';
import { DestinationFaultError } from '../../delivery/fault.ts';
import { rawRowOf, type Sent, sendAgain, storedDelivery } from '../../delivery/redrive.ts';
import type { RetryPolicy } from '../../delivery/retry-policy.ts';
import type { Encoded } from '../../delivery/segment.ts';
import type { Destination } from '../../destinations/port.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import type { Clock } from '../../shared/clock.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { RelayError } from '../../shared/errors.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import { deliveriesOf } from '../rows/deliveries.ts';
import { readLetter } from './read-letter.ts';

export interface RedriveDeps {
  readonly deadLetters: DeadLetterArchive;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly rules: RuleSet;
  /** `limits.row` in bytes. */
  readonly rowBytes: number;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
}

export type RedriveResult =
  /** The letter was sent, and removed from the dead letters. */
  | 'accepted'
  /** The destination still refuses the row. */
  | 'refused'
  /** The code of the destination cannot make a payload of the row. */
  | 'not_encoded'
  /** The destination accepted none of the sent rows: it is down, or refuses them all. */
  | 'down'
  /** Today's rules drop the row, or route it elsewhere. */
  | 'not_routed'
  /** The row still cannot be read. */
  | 'unreadable'
  /** The letter was stored without a payload, because the payload was too long or was never made. */
  | 'no_payload'
  /** relay.yaml no longer has the destination. */
  | 'no_destination'
  /** The letter was sent, but the relay stored it again meanwhile, and the new letter stays. */
  | 'stored_again'
  /** The letter was sent, but somebody else had removed it meanwhile, most likely after sending it, too. */
  | 'sent_too'
  /** The letter was sent, but could not be removed, so that it would be sent again. */
  | 'not_removed'
  /** Another process removed the letter before it was sent. */
  | 'gone';

/** The result for one dead letter. Letters with a result other than those of {@link SETTLED} are still stored. */
export interface RedriveOutcome {
  readonly letter: DeadLetterSummary;
  readonly result: RedriveResult;
  /** Why the letter stays, if a destination or the reader of rows gave a reason. */
  readonly code?: ErrorCode;
  readonly message?: string;
}

/** Results after which a letter is no longer stored. */
export const SETTLED: ReadonlySet<RedriveResult> = new Set(['accepted', 'sent_too', 'gone']);

/** What each result means, for people. */
export const EXPLAINED: Readonly<Record<RedriveResult, string>> = {
  accepted: '',
  refused: 'still refused',
  not_encoded: 'its payload cannot be made, which is a mistake of xdr-relay',
  down: 'none of these rows was accepted: the destination is down, or refuses them all',
  not_routed: "today's rules do not send it there; sent as it was stored, it would be",
  unreadable: 'still not readable',
  no_payload: "stored without a payload; sent by today's rules, it is made anew",
  no_destination: 'relay.yaml has no such destination',
  stored_again: 'sent, and stored again meanwhile',
  sent_too: 'sent, and somebody else sent or removed it meanwhile: it may have arrived twice',
  not_removed: 'sent, but it could not be removed, so that it would be sent once more',
  gone: 'somebody removed it meanwhile',
};

/** How many letters are processed as a group; below, the bytes of rows at which a group ends. */
const GROUP = 100;
const GROUP_BYTES = 16 * 1024 * 1024;
const LOADS_AT_ONCE = 8;
const REMOVALS_AT_ONCE = 16;

const RESULTS: Readonly<Record<Removal, RedriveResult>> = {
  removed: 'accepted',
  gone: 'sent_too',
  changed: 'stored_again',
};

/**
 * Sends dead letters again, and removes each once it is accepted. The row of a letter without a destination, which could not be read, is
 * sent to every destination that today's rules route it to; for each of these that refuses it, a new letter is stored.
 *
 * With `asStored`, the stored payload is sent; otherwise the row is evaluated by `deps.rules` again. Delivery is at least once: a letter
 * that was sent and could not be removed is sent again next time. Stops between groups, of `groupOf` letters at most, when `stop` is aborted.
 * Throws DeadLetterError, after it has told of the letters that were sent.
 */
export async function* redrive(
  deps: RedriveDeps,
  letters: AsyncIterable<DeadLetterSummary>,
  options: { readonly asStored: boolean; readonly stop: AbortSignal; readonly groupOf?: number },
): AsyncGenerator<RedriveOutcome> {
  const { groupOf = GROUP } = options;
  /** Destinations that accepted nothing. Their other letters stay without being tried. */
  const down = new Map<string, Sent & { kind: 'down' }>();
  let group: DeadLetterSummary[] = [];
  let bytes = 0;
  for await (const letter of letters) {
    if (options.stop.aborted) return;
    group.push(letter);
    bytes += letter.length;
    if (group.length < groupOf && bytes < GROUP_BYTES) continue;
    yield* redriveGroup(deps, group, options.asStored, down);
    group = [];
    bytes = 0;
  }
  if (!options.stop.aborted) yield* redriveGroup(deps, group, options.asStored, down);
}

/** A delivery to make for a letter. */
interface Item {
  readonly destination: Destination;
  readonly encoded: Encoded;
}

interface Planned {
  readonly summary: DeadLetterSummary;
  readonly stored: StoredDeadLetter;
  /** Not empty. */
  readonly items: readonly Item[];
}

async function* redriveGroup(
  deps: RedriveDeps,
  group: readonly DeadLetterSummary[],
  asStored: boolean,
  down: Map<string, Sent & { kind: 'down' }>,
): AsyncGenerator<RedriveOutcome> {
  const planned: Planned[] = [];
  for (let at = 0; at < group.length; at += LOADS_AT_ONCE) {
    const part = group.slice(at, at + LOADS_AT_ONCE);
    const plans = await Promise.all(part.map((summary) => planOne(deps, summary, asStored, down)));
    for (const plan of plans) {
      if ('items' in plan) planned.push(plan);
      else yield plan;
    }
  }
  const sent = await sendAll(deps, planned, down);
  const outcomes: RedriveOutcome[] = [];
  let trouble: RelayError | undefined;
  // All that were sent are tried to be removed, and told of, whatever happens to one of them: else they would be sent again in silence.
  await inParallel(planned.entries(), REMOVALS_AT_ONCE, async ([at, plan]) => {
    try {
      outcomes[at] = await settle(deps, plan, sent);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      trouble = error;
      const { code, message } = error;
      outcomes[at] = { letter: plan.summary, result: 'not_removed', code, message };
    }
  });
  yield* outcomes;
  if (trouble) throw trouble;
}

async function planOne(
  deps: RedriveDeps,
  summary: DeadLetterSummary,
  asStored: boolean,
  down: ReadonlyMap<string, Sent & { kind: 'down' }>,
): Promise<Planned | RedriveOutcome> {
  const name = summary.destination;
  if (name !== undefined && !deps.destinations.has(name))
    return { letter: summary, result: 'no_destination' };
  const isDown = name === undefined ? undefined : down.get(name);
  if (isDown) return failed(summary, 'down', isDown);

  const stored = await readLetter(deps.deadLetters, summary.name);
  if (stored === undefined) return { letter: summary, result: 'gone' };
  if (!('letter' in stored)) {
    const { code, message } = stored;
    return { letter: summary, result: 'unreadable', code, message };
  }
  const isAsItWas = asStored || isOfGroup(deps, stored.letter);
  const items = itemsOf(deps, stored.letter, isAsItWas);
  if ('result' in items) return { letter: summary, ...items };
  return { summary, stored, items };
}

/** The record of a group at a destination for machines stands for more alerts than the one that its row raises. */
function isOfGroup({ destinations }: RedriveDeps, { destination = '', details }: DeadLetter): boolean {
  return details?.groupId !== undefined && destinations.get(destination)?.messenger === undefined;
}

type NoItems = Omit<RedriveOutcome, 'letter'>;

/** A row that a destination's code cannot encode stays, and the other letters go on. */
function itemsOf(deps: RedriveDeps, letter: DeadLetter, isAsItWas: boolean): readonly Item[] | NoItems {
  try {
    return isAsItWas ? asItWas(deps, letter) : byRules(deps, letter);
  } catch (error) {
    if (!(error instanceof DestinationFaultError)) throw error;
    return { result: 'not_encoded', code: error.code, message: error.message };
  }
}

function asItWas(deps: RedriveDeps, letter: DeadLetter): readonly Item[] | NoItems {
  const destination = deps.destinations.get(letter.destination ?? '');
  const encoded = storedDelivery(letter, destination);
  return destination && encoded ? [{ destination, encoded }] : { result: 'no_payload' };
}

function byRules(deps: RedriveDeps, letter: DeadLetter): readonly Item[] | NoItems {
  const parsed = parseRow(rawRowOf(letter), letter.source.blob, deps.rowBytes, letter.source.name);
  if (!parsed.ok) return { result: 'unreadable', code: parsed.reason, message: parsed.message };
  const verdict = deps.rules.evaluate(parsed.row);
  if (verdict.kind === 'filtered') return { result: 'not_routed', message: `filtered: ${verdict.filter}` };

  const items: Item[] = [];
  for (const [name, deliveries] of deliveriesOf(parsed.row, verdict, verdict.routes, deps.rules.shapes)) {
    const destination = deps.destinations.get(name);
    if (!destination || (letter.destination !== undefined && letter.destination !== name)) continue;
    for (const delivery of deliveries) {
      const { rule } = delivery.head;
      // A letter is about the event or about one of its alerts; a letter of an unreadable row is about all of them.
      if (letter.destination !== undefined && (rule?.id ?? rule?.title) !== letter.rule) continue;
      items.push({ destination, encoded: encodedAlone(destination.encoding, delivery, letter.row) });
    }
  }
  return items.length > 0 ? items : { result: 'not_routed' };
}

/** Sends to all destinations in parallel, and to each destination in the order of the letters. */
async function sendAll(
  { retry, clock }: RedriveDeps,
  planned: readonly Planned[],
  down: Map<string, Sent & { kind: 'down' }>,
): Promise<ReadonlyMap<Encoded, Sent>> {
  const byDestination = Map.groupBy(
    planned.flatMap(({ items }) => items),
    ({ destination }) => destination,
  );
  const results = new Map<Encoded, Sent>();
  const signal = new AbortController().signal;
  await Promise.all(
    [...byDestination].map(async ([destination, items]) => {
      const encoded = items.map((item) => item.encoded);
      const known = down.get(destination.name);
      const sent = known
        ? encoded.map(() => known)
        : await sendAgain(destination, encoded, { policy: retry, clock, signal });
      encoded.forEach((item, index) => {
        const one = sent[index];
        if (!one) return;
        results.set(item, one);
        if (one.kind === 'down') down.set(destination.name, one);
      });
    }),
  );
  return results;
}

/** Removes a letter once all its deliveries are accepted or stored as new letters. */
async function settle(
  deps: RedriveDeps,
  { summary, stored, items }: Planned,
  sent: ReadonlyMap<Encoded, Sent>,
): Promise<RedriveOutcome> {
  const { letter, etag } = stored;
  const results = items.map((item) => ({ item, sent: sent.get(item.encoded) }));
  for (const one of results) {
    if (!one.sent || one.sent.kind === 'down') return failed(summary, 'down', one.sent);
  }
  for (const { item, sent: one } of results) {
    if (one?.kind !== 'refused') continue;
    if (letter.destination !== undefined) return failed(summary, 'refused', one);
    await deps.deadLetters.put(letterTo(item, letter, one));
  }
  return { letter: summary, result: RESULTS[await deps.deadLetters.remove(summary.name, etag)] };
}

/** Makes the letter of a destination that refuses a row that could not be read before. */
function letterTo(
  { destination, encoded }: Item,
  letter: DeadLetter,
  sent: Sent & { kind: 'refused' },
): DeadLetter {
  const { id, table, rule, source } = encoded.head;
  const name = rule?.id ?? rule?.title;
  return {
    destination: destination.name,
    reason: sent.code,
    message: sent.message,
    source,
    length: letter.length,
    row: letter.row,
    payload: Buffer.from(encoded.payload()).toString(),
    id,
    table,
    ...(name !== undefined && { rule: name }),
  };
}

function failed(
  letter: DeadLetterSummary,
  result: RedriveResult,
  sent: { readonly code: ErrorCode; readonly message: string } | Sent | undefined,
): RedriveOutcome {
  return sent && 'code' in sent
    ? { letter, result, code: sent.code, message: sent.message }
    : { letter, result };
}
