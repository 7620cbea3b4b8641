/** What the replies of Elasticsearch's bulk API mean: a status for each document (Elasticsearch, "Bulk API", response body). */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, excerpt, parsedJson, type ReplyContext, troubleIn } from '../reply.ts';

const itemReply = z.lazy(() =>
  z.object({
    create: z.object({
      status: z.number().int().min(100).max(599),
      failure_store: z.string().max(64).optional().catch(undefined),
      error: z
        .object({ type: z.string().max(256), reason: z.string().optional().catch(undefined) })
        .optional(),
    }),
  }),
);
const bulkReply = z.object({ errors: z.boolean(), items: z.array(itemReply) });
/** Of a reply's body so much is read: a reason for each document, where none can be stored, with the value that did not fit. */
export const MOST_REPLY_BYTES = 4 * 1_048_576;
/** A character that was cut is read as U+FFFD. Bytes. */
const CUT_CHARACTER = 3;

type Item = z.output<typeof itemReply>['create'];

/** How Elasticsearch says that it cannot read a request. */
const errorReply = z.object({ error: z.object({ type: z.string() }), status: z.number().int() });

/**
 * The mapping or the pipeline did not take the document, and it went into the failure store in place of the data stream: the status says
 * that it was created (Elasticsearch, "Failure store"). From 9.2 on data streams `logs-*-*` have one.
 */
const FAILED = 'used';

/** A document of this id is there: it was sent before. The only 409 that a `create` has without conditions. */
const CONFLICT = 'version_conflict_engine_exception';

/**
 * Throws the trouble of a reply as a whole: of any status but 2xx. A 400 blames rows only in Elasticsearch's own words, since a proxy's
 * says nothing about them; 413 in any, since Elasticsearch closes with it before it reads the body.
 */
export function checkReply(reply: HttpReply, context: ReplyContext): void {
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) return;
  const isOwn = errorReply.safeParse(parsedJson(reply.body)).success;
  if (trouble instanceof RowsRefusedError && reply.status !== 413 && !isOwn) {
    throw new DestinationRefusedError('refused', `${trouble.message} (not Elasticsearch)`);
  }
  throw trouble;
}

/**
 * Returns where each of `size` documents was created, or was there before. Else throws, for all: what is sent again under the same ids is
 * not stored twice.
 *
 * - RetryableError where one was not taken for now, or where this is no reply of the bulk API to so many documents.
 * - DestinationRefusedError where the data stream of one does not take documents of the relay.
 * - RowsRefusedError without places where the reply is longer than what is read of it: only refusals are that long, and smaller batches have
 *   shorter replies.
 * - RowsRefusedError with the places of those that Elasticsearch cannot store, or stored elsewhere, if that counts as refused.
 */
export function checkItems(
  reply: HttpReply,
  { size, failureStore }: { readonly size: number; readonly failureStore: 'refuse' | 'accept' },
  context: ReplyContext,
): void {
  if (Buffer.byteLength(reply.body) >= MOST_REPLY_BYTES - CUT_CHARACTER) {
    const message = `${context.who} answered ${reply.status} to ${size} documents with a reply of more than ${MOST_REPLY_BYTES} bytes`;
    throw new RowsRefusedError('rows_refused', message);
  }
  const said = bulkReply.safeParse(parsedJson(reply.body)).data;
  if (said === undefined || said.items.length !== size) {
    throw new RetryableError('bad_reply', `${describe(reply, context)} (no reply of the bulk API)`);
  }
  const failed = said.items.flatMap(({ create }, at) =>
    isStored(create, failureStore) ? [] : [{ ...create, at }],
  );
  const [first] = failed;
  if (first === undefined) return;
  const tell = (item: Item) => {
    const { type = 'no reason', reason = '' } = item.error ?? {};
    if (item.failure_store === FAILED) {
      return `${context.who} put ${failed.length} of ${size} documents into the failure store`;
    }
    const why = excerpt(`${type}: ${reason}`, context.secrets);
    return `${context.who} took ${size - failed.length} of ${size} documents, and answered ${item.status} for one: ${why}`;
  };
  const passing = failed.find(({ status }) => status === 429) ?? failed.find(isPassing);
  if (passing) throw new RetryableError(passing.status === 429 ? 'throttled' : 'server_error', tell(passing));
  const ours = failed.find((item) => !isAboutRow(item));
  if (ours) {
    const code =
      ours.status === 401 || ours.status === 403
        ? 'not_authorized'
        : ours.status === 404
          ? 'not_found'
          : 'refused';
    throw new DestinationRefusedError(code, tell(ours));
  }
  throw new RowsRefusedError('rows_refused', tell(first), { rows: failed.map(({ at }) => at) });
}

function isStored({ status, error, failure_store: store }: Item, failureStore: 'refuse' | 'accept'): boolean {
  if (store === FAILED && failureStore === 'refuse') return false;
  return (status >= 200 && status < 300) || (status === 409 && error?.type === CONFLICT);
}

function isPassing({ status }: Item): boolean {
  return status === 408 || status >= 500;
}

/** The mapping or the pipeline cannot take the document, or it is too large. */
function isAboutRow({ status, failure_store: store }: Item): boolean {
  return store === FAILED || status === 400 || status === 413 || status === 422;
}
