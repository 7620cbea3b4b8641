/**
 * The forms of Elasticsearch's errors.
 *
 * Source: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk (ErrorCause) and the replies that users quote in
 * https://github.com/elastic/elasticsearch/issues.
 */
import type { ReceiverReply } from './server.ts';

/** What is wrong with a request or an item. */
export interface ElasticError {
  readonly type: string;
  readonly reason: string;
  readonly caused_by?: ElasticError;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly additional_unsuccessful_credentials?: string;
  readonly index?: string;
  readonly index_uuid?: string;
  readonly shard?: string;
}

/** An error of one item, with its status. */
export interface ElasticItemError {
  readonly status: number;
  readonly error: ElasticError;
}

/** An error that refuses the whole request. */
export function whole(
  status: number,
  error: ElasticError,
  headers: Readonly<Record<string, string>> = {},
): ReceiverReply {
  const { caused_by: _, ...root } = error;
  return {
    status,
    headers: { 'x-elastic-product': 'Elasticsearch', ...headers },
    body: JSON.stringify({ error: { root_cause: [root], ...error }, status }),
  };
}

/** An error in the short form, whose `error` is a string. */
export function short(
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): ReceiverReply {
  return {
    status,
    headers: { 'x-elastic-product': 'Elasticsearch', ...headers },
    body: JSON.stringify({ error, status }),
  };
}

/** An argument that Elasticsearch refuses. */
export function illegal(reason: string): ElasticError {
  return { type: 'illegal_argument_exception', reason };
}

/** An item that Elasticsearch refuses because of its document. */
export function unparsable(reason: string, cause?: ElasticError): ElasticItemError {
  const error = { type: 'document_parsing_exception', reason };
  return { status: 400, error: cause === undefined ? error : { ...error, caused_by: cause } };
}

const FULL =
  'coordinating_and_primary_bytes=107322394, replica_bytes=0, all_bytes=107322394, ' +
  'coordinating_operation_bytes=71902, max_coordinating_and_primary_bytes=107374182';

/** The reply of a node whose indexing pressure refuses a whole request. */
export const REJECTED: ReceiverReply = whole(429, {
  type: 'es_rejected_execution_exception',
  reason: `rejected execution of coordinating operation [${FULL}]`,
});

/** What a shard whose indexing pressure refuses it says of an item. */
export const REJECTED_ITEM: ElasticItemError = {
  status: 429,
  error: {
    type: 'es_rejected_execution_exception',
    reason: `rejected execution of primary operation [${FULL.replace('coordinating_operation', 'primary_operation')}]`,
  },
};
