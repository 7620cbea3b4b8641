/** Runs an act on many dead letters: one request for each part, so that no request takes long and a person can stop it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LetterCountView, LetterResult, LettersDone } from '../../../src/console/model/dead-letters.ts';
import { apiError, readView, sendAct } from '../../api.ts';
import { type Filter, queryOf } from './filters.tsx';

export type Verb = 'redrive' | 'drop';

/** Either names, or a filter. */
export interface Chosen {
  readonly verb: Verb;
  readonly names?: readonly string[];
  readonly filter?: Filter;
}

/** Results that are shown one by one; of more, only the number is. */
export const MOST_SHOWN = 200;

export interface Tally {
  readonly tried: number;
  readonly settled: number;
  /** Letters that are still stored or may have arrived twice, the first of them. */
  readonly others: readonly LetterResult[];
}
const NONE: Tally = { tried: 0, settled: 0, others: [] };

export interface Ended {
  readonly why: string;
  readonly isError: boolean;
}

export interface Running {
  readonly state: 'counting' | 'asking' | 'running' | 'stopping' | 'ended';
  /** What the act would take, for the person to confirm. */
  readonly counted: LetterCountView | undefined;
  readonly tally: Tally;
  readonly ended: Ended | undefined;
  readonly run: (asStored: boolean) => void;
  /** Ends it after the request that is under way. */
  readonly stop: () => void;
}

export function useRunning(of: Chosen, onDone: () => void): Running {
  const { names } = of;
  const [state, setState] = useState<Running['state']>(names ? 'asking' : 'counting');
  const [counted, setCounted] = useState<LetterCountView | undefined>(
    names && { at: 0, count: names.length, more: false },
  );
  const [tally, setTally] = useState<Tally>(NONE);
  const [ended, setEnded] = useState<Ended | undefined>();
  const stopped = useRef(false);
  const end = (why: Ended) => {
    setEnded(why);
    setState('ended');
  };
  useEffect(() => {
    if (names) return;
    const left = new AbortController();
    readView<LetterCountView>('dead-letters/count', queryOf(of.filter ?? {}), left.signal).then(
      (count) => {
        setCounted(count);
        setState('asking');
      },
      (error) => {
        if (!left.signal.aborted) end({ why: apiError(error).message, isError: true });
      },
    );
    return () => left.abort();
  }, []);
  const run = async (asStored: boolean) => {
    if (!counted || state !== 'asking') return;
    setState('running');
    end(await eachPart(of, counted, { asStored, isStopped: () => stopped.current, onTally: setTally }));
    onDone();
  };
  const stop = () => {
    stopped.current = true;
    if (state === 'running') setState('stopping');
  };
  return { state, counted, tally, ended, run: (asStored) => void run(asStored), stop };
}

interface Options {
  readonly asStored: boolean;
  readonly isStopped: () => boolean;
  readonly onTally: (sum: Tally) => void;
}

/** Resolves with why it ended; never rejects. */
async function eachPart(
  { verb, names, filter }: Chosen,
  { at, count }: LetterCountView,
  { asStored, isStopped, onTally }: Options,
): Promise<Ended> {
  // Letters that are stored after the count were not confirmed.
  const to = Math.min(filter?.to ?? Number.POSITIVE_INFINITY, at + 1);
  const chosen = names ? { names } : { filter: queryOf({ ...filter, to }) };
  let sum = NONE;
  let after: string | undefined;
  try {
    while (sum.tried < count) {
      if (isStopped()) return { why: 'Stopped.', isError: false };
      const part = await sendAct<LettersDone>(`dead-letters/${verb}`, {
        ...chosen,
        count: count - sum.tried,
        ...(after !== undefined && { after }),
        ...(verb === 'redrive' && { asStored }),
      });
      sum = added(sum, part);
      onTally(sum);
      after = part.next;
      const why = endOf(part);
      if (why) return why;
    }
    return { why: 'Done.', isError: false };
  } catch (error) {
    return { why: apiError(error).message, isError: true };
  }
}

/** Results of which a person need not be told letter by letter. */
const PLAIN: ReadonlySet<string> = new Set(['accepted', 'removed', 'gone']);

function added(sum: Tally, part: LettersDone): Tally {
  const others = part.results.filter(({ result }) => !PLAIN.has(result));
  return {
    tried: sum.tried + part.results.length,
    settled: sum.settled + part.settled,
    others: [...sum.others, ...others].slice(0, MOST_SHOWN),
  };
}

/** Why it goes no further; undefined: it goes on. */
function endOf(part: LettersDone): Ended | undefined {
  if (part.stopped !== undefined) return { why: part.stopped, isError: true };
  if (part.isDone) return { why: 'Done.', isError: false };
  const isDown = part.results.length > 0 && part.results.every(({ result }) => result === 'down');
  if (isDown) return { why: 'Stopped, since the destination accepts nothing.', isError: false };
  if (part.results.length === 0) return { why: 'The relay had no time for any of them.', isError: true };
  return undefined;
}
