/** Sends dead letters again, or removes them: so many in one request, and the browser repeats it for the rest. */
import { z } from 'zod';
import { redact } from '../../config/redact.ts';
import type { DeadLetterSummary } from '../../delivery/dead-letters.ts';
import { dropLetters } from '../../relay/dead-letters/drop.ts';
import { EXPLAINED, redrive, SETTLED as SENT } from '../../relay/dead-letters/redrive.ts';
import { type LetterSelection, selectLetters } from '../../relay/dead-letters/select.ts';
import { redriveDeps } from '../../relay/redriving.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { plural } from '../../shared/readable.ts';
import type { LetterResult, LettersDone } from '../model/dead-letters.ts';
import { type Act, act, type ConsoleContext } from '../page.ts';
import { withoutQuote } from '../quotes.ts';
import { rowPolicy } from '../rows.ts';
import { untilStop } from '../stop.ts';
import { filterOf, filterShape, filterText, letterName } from './filter.ts';

/** How long one batch is retried: the person waits, and may try again. Milliseconds. */
const RETRY_MS = 2_000;
/** Letters that are sent before the time is looked at. */
const GROUP = 25;

/** Either names, or a filter with the number that the person has confirmed. */
const selection = {
  names: z.array(letterName).min(1).max(100).optional(),
  filter: z.strictObject(filterShape).optional(),
  /** Of what the filter selects, at most so many: what the person confirmed, less what was done since. */
  count: z.number().int().min(1).max(1_000_000),
  /** Of what the filter selects, only those behind this name: `next` of the answer before. */
  after: letterName.optional(),
} as const;

const oneOf = <T extends { names?: unknown; filter?: unknown }>(body: T) =>
  (body.names === undefined) !== (body.filter === undefined);
const ONE_OF = 'either names or a filter';

const redriveBody = z
  .strictObject({ ...selection, asStored: z.boolean().default(false) })
  .refine(oneOf, ONE_OF);
const dropBody = z.strictObject(selection).refine(oneOf, ONE_OF);

type Selected = z.infer<typeof dropBody>;

const redriving = act({
  path: 'dead-letters/redrive',
  body: redriveBody,
  describe: (body) => `sends again ${textOf(body)}${body.asStored ? ', as they were stored' : ''}`,
  run: (body, context) =>
    untilStop(context, (stop) => {
      const { config, ports, services, host } = context;
      return done(body, context, async function* (letters) {
        const rules = await host.rules();
        const made = host.destinations(config);
        const deps = redriveDeps({ config, ports, clock: services.clock, rules, made });
        const retry = { ...deps.retry, retryForMs: Math.min(deps.retry.retryForMs, RETRY_MS) };
        try {
          const options = { asStored: body.asStored, stop, groupOf: GROUP };
          for await (const outcome of redrive({ ...deps, retry }, letters, options)) {
            const { result, letter, code, message } = outcome;
            yield { letter, result, explained: EXPLAINED[result], code, message };
          }
        } finally {
          await Promise.all([...deps.destinations.values()].map((destination) => destination.close()));
        }
      });
    }),
});

const DROPPED = {
  removed: '',
  stored_again: 'stored again meanwhile, and still there',
  gone: EXPLAINED.gone,
};

const dropping = act({
  path: 'dead-letters/drop',
  body: dropBody,
  describe: (body) => `removes for good ${textOf(body)}`,
  run: (body, context) =>
    untilStop(context, (stop) =>
      done(body, context, async function* (letters) {
        for await (const { letter, result } of dropLetters(context.ports.deadLetters, letters, stop)) {
          yield { letter, result, explained: DROPPED[result] };
        }
      }),
    ),
});

interface Outcome extends Pick<LetterResult, 'result' | 'explained'> {
  readonly letter: DeadLetterSummary;
  readonly code?: string | undefined;
  readonly message?: string | undefined;
}

/** Results after which a letter is no longer stored. */
const SETTLED: ReadonlySet<string> = new Set<string>([...SENT, 'removed']);

/** Does it for as many letters as one request may, and says how to go on. What was done before an error is told with the error. */
async function done(
  body: Selected,
  context: ConsoleContext,
  work: (letters: AsyncIterable<DeadLetterSummary>) => AsyncIterable<Outcome>,
): Promise<LettersDone> {
  const { ports, host, signal, config } = context;
  const limit = Math.min(host.most.letters, body.count);
  const names = body.names?.slice(0, limit);
  const wanted = body.names?.length ?? body.count;
  const results: LetterResult[] = [];
  let taken = 0;
  const chosen: LetterSelection = {
    filter: filterOf(body.filter ?? {}),
    limit,
    after: body.after,
    ...(names && { names }),
    // Of what a person has chosen, somebody else may have sent or removed some since: the others are the person's affair still.
    onGone(name) {
      taken += 1;
      results.push({ name, result: 'gone', explained: EXPLAINED.gone });
    },
  };
  async function* counted(): AsyncGenerator<DeadLetterSummary> {
    for await (const letter of selectLetters(ports.deadLetters, chosen, signal)) {
      taken += 1;
      yield letter;
    }
  }
  let stopped: string | undefined;
  try {
    for await (const { letter, code, message, ...one } of work(counted())) {
      const { shown, mask } = rowPolicy(config, letter.table);
      const said = shown ? message : message && withoutQuote(message);
      results.push({
        ...one,
        name: letter.name,
        ...(letter.destination !== undefined && { destination: letter.destination }),
        ...(code !== undefined && { code }),
        // A destination may quote a value of a masked column, and the row is not at hand.
        ...(said !== undefined && (!shown || mask.length === 0) && { message: redact(said, host.secrets) }),
      });
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof RelayError) || taken === 0) throw error;
    stopped = redact(messageOf(error), host.secrets);
  }
  // A listing is in the order of names, and letters are worked on in groups, each whole: all up to the last one were tried.
  const next = results.reduce<string | undefined>(
    (last, { name }) => (last === undefined || name > last ? name : last),
    body.after,
  );
  return {
    results,
    settled: results.filter(({ result }) => SETTLED.has(result)).length,
    isDone: stopped === undefined && results.length === taken && (taken < limit || taken === wanted),
    ...(next !== undefined && !names && { next }),
    ...(stopped !== undefined && { stopped }),
  };
}

function textOf({ names, filter, count }: Selected): string {
  if (names)
    return `the dead letters ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
  return `at most ${plural(count, 'dead letter')}: ${filterText(filter ?? {})}`;
}

export const deadLetterActs: readonly Act[] = [redriving, dropping];
