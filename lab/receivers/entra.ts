/** A substitute for Entra ID's token endpoint on loopback. */

import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listenOnLoopback } from './loopback.ts';

/**
 * Starts a token endpoint with what tests in workerd need. A token is the JSON of the request. The tenant `busy` responds with 503, and the
 * secret `wrong` is refused.
 */
export async function startEntraServer(): Promise<{ readonly origin: string; close(): Promise<void> }> {
  let requests = 0;
  const server = createServer(async (request, response) => {
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
