/**
 * Azure Key Vault as an HTTPS server on this machine: answers the one request that its documentation describes for reading a secret, and
 * refuses everything else.
 */
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface LabVault {
  readonly port: number;
  /** The vault's secrets by name: all versions, the newest last. */
  readonly secrets: Map<
    string,
    { readonly version: string; readonly value: string; readonly enabled?: boolean }[]
  >;
  /** The requests that came, as `GET /secrets/token?api-version=7.4`. */
  readonly requests: string[];
  /** Set: each request is answered so, with `retry-after` where a number of seconds is given. */
  answer:
    | {
        readonly status: number;
        readonly body?: string;
        readonly retryAfter?: number;
        readonly location?: string;
      }
    | undefined;
  close(): Promise<void>;
}

export interface LabVaultOptions {
  /** The host by which it may be called. */
  readonly host: string;
  /** The token that it accepts. */
  readonly token: string;
  readonly tls: { readonly key: string; readonly cert: string };
}

const VERSIONS = ['7.4'];

/** Starts a vault on a free port of 127.0.0.1. */
export async function startLabVault({ host, token, tls }: LabVaultOptions): Promise<LabVault> {
  const secrets: LabVault['secrets'] = new Map();
  const requests: string[] = [];
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? '/', `https://${host}`);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const refuse = (
      status: number,
      code: string,
      inner?: string | undefined,
      headers?: Record<string, string>,
    ) =>
      reply(
        status,
        { error: { code, message: 'Caller: appid=8f3b2c1d', ...(inner && { innererror: { code: inner } }) } },
        headers,
      );
    const { answer } = vault;
    if (answer) {
      return reply(answer.status, answer.body ?? '', {
        ...(answer.retryAfter !== undefined && { 'retry-after': String(answer.retryAfter) }),
        ...(answer.location !== undefined && { location: answer.location }),
      });
    }
    const fault = faultOf(request, url, { host, token });
    if (fault) {
      const [status, code, inner, headers] = fault;
      return refuse(status, code, inner, headers);
    }
    const [, name, version] =
      /^\/secrets\/([0-9a-zA-Z-]{1,127})(?:\/([0-9a-f]{32}))?$/.exec(url.pathname) ?? [];
    if (name === undefined) return refuse(400, 'BadParameter');
    const versions = secrets.get(name) ?? [];
    const found = version === undefined ? versions.at(-1) : versions.find((each) => each.version === version);
    if (!found) return refuse(404, 'SecretNotFound');
    if (found.enabled === false) return refuse(403, 'Forbidden', 'SecretDisabled');
    return reply(200, {
      value: found.value,
      id: `https://${host}/secrets/${name}/${found.version}`,
      attributes: {
        enabled: true,
        created: 1_493_938_410,
        updated: 1_493_938_410,
        recoveryLevel: 'Recoverable+Purgeable',
      },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const vault: LabVault = {
    port: (server.address() as AddressInfo).port,
    secrets,
    requests,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return vault;
}

type Fault = readonly [
  status: number,
  code: string,
  inner?: string | undefined,
  headers?: Record<string, string>,
];

/** What is wrong with a request before it comes to the secret. */
function faultOf(
  { headers, method }: IncomingMessage,
  { searchParams }: URL,
  { host, token }: Pick<LabVaultOptions, 'host' | 'token'>,
): Fault | undefined {
  if (headers.host?.replace(/:\d+$/, '') !== host) return [400, 'BadParameter'];
  if (headers.authorization === undefined) {
    const domain = host.slice(host.indexOf('.') + 1);
    const challenge = `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://${domain}"`;
    return [401, 'Unauthorized', undefined, { 'www-authenticate': challenge }];
  }
  if (headers.authorization !== `Bearer ${token}`) return [403, 'Forbidden', 'ForbiddenByRbac'];
  if (method !== 'GET') return [405, 'MethodNotAllowed'];
  const known = VERSIONS.includes(searchParams.get('api-version') ?? '');
  return known && [...searchParams.keys()].length === 1 ? undefined : [400, 'BadParameter'];
}
