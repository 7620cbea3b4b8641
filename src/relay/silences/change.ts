/** Begins and ends silences, lists them, and moves those that are over to the history: for commands and consumers. */
import { LONGEST_SILENCE_MS, SILENCE_LIMITS, type Silence, silenceSchema } from '../../alerts/silences.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import { type Decision, type SharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import type { Clock } from '../../shared/clock.ts';
import { RelayError } from '../../shared/errors.ts';
import {
  activeDocument,
  type CountedSilence,
  type EndedSilence,
  historyDocument,
  isOver,
  patience,
  withEnded,
} from './documents.ts';

/** A silence that cannot begin or end. */
export class SilenceError extends RelayError {}

/** Characters of JSON that the document of silences may have: each takes at most 3 of its 1 MiB. */
const ACTIVE_CHARACTERS = 300_000;

export interface SilenceDeps {
  readonly documents: StateDocuments;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

export interface NewSilence extends Pick<Silence, 'rule' | 'where' | 'by' | 'reason'> {
  /** Milliseconds, at most LONGEST_SILENCE_MS. */
  readonly forMs: number;
}

type List = readonly CountedSilence[];

/** Begins a silence, which holds for every consumer within 10 s. Throws SilenceError (`too_many_silences`) and CheckpointError. */
export async function beginSilence(
  deps: SilenceDeps,
  { forMs, ...wanted }: NewSilence,
  signal: AbortSignal,
): Promise<Silence> {
  const { documents, clock } = deps;
  // Reading can be stopped, making the container cannot.
  await retireSilences(deps, signal);
  await documents.ensure();
  return await change<List, Silence>(deps, activeDocument(documents, signal), signal, (current = []) => {
    const now = clock.now();
    const silence = silenceSchema.parse({
      id: crypto.randomUUID().slice(0, 8),
      ...wanted,
      from: now,
      until: now + Math.min(forMs, LONGEST_SILENCE_MS),
    });
    const write: List = [...current, { silence, silenced: {} }];
    if (write.length > SILENCE_LIMITS.silences || JSON.stringify(write).length > ACTIVE_CHARACTERS) {
      const message = `There are ${current.length} silences already, and each alert is compared with all of them: end some first, or write a filter into the rules`;
      throw new SilenceError('too_many_silences', message);
    }
    return { write, result: silence };
  });
}

export interface EndOptions {
  readonly by: string;
  readonly reason: string | undefined;
}

/**
 * Ends a silence before its time, and returns what it kept from people. The history has it before it stops to hold, so that a crash
 * in between repeats and forgets nothing.
 *
 * Throws SilenceError (`unknown_silence`) and CheckpointError.
 */
export async function endSilence(
  deps: SilenceDeps,
  id: string,
  { by, reason }: EndOptions,
  signal: AbortSignal,
): Promise<EndedSilence> {
  const { documents, clock } = deps;
  const active = activeDocument(documents, signal);
  const { value: list = [] } = await active.load();
  const found = list.find(({ silence }) => silence.id === id);
  if (!found || isOver(found.silence, clock.now())) throw await unknown(deps, id, found, signal);
  const ended: EndedSilence = {
    ...found,
    endedOn: clock.now(),
    endedBy: by,
    ...(reason !== undefined && { endReason: reason }),
  };
  await toHistory(deps, [ended], signal);
  await remove(deps, new Set([id]), signal);
  return ended;
}

async function unknown(
  { documents }: SilenceDeps,
  id: string,
  expired: CountedSilence | undefined,
  signal: AbortSignal,
): Promise<SilenceError> {
  const { value: history = [] } = await historyDocument(documents, signal).load();
  const isKnown = expired !== undefined || history.some(({ silence }) => silence.id === id);
  const message = isKnown ? `The silence ${id} is over already` : `There is no silence ${id}`;
  return new SilenceError('unknown_silence', message);
}

export interface Silences {
  /** Those that hold, in the order in which they began. */
  readonly active: List;
  /** Those that are over, the oldest first. */
  readonly ended: readonly EndedSilence[];
}

/** Throws CheckpointError. */
export async function listSilences(
  { documents, clock }: SilenceDeps,
  signal: AbortSignal,
): Promise<Silences> {
  const { value: list = [] } = await activeDocument(documents, signal).load();
  const { value: history = [] } = await historyDocument(documents, signal).load();
  const now = clock.now();
  const known = new Set(history.map(({ silence }) => silence.id));
  const expired = list.filter(({ silence }) => isOver(silence, now) && !known.has(silence.id));
  return {
    active: list.filter(({ silence }) => !isOver(silence, now) && !known.has(silence.id)),
    ended: [...history, ...expired.map((one) => ({ ...one, endedOn: one.silence.until }))],
  };
}

/**
 * Moves silences that are over to the history.
 *
 * @param overForMs only those that are over for so long.
 */
export async function retireSilences(
  deps: SilenceDeps,
  signal: AbortSignal,
  overForMs = 0,
): Promise<readonly EndedSilence[]> {
  const { documents, clock } = deps;
  const { value: list = [] } = await activeDocument(documents, signal).load();
  const now = clock.now();
  const over = list
    .filter(({ silence }) => isOver(silence, now - overForMs))
    .map((one): EndedSilence => ({ ...one, endedOn: one.silence.until }));
  if (over.length === 0) return [];
  await toHistory(deps, over, signal);
  await remove(deps, new Set(over.map(({ silence }) => silence.id)), signal);
  return over;
}

async function toHistory(
  deps: SilenceDeps,
  ended: readonly EndedSilence[],
  signal: AbortSignal,
): Promise<void> {
  const document = historyDocument(deps.documents, signal);
  await change<readonly EndedSilence[], undefined>(deps, document, signal, (history = []) => {
    // What somebody ended stays so, even where a consumer sees it expire.
    const known = new Set(
      history.filter(({ endedBy }) => endedBy !== undefined).map((one) => one.silence.id),
    );
    const added = ended.filter(({ silence }) => !known.has(silence.id));
    if (added.length === 0) return { keep: undefined };
    return { write: withEnded(history, added, deps.clock.now()), result: undefined };
  });
}

async function remove(deps: SilenceDeps, ids: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  const document = activeDocument(deps.documents, signal);
  await change<List, undefined>(deps, document, signal, (list = []) => {
    const write = list.filter(({ silence }) => !ids.has(silence.id));
    return write.length === list.length ? { keep: undefined } : { write, result: undefined };
  });
}

/** Throws CheckpointError, also where other consumers wrote at each try. */
export async function change<T, R>(
  { clock }: Pick<SilenceDeps, 'clock'>,
  document: SharedDocument<T>,
  signal: AbortSignal,
  decide: (current: T | undefined) => Decision<T, R>,
): Promise<R> {
  const outcome = await updateDocument(document, decide, patience(clock, signal));
  if (outcome.kind === 'busy') throw outcome.conflict;
  return outcome.result;
}
