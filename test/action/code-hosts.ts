/** GitHub's and GitLab's API for comments, as far as it is documented, on this machine: a request of another form is a violation. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

export interface StoredComment {
  readonly id: number;
  readonly author: string;
  body: string;
}

/** A code host with one pull or merge request. */
export interface CodeHost {
  readonly url: string;
  readonly comments: StoredComment[];
  /** Requests that were not of a documented form. */
  readonly violations: string[];
  /** `POST /path` of each request. */
  readonly requests: string[];
  /** Answers the next requests instead, one each: a status with headers. */
  readonly faults: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[];
  /** Whether the token may write. */
  mayWrite: boolean;
}

export const TOKEN = 'ghs_secretOfTheTest';
/** The account of the token. */
const SELF = 'ci-bot';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

type Handler = (request: IncomingMessage, body: unknown, host: CodeHost) => Reply | undefined;

async function startHost(handle: Handler): Promise<CodeHost> {
  const server = createServer(async (request, response) => {
    host.requests.push(`${request.method} ${request.url}`);
    const fault = host.faults.shift();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (fault) return void answer(response, { status: fault.status, body: {} }, fault.headers);
    const text = Buffer.concat(chunks).toString('utf8');
    const reply = handle(request, text === '' ? undefined : JSON.parse(text), host);
    if (!reply) host.violations.push(`${request.method} ${request.url} ${text.slice(0, 200)}`);
    answer(response, reply ?? { status: 404, body: { message: 'Not Found' } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const host: CodeHost = {
    url: `http://127.0.0.1:${port}`,
    comments: [],
    violations: [],
    requests: [],
    faults: [],
    mayWrite: true,
  };
  return host;
}

function answer(
  response: ServerResponse,
  { status, body }: Reply,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const graphql = z.strictObject({
  query: z.string().regex(/pullRequest\(number: \$number\)[\s\S]*comments\(first: 100, after: \$after\)/),
  variables: z.strictObject({
    owner: z.literal('contoso'),
    name: z.literal('rules'),
    number: z.literal(7),
    after: z.string().nullable(),
  }),
});
/** GitHub refuses a longer comment. */
const written = z.strictObject({ body: z.string().min(1).max(65_536) });

/** Pull request 7 of contoso/rules. */
export function startGithub(): Promise<CodeHost> {
  return startHost((request, body, host) => {
    const { method = '', url = '', headers } = request;
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: {} };
    if (headers['user-agent'] === undefined || headers.accept !== 'application/vnd.github+json')
      return undefined;
    if (method === 'POST' && url === '/graphql') {
      const read = graphql.safeParse(body);
      if (!read.success) return undefined;
      const from = Number(read.data.variables.after ?? 0);
      const nodes = host.comments.slice(from, from + 100).map((one) => ({
        databaseId: one.id,
        viewerDidAuthor: one.author === SELF,
        body: one.body,
      }));
      const pageInfo = { hasNextPage: from + 100 < host.comments.length, endCursor: String(from + 100) };
      return {
        status: 200,
        body: { data: { repository: { pullRequest: { comments: { nodes, pageInfo } } } } },
      };
    }
    const content = written.safeParse(body);
    const id = /^\/repos\/contoso\/rules\/issues\/comments\/(\d+)$/.exec(url)?.[1];
    const isCreation = method === 'POST' && url === '/repos/contoso/rules/issues/7/comments';
    if (!content.success || (!isCreation && !(method === 'PATCH' && id !== undefined))) return undefined;
    if (!host.mayWrite) return { status: 403, body: { message: 'Resource not accessible by integration' } };
    return isCreation ? create(host, content.data.body) : replace(host, Number(id), content.data.body, 200);
  });
}

/** Merge request 7 of project 42. */
export function startGitlab(): Promise<CodeHost> {
  const notes = '/api/v4/projects/42/merge_requests/7/notes';
  return startHost((request, body, host) => {
    const { method = '', url = '', headers } = request;
    if (headers['private-token'] !== TOKEN) return { status: 401, body: {} };
    if (method === 'GET' && url === '/api/v4/user')
      return { status: 200, body: { id: idOf(SELF), username: SELF } };
    const address = new URL(url, host.url);
    if (method === 'GET' && address.pathname === notes) {
      const { sort, order_by, per_page, page } = Object.fromEntries(address.searchParams);
      if (sort !== 'asc' || order_by !== 'created_at' || per_page !== '100') return undefined;
      const from = (Number(page) - 1) * 100;
      const list = host.comments.slice(from, from + 100);
      return {
        status: 200,
        body: list.map((one) => ({ id: one.id, body: one.body, author: { id: idOf(one.author) } })),
      };
    }
    const content = written.safeParse(body);
    const id = url.startsWith(`${notes}/`) ? url.slice(notes.length + 1) : undefined;
    if (!content.success || !(method === 'POST' && url === notes) === !(method === 'PUT' && id))
      return undefined;
    if (!host.mayWrite) return { status: 403, body: {} };
    return id === undefined
      ? create(host, content.data.body)
      : replace(host, Number(id), content.data.body, 200);
  });
}

function idOf(author: string): number {
  return author === SELF ? 1 : 2;
}

function create(host: CodeHost, body: string): Reply {
  const id = host.comments.length + 1001;
  host.comments.push({ id, author: SELF, body });
  return { status: 201, body: { id } };
}

function replace(host: CodeHost, id: number, body: string, status: number): Reply | undefined {
  const comment = host.comments.find((one) => one.id === id);
  if (!comment || comment.author !== SELF) return undefined;
  comment.body = body;
  return { status, body: { id } };
}
