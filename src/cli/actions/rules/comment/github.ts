/** Comments on pull requests of GitHub: GraphQL says which comments are the token's own, REST writes. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { messageOf, RelayError } from '../../../../shared/errors.ts';
import { type CommentHost, MOST_PAGES, mustSucceed, NotAllowed, PAGE } from './host.ts';
import { callApi } from './http.ts';

const environment = z.object({
  GITHUB_API_URL: z.string().default('https://api.github.com'),
  GITHUB_GRAPHQL_URL: z.string().default('https://api.github.com/graphql'),
  GITHUB_REPOSITORY: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/),
  GITHUB_EVENT_PATH: z.string().min(1),
});

const event = z.looseObject({
  pull_request: z.looseObject({ number: z.number().int().positive() }).optional(),
});

/** GitHub delivers no event above 25 MB. */
const MAX_EVENT = 32 * 1024 * 1024;

const COMMENTS = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      comments(first: ${PAGE}, after: $after) {
        nodes { databaseId viewerDidAuthor body }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

const commentsReply = z.object({
  data: z.object({
    repository: z.object({
      pullRequest: z.object({
        comments: z.object({
          nodes: z.array(
            z.object({ databaseId: z.number(), viewerDidAuthor: z.boolean(), body: z.string() }),
          ),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        }),
      }),
    }),
  }),
});

/** The pull request that a job of GitHub Actions runs for; undefined if it runs for something else. Throws a RelayError `comment_failed`. */
export async function githubHost(env: NodeJS.ProcessEnv, token: string): Promise<CommentHost | undefined> {
  const read = environment.safeParse(env);
  if (!read.success) {
    const names = read.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new RelayError('comment_failed', `the environment of GitHub Actions is incomplete: ${names}`);
  }
  const { GITHUB_API_URL: api, GITHUB_GRAPHQL_URL: graphql, GITHUB_REPOSITORY: repository } = read.data;
  const number = await pullRequestOf(read.data.GITHUB_EVENT_PATH);
  if (number === undefined) return undefined;
  const [owner = '', name = ''] = repository.split('/');
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  };
  const place = `pull request ${number}`;
  return {
    place,
    async find(marker, signal) {
      let after: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const body = { query: COMMENTS, variables: { owner, name, number, after } };
        const reply = await callApi({ method: 'POST', url: graphql, headers, body }, signal);
        mustSucceed(reply, `the comments of ${place}`);
        const found = commentsReply.safeParse(reply.body);
        // GraphQL answers 200 with "errors" where the token may not read.
        if (!found.success) throw new NotAllowed(`the comments of ${place} cannot be read`);
        const { nodes, pageInfo } = found.data.data.repository.pullRequest.comments;
        const own = nodes.find((one) => one.viewerDidAuthor && one.body.startsWith(marker));
        if (own) return { id: String(own.databaseId) };
        if (!pageInfo.hasNextPage) return undefined;
        after = pageInfo.endCursor;
      }
      return undefined;
    },
    async create(body, signal) {
      const url = `${api}/repos/${owner}/${name}/issues/${number}/comments`;
      mustSucceed(await callApi({ method: 'POST', url, headers, body: { body } }, signal), place);
    },
    async update({ id }, body, signal) {
      const url = `${api}/repos/${owner}/${name}/issues/comments/${id}`;
      mustSucceed(await callApi({ method: 'PATCH', url, headers, body: { body } }, signal), place);
    },
  };
}

async function pullRequestOf(path: string): Promise<number | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_EVENT) throw new Error('the file is too large');
    return event.parse(JSON.parse(await readFile(path, 'utf8'))).pull_request?.number;
  } catch (cause) {
    throw new RelayError('comment_failed', `GITHUB_EVENT_PATH cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
