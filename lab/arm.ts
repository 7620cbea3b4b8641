/**
 * Azure Resource Manager as an HTTPS server on this machine: answers the reads that its documentation describes for subscriptions, resources,
 * resource providers, storage accounts, system topics and event subscriptions, and refuses everything else.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface LabArm {
  readonly port: number;
  /** The requests that came, as `GET /subscriptions?api-version=2022-12-01`. */
  readonly requests: string[];
  /** What is there. Tests change it. */
  readonly world: ArmWorld;
  /** Set: each request is answered so. */
  answer: { readonly status: number; readonly body?: unknown } | undefined;
  close(): Promise<void>;
}

export interface ArmWorld {
  readonly subscription: string;
  /** The resource id of the storage account. */
  readonly account: string;
  /** `properties` of the account. */
  accountProperties: Record<string, unknown>;
  /** By resource provider, its state. */
  readonly providers: Record<string, string>;
  /** System topics by resource id, with the resource that they belong to. */
  readonly systemTopics: Record<string, string>;
  /** By the resource id of an account or a system topic, its event subscriptions. */
  readonly eventSubscriptions: Record<string, readonly Record<string, unknown>[]>;
}

export interface LabArmOptions {
  /** The host by which it may be called. */
  readonly host: string;
  /** The token that it accepts. */
  readonly token: string;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly world: ArmWorld;
  /** Entries of a page of a list. */
  readonly pageSize?: number;
}

/** The versions of the interfaces that it speaks, by what a path ends in. */
const VERSIONS: readonly (readonly [RegExp, string])[] = [
  [/^\/subscriptions$/, '2022-12-01'],
  [/^\/subscriptions\/[^/]+\/resources$/, '2021-04-01'],
  [/^\/subscriptions\/[^/]+\/providers\/[^/]+$/, '2021-04-01'],
  [/\/providers\/Microsoft\.Storage\/storageAccounts\/[^/]+$/, '2023-05-01'],
  [/\/(?:eventSubscriptions|systemTopics)$/, '2022-06-15'],
];

/** Starts a Resource Manager on a free port of 127.0.0.1. */
export async function startLabArm(options: LabArmOptions): Promise<LabArm> {
  const { host, token, tls, world, pageSize = 2 } = options;
  const requests: string[] = [];
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? '/', `https://${host}`);
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const reply = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify(body));
    };
    const refuse = (status: number, code: string) =>
      reply(status, { error: { code, message: "The client '8f3b2c1d' does not have authorization" } });
    if (arm.answer) return reply(arm.answer.status, arm.answer.body ?? {});
    if (request.headers.host?.replace(/:\d+$/, '') !== host) return refuse(400, 'BadRequest');
    if (request.headers.authorization === undefined) return refuse(401, 'AuthenticationFailed');
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(403, 'AuthorizationFailed');
    if (request.method !== 'GET') return refuse(405, 'MethodNotAllowed');
    const version = VERSIONS.find(([path]) => path.test(url.pathname))?.[1];
    if (version === undefined || url.searchParams.get('api-version') !== version) {
      return refuse(400, 'InvalidApiVersionParameter');
    }
    const found = resourceAt(world, url);
    if (found === undefined) return refuse(404, 'ResourceNotFound');
    if (!Array.isArray(found)) return reply(200, found);
    const from = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(from + pageSize));
    const more = from + pageSize < found.length ? { nextLink: next.href } : {};
    return reply(200, { value: found.slice(from, from + pageSize), ...more });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const arm: LabArm = {
    port: (server.address() as AddressInfo).port,
    requests,
    world,
    answer: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return arm;
}

/** An object, or the entries of a list; undefined where there is nothing. */
function resourceAt(
  world: ArmWorld,
  { pathname, searchParams }: URL,
): object | readonly object[] | undefined {
  const own = `/subscriptions/${world.subscription}`;
  if (pathname === '/subscriptions') {
    return [
      '00000000-0000-0000-0000-000000000001',
      '00000000-0000-0000-0000-000000000002',
      world.subscription,
    ].map((subscriptionId) => ({ id: `/subscriptions/${subscriptionId}`, subscriptionId, state: 'Enabled' }));
  }
  if (pathname.endsWith('/resources')) {
    const name = world.account.split('/').at(-1);
    const wanted = `resourceType eq 'Microsoft.Storage/storageAccounts' and name eq '${name}'`;
    const isHere = pathname === `${own}/resources` && searchParams.get('$filter') === wanted;
    return isHere ? [{ id: world.account, name, type: 'Microsoft.Storage/storageAccounts' }] : [];
  }
  if (pathname === world.account) {
    return { id: world.account, kind: 'StorageV2', properties: world.accountProperties };
  }
  if (pathname === `${own}/providers/Microsoft.EventGrid/systemTopics`) {
    return Object.entries(world.systemTopics).map(([id, source]) => ({ id, properties: { source } }));
  }
  const [scope = ''] = pathname.split(/(?:\/providers\/Microsoft\.EventGrid)?\/eventSubscriptions$/);
  if (pathname.endsWith('/eventSubscriptions')) return world.eventSubscriptions[scope] ?? [];
  const provider = pathname.slice(`${own}/providers/`.length);
  const state = pathname.startsWith(`${own}/providers/`) ? world.providers[provider] : undefined;
  return state === undefined ? undefined : { namespace: provider, registrationState: state };
}
