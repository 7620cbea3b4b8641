/** Sends batches to Elasticsearch by its bulk API. */
import { type Authorization, authorizationBy, type Credential } from '../authorization.ts';
import { type AuthorizedReply, postAuthorized } from '../authorized.ts';
import type { HttpSenderDeps, Sender } from '../descriptor.ts';
import { createEndpoints } from '../endpoints.ts';
import { gzipped } from '../gzip.ts';
import type { HttpReply } from '../http.ts';
import type { Batch } from '../port.ts';
import type { ReplyContext } from '../reply.ts';
import type { ElasticConfig } from './config.ts';
import { checkItems, checkReply } from './reply.ts';

/** Of the reply only what is read: else each document is told with its place in the index, ten times as long. */
const REPLY_PARTS = 'errors,items.*.status,items.*.failure_store,items.*.error.type,items.*.error.reason';

/** `send` resolves when Elasticsearch has stored each document, or had stored it before. */
export function elasticSender(config: ElasticConfig, deps: HttpSenderDeps): Sender {
  const { http, clock, context } = deps;
  const authorization = elasticAuthorization(config, deps);
  const closing = new AbortController();
  const nodes = createEndpoints(
    [config.url].flat().map((url) => nodeOf(url, config)),
    {
      clock,
      // Whoever may only create documents may not see the cluster: any answer of it but a trouble of the server says that it is there.
      isWell: async ({ root }) => {
        const credential = await authorization.credential(closing.signal);
        const { status } = await http.send(
          { method: 'GET', url: root, headers: headerOf(credential) },
          closing.signal,
        );
        return status < 500 && status !== 429;
      },
    },
  );
  return {
    async send(batch, signal) {
      const body = config.compression === 'gzip' ? await batch.body.compressed(gzipped) : batch.body.bytes();
      const answer = await nodes.use(async ({ bulk }) => {
        const made = answered(
          await postAuthorized(authorization, signal, (credential) => post(bulk, body, credential, signal)),
        );
        checkReply(made.reply, made.context);
        return made;
      });
      // Outside: another node does not take what a shard was too busy for.
      const asked = { size: batch.items.length, failureStore: config.failure_store };
      checkItems(answer.reply, asked, answer.context);
    },
    async close() {
      closing.abort();
    },
  };

  function answered({ reply, secrets }: AuthorizedReply): Answer {
    const known = context();
    return { reply, context: { ...known, secrets: [...known.secrets, ...secrets] } };
  }

  function post(
    url: string,
    body: Body,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const headers = {
      ...headerOf(credential),
      accept: 'application/json',
      'content-type': 'application/x-ndjson',
      ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
    };
    return http.send({ method: 'POST', url, headers, body }, signal);
  }
}

type Body = ReturnType<Batch['body']['bytes']>;

interface Answer {
  readonly reply: HttpReply;
  /** With the secrets of the request. */
  readonly context: ReplyContext;
}

interface Node {
  readonly bulk: string;
  readonly root: string;
}

/** A path is a proxy's, below which Elasticsearch is. */
function nodeOf(address: string, { pipeline }: ElasticConfig): Node {
  const base = new URL(address);
  const path = base.pathname.replace(/(?:\/_bulk)?\/*$/, '');
  const bulk = new URL(`${path}/_bulk${base.search}`, base);
  bulk.searchParams.set('filter_path', REPLY_PARTS);
  if (pipeline !== undefined) bulk.searchParams.set('pipeline', pipeline);
  return { bulk: bulk.href, root: new URL(`${path}/${base.search}`, base).href };
}

function elasticAuthorization({ api_key: key, auth }: ElasticConfig, deps: HttpSenderDeps): Authorization {
  if (key === undefined) return authorizationBy(auth, deps);
  const credential = { header: 'authorization', value: `ApiKey ${key}`, secrets: [key] };
  return { credential: async () => credential, refused: () => false };
}

function headerOf(credential: Credential | undefined): Readonly<Record<string, string>> {
  return credential === undefined ? {} : { [credential.header]: credential.value };
}
