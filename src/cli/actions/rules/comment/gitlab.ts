/** Notes on merge requests of GitLab, by its REST API. */
import { z } from 'zod';
import { RelayError } from '../../../../shared/errors.ts';
import { type CommentHost, contentOf, MOST_PAGES, mustSucceed, PAGE } from './host.ts';
import { callApi } from './http.ts';

const id = z.string().regex(/^\d{1,15}$/);
const environment = z.object({
  CI_API_V4_URL: z.string(),
  /** The project that the merge request is in; CI_PROJECT_ID is that of the fork where a pipeline of a fork runs. */
  CI_MERGE_REQUEST_PROJECT_ID: id,
  CI_MERGE_REQUEST_IID: id,
});

const user = z.looseObject({ id: z.number() });
const notes = z.array(
  z.looseObject({ id: z.number(), body: z.string(), author: z.looseObject({ id: z.number() }) }),
);

/** The merge request that a job of GitLab runs for; undefined if it runs for something else. Throws a RelayError `comment_failed`. */
export function gitlabHost(env: NodeJS.ProcessEnv, token: string): CommentHost | undefined {
  if (env.CI_MERGE_REQUEST_IID === undefined || env.CI_MERGE_REQUEST_IID === '') return undefined;
  const read = environment.safeParse(env);
  if (!read.success) {
    const names = read.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new RelayError('comment_failed', `the environment of GitLab CI is incomplete: ${names}`);
  }
  const { CI_API_V4_URL: api, CI_MERGE_REQUEST_PROJECT_ID: project, CI_MERGE_REQUEST_IID: iid } = read.data;
  const headers = { 'private-token': token };
  const place = `merge request ${iid}`;
  const url = `${api}/projects/${project}/merge_requests/${iid}/notes`;
  return {
    place,
    async find(marker, signal) {
      const self = await callApi({ method: 'GET', url: `${api}/user`, headers }, signal);
      const me = contentOf(user, self, 'the user of the token').id;
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const at = `${url}?sort=asc&order_by=created_at&per_page=${PAGE}&page=${page}`;
        const reply = await callApi({ method: 'GET', url: at, headers }, signal);
        const found = contentOf(notes, reply, `the notes of ${place}`);
        const own = found.find((one) => one.author.id === me && one.body.startsWith(marker));
        if (own) return { id: String(own.id) };
        if (found.length < PAGE) return undefined;
      }
      return undefined;
    },
    async create(body, signal) {
      mustSucceed(await callApi({ method: 'POST', url, headers, body: { body } }, signal), place);
    },
    async update(earlier, body, signal) {
      const at = `${url}/${earlier.id}`;
      mustSucceed(await callApi({ method: 'PUT', url: at, headers, body: { body } }, signal), place);
    },
  };
}
