/** A substitute for Entra ID on loopback: its token endpoint, and the keys that tokens are checked with. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { closeServer, listenOnLoopback } from './loopback.ts';

/**
 * Starts a token endpoint with what tests in workerd need. A token is the JSON of the request. The tenant `busy` responds with 503, and the
 * secret `wrong` is refused.
 *
 * A tenant's keys (`/<tenant>/discovery/v2.0/keys`) are what a test has put there: the answer of the next requests, as
 * `{ status, headers, body }`, where the status 0 is no answer at all. `/<tenant>/asked` says how often they were fetched.
 */
export async function startEntraServer(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  let requests = 0;
  const answerKeys = keysOfTenants();
  const server = createServer(async (request, response) => {
    if (await answerKeys(request, response)) return;
    requests += 1;
    const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(request.url ?? '')?.[1];
    const form = Object.fromEntries(new URLSearchParams(await text(request)));
    const reply = (status: number, body: unknown): void => {
      response.writeHead(status).end(JSON.stringify(body));
    };
    if (request.method !== 'POST' || tenant === undefined) return reply(404, {});
    if (tenant === 'busy') return reply(503, { error: 'temporarily_unavailable' });
    if (form.client_secret === 'wrong') {
      const error_description = `AADSTS7000215: Invalid client secret provided: ${form.client_secret}`;
      return reply(401, { error: 'invalid_client', error_description, error_codes: [7000215] });
    }
    const token = JSON.stringify({ tenant, requests, ...form });
    return reply(200, { token_type: 'Bearer', expires_in: 3599, access_token: token });
  });
  const port = await listenOnLoopback(server);
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      await closeServer(server);
    },
  };
}

const answerSchema = z.object({
  status: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
});

/** Answers the requests that concern keys; resolves to false for all others. */
function keysOfTenants(): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const answers = new Map<string, z.infer<typeof answerSchema>>();
  const asked = new Map<string, number>();
  return async (request, response) => {
    const [, tenant = '', what] = /^\/([^/]+)\/(discovery\/v2\.0\/keys|asked)$/.exec(request.url ?? '') ?? [];
    if (what === undefined) return false;
    if (what === 'asked') {
      response.end(String(asked.get(tenant) ?? 0));
    } else if (request.method === 'PUT') {
      answers.set(tenant, answerSchema.parse(JSON.parse(await text(request))));
      response.end();
    } else {
      asked.set(tenant, (asked.get(tenant) ?? 0) + 1);
      const { status, headers, body } = answers.get(tenant) ?? { status: 404, headers: {}, body: '' };
      if (status !== 0) response.writeHead(status, headers).end(body);
    }
    return true;
  };
}
