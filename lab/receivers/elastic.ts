/**
 * A substitute for Elasticsearch 9 on loopback, as far as its bulk API writes to data streams.
 *
 * Sources: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk,
 * https://www.elastic.co/docs/manage-data/data-store/data-streams/use-data-stream (only `create`, by the name of the stream),
 * https://www.elastic.co/docs/deploy-manage/api-keys/elasticsearch-api-keys (`Authorization: ApiKey <base64 of id:key>`),
 * https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings (`http.max_content_length`, 100 MB before
 * compression), https://www.elastic.co/docs/reference/elasticsearch/index-settings/pressure (429),
 * https://www.elastic.co/docs/manage-data/data-store/data-streams/failure-store (201 with `failure_store: used`). For the words of refusals, issues of
 * https://github.com/elastic: elasticsearch 112537 (409), go-elasticsearch 279 (401), elasticsearch-ruby 2665 (media types).
 */
import { randomBytes } from 'node:crypto';
import type { BodyFault } from './body.ts';
import { type BulkAction, parsedActions } from './elastic-bulk.ts';
import { type FieldType, type Mapping, takenDocument } from './elastic-documents.ts';
import { type ElasticError, type ElasticItemError, illegal, short, whole } from './elastic-errors.ts';
import { encoded, keyRefusal } from './elastic-keys.ts';
import { negotiated } from './elastic-media-types.ts';
import { backingIndex, conflict, mappingOf, streamRules, streamTrouble } from './elastic-streams.ts';
import { filtered } from './filter-path.ts';
import {
  type ReceivedRequest,
  type Receiver,
  type ReceiverCounts,
  type ReceiverOptions,
  type ReceiverReply,
  startReceiver,
} from './server.ts';

/** A document that was accepted. */
export interface ElasticDocument {
  readonly stream: string;
  /** The backing index that has it. */
  readonly index: string;
  readonly id: string;
  readonly source: Readonly<Record<string, unknown>>;
}

export interface ElasticReceiverOptions extends ReceiverOptions {
  /** The API key `<id>:<key>`. Its form in requests, `apiKey` of the receiver, is base64. */
  readonly apiKey: string;
  /** Other API keys that are accepted now, in the form `<id>:<key>`, as while a key is rotated. */
  readonly moreKeys?: () => readonly string[];
  /** The data streams that exist or that a template makes on the first write, as names with `*`. Default: `logs-*-*`. */
  readonly dataStreams?: readonly string[];
  /** The data streams that the API key may write to, as names with `*`. Default: any. */
  readonly mayWrite?: readonly string[];
  /**
   * Types of fields, by their path. Without an entry a field takes any scalar, but it is an object in all documents of a stream or in none, as
   * with Elasticsearch's dynamic mapping. `disabled` is an object with `enabled: false`, which takes anything.
   */
  readonly mappings?: Readonly<Record<string, FieldType>>;
  /**
   * What happens to a document that the mapping refuses. `used`: the failure store takes it, and the reply says 201 and no error, as since 9.2
   * for streams `logs-*-*` without a template of their own. `not_enabled`, the default: the reply has the error. `failed`: so it has, because the
   * failure store could not take it.
   */
  readonly failureStore?: 'used' | 'not_enabled' | 'failed';
  /** `http.max_content_length`. Bytes of the decompressed body, default 100 MB. */
  readonly maxBytes?: number;
  /** Refuses one item, for example with `REJECTED_ITEM`, before Elasticsearch reads it. `sent` counts the items of all requests from 1. */
  readonly itemFault?: (source: string, sent: number) => ElasticItemError | undefined;
  /** Called for each accepted document, in order. */
  readonly onDocument?: (document: ElasticDocument) => void;
  /** Called for each document that is not stored because the write index has its id. */
  readonly onConflict?: (document: ElasticDocument) => void;
  /** Whether to keep every document in `received`, for small tests. */
  readonly store?: boolean;
}

/** A document that went into the failure store. */
export interface ElasticFailure {
  readonly stream: string;
  readonly id: string;
  readonly source: string;
  readonly error: ElasticError;
}

export interface ElasticReceiver extends Receiver {
  /** What stands after `ApiKey ` in the header. */
  readonly apiKey: string;
  readonly received: readonly ElasticDocument[];
  /** The documents in the failure store. */
  readonly failures: readonly ElasticFailure[];
  /** How many items were refused because the write index has their id already. */
  conflicts(): number;
  /** Rolls a data stream over: it gets a new write index, which has no ids. */
  rollover(stream: string): void;
}

const PARAMETERS: ReadonlySet<string> = new Set(
  '_source _source_excludes _source_includes error_trace filter_path format human include_source_on_error list_executed_pipelines pipeline pretty refresh require_alias require_data_stream routing timeout wait_for_active_shards'.split(
    ' ',
  ),
);
const MOST_BYTES = 100 * 1_048_576;
const INFO = {
  name: 'lab',
  cluster_name: 'lab',
  cluster_uuid: 'c0c0c0c0c0c0c0c0c0c0cw',
  version: { number: '9.2.2', build_flavor: 'default', lucene_version: '10.2.2' },
  tagline: 'You Know, for Search',
};

interface Stream {
  generation: number;
  ids: Set<string>;
  readonly mapping: Mapping;
}

/** Starts an Elasticsearch on loopback, which checks key, headers, lines and documents, and refuses item by item as Elasticsearch does. */
export async function startElasticReceiver(options: ElasticReceiverOptions): Promise<ElasticReceiver> {
  const received: ElasticDocument[] = [];
  const failures: ElasticFailure[] = [];
  const counts: ReceiverCounts = { requests: 0, faults: 0, refused: 0, events: 0 };
  const streams = new Map<string, Stream>();
  const rules = streamRules(options);
  let conflicts = 0;
  let sent = 0;

  function handle(request: ReceivedRequest): ReceiverReply {
    const refused = keyRefusal(request, [options.apiKey, ...(options.moreKeys?.() ?? [])]);
    if (refused !== undefined) return refused;
    if (Buffer.byteLength(request.body) > (options.maxBytes ?? MOST_BYTES)) return { status: 413 };
    const url = new URL(request.path, 'http://receiver');
    const type = negotiated(request);
    if (typeof type !== 'string') return type;
    const reply = routed(request, url);
    if (reply.status >= 300 || reply.body === undefined) return reply;
    const paths = url.searchParams.get('filter_path');
    const body = paths === null ? reply.body : JSON.stringify(filtered(JSON.parse(reply.body), paths) ?? {});
    return { ...reply, headers: { 'x-elastic-product': 'Elasticsearch', 'content-type': type }, body };
  }

  function routed(request: ReceivedRequest, url: URL): ReceiverReply {
    const { method } = request;
    if (url.pathname === '/' && method === 'GET') return { status: 200, body: JSON.stringify(INFO) };
    const match = /^(?:\/([^/_][^/]*))?\/_bulk$/.exec(url.pathname);
    const at = `uri [${request.path}] and method [${method}]`;
    if (match === null) return short(400, `no handler found for ${at}`);
    if (method !== 'POST' && method !== 'PUT') {
      const allow = { allow: 'POST,PUT' };
      return short(405, `Incorrect HTTP method for ${at}, allowed: [POST, PUT]`, allow);
    }
    const trouble = parameterTrouble(url);
    if (trouble !== undefined) return whole(400, illegal(trouble));
    const index = match[1] === undefined ? undefined : decodeURIComponent(match[1]);
    const actions = parsedActions(request.body, index);
    return 'reason' in actions ? whole(400, actions) : { status: 200, body: bulk(actions) };
  }

  function bulk(actions: readonly BulkAction[]): string {
    const items = actions.map((action) => ({ [action.name]: itemOf(action) }));
    const errors = items.some((item) => Object.values(item).some(({ status }) => status >= 300));
    return JSON.stringify({ errors, took: 1, items });
  }

  function itemOf(action: BulkAction): Readonly<Record<string, unknown>> & { readonly status: number } {
    const { index: name, id, source } = action;
    sent += 1;
    const trouble = options.itemFault?.(source, sent) ?? streamTrouble(action, rules);
    if (trouble !== undefined) return { _index: name, _id: id ?? null, ...trouble };
    const stream = streams.get(name) ?? {
      generation: 1,
      ids: new Set(),
      mapping: mappingOf(options.mappings),
    };
    streams.set(name, stream);
    const index = backingIndex(name, stream.generation);
    const given = id ?? randomId();
    const taken = takenDocument(source, given, stream.mapping);
    if ('refused' in taken) {
      const status = options.failureStore ?? 'not_enabled';
      if (status !== 'used') return { _index: index, _id: given, ...taken.refused, failure_store: status };
      failures.push({ stream: name, id: given, source, error: taken.refused.error });
      const into = index.replace(/^\.ds-/, '.fs-');
      return { ...created(into, randomId(), failures.length - 1), failure_store: status };
    }
    if (stream.ids.has(given)) {
      conflicts += 1;
      options.onConflict?.({ stream: name, index, id: given, source: taken.document });
      return { _index: index, _id: given, ...conflict(given, index) };
    }
    stream.ids.add(given);
    counts.events += 1;
    const document = { stream: name, index, id: given, source: taken.document };
    if (options.store) received.push(document);
    options.onDocument?.(document);
    return created(index, given, stream.ids.size - 1);
  }

  const receiver = await startReceiver(options, counts, handle, {
    encodings: ['gzip', 'deflate'],
    refuse: bodyRefusal,
  });
  return {
    ...receiver,
    apiKey: encoded(options.apiKey),
    received,
    failures,
    conflicts: () => conflicts,
    rollover(name) {
      const stream = streams.get(name);
      if (stream === undefined) return;
      stream.generation += 1;
      stream.ids = new Set();
    },
  };
}

function randomId(): string {
  return randomBytes(15).toString('base64url');
}

function created(index: string, id: string, sequence: number) {
  return {
    _index: index,
    _id: id,
    _version: 1,
    result: 'created',
    _shards: { total: 2, successful: 1, failed: 0 },
    _seq_no: sequence,
    _primary_term: 1,
    status: 201,
  };
}

function bodyRefusal(fault: BodyFault): ReceiverReply {
  if (fault === 'too_large') return { status: 413 };
  if (fault === 'corrupt') {
    return whole(400, { type: 'decompression_exception', reason: 'Input is not in the GZIP format' });
  }
  // Elasticsearch reads a body in an encoding that it does not know as it is.
  return whole(400, { type: 'x_content_parse_exception', reason: '[1:1] Invalid UTF-8 start byte' });
}

function parameterTrouble(url: URL): string | undefined {
  const unknown = [...url.searchParams.keys()].filter((each) => !PARAMETERS.has(each));
  if (unknown.length > 0) {
    const parameters = unknown.length === 1 ? 'parameter' : 'parameters';
    const list = unknown.map((each) => `[${each}]`).join(', ');
    return `request [${url.pathname}] contains unrecognized ${parameters}: ${list}`;
  }
  const refresh = url.searchParams.get('refresh') ?? '';
  return ['', 'true', 'false', 'wait_for'].includes(refresh)
    ? undefined
    : `Unknown value for refresh: [${refresh}].`;
}
