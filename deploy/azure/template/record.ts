/** Lets Azure's own SDK write the resources: it checks their types, and its serialisers make the JSON that Azure Resource Manager expects. */
import { ContainerAppsAPIClient } from '@azure/arm-appcontainers';
import { EventGridManagementClient } from '@azure/arm-eventgrid';
import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import { MonitorClient } from '@azure/arm-monitor';
import { StorageManagementClient } from '@azure/arm-storage';
import type { PipelineRequest } from '@azure/core-rest-pipeline';
import { parameter, type Value } from './expression.ts';
import type { Resource } from './model.ts';

/** The SDK's clients. They send nothing: what they would send becomes a resource of the template. */
export interface Clients {
  readonly apps: ContainerAppsAPIClient;
  readonly eventGrid: EventGridManagementClient;
  readonly monitor: MonitorClient;
  readonly storage: StorageManagementClient;
  readonly vault: KeyVaultManagementClient;
}

/** Stands for the resource group in the SDK's calls. */
export const GROUP = 'group';

/** What belongs to the template and not to the request. */
export type Options = Pick<Resource, 'condition' | 'scope' | 'after'> & {
  /** Replaces values of the body by expressions where the SDK accepts only an object: `{ 'properties.vnetConfiguration': text }`. */
  readonly replace?: Readonly<Record<string, Value>>;
  /** Instead of the SDK's own version, where that is a preview: the last one that is none, and that has everything used here. */
  readonly apiVersion?: string;
  /** Adds the parameter `tags`: not every resource has tags. */
  readonly tags?: boolean;
};

/** Thrown in place of an answer. */
class Recorded extends Error {
  readonly request: PipelineRequest;

  constructor(request: PipelineRequest) {
    super('recorded');
    this.request = request;
  }
}

export function recordingClients(): Clients {
  const credential = {
    getToken: async () => ({ token: 'none', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }),
  };
  const options = {
    httpClient: { sendRequest: (request: PipelineRequest) => Promise.reject(new Recorded(request)) },
  };
  return {
    apps: new ContainerAppsAPIClient(credential, 'subscription', options),
    eventGrid: new EventGridManagementClient(credential, 'subscription', options),
    monitor: new MonitorClient(credential, 'subscription', options),
    storage: new StorageManagementClient(credential, 'subscription', options),
    vault: new KeyVaultManagementClient(credential, 'subscription', options),
  };
}

/** The resource that a call of the SDK would create. Its type, version and names come from the request's address. */
export async function recorded(
  key: string,
  options: Options,
  send: () => PromiseLike<unknown>,
): Promise<Resource> {
  const request = await requestOf(send);
  const url = new URL(request.url);
  const sent = url.searchParams.get('api-version');
  const path = url.pathname.split('/providers/').at(-1);
  if (request.method !== 'PUT' || sent === null || path === undefined) {
    throw new Error(`${key}: the call creates nothing: ${request.method} ${request.url}`);
  }
  const [namespace = '', ...segments] = path.split('/').map(decodeURIComponent);
  const { replace = {}, tags = false, condition, scope, after } = options;
  const body = JSON.parse(String(request.body)) as { readonly [key: string]: Value };
  return {
    key,
    type: [namespace, ...segments.filter((_, index) => index % 2 === 0)].join('/'),
    apiVersion: options.apiVersion ?? sent,
    names: segments.filter((_, index) => index % 2 === 1),
    condition,
    scope,
    after,
    body: Object.entries({ ...replace, ...(tags && { tags: TAGS }) }).reduce(replaced, body),
  };
}

async function requestOf(send: () => PromiseLike<unknown>): Promise<PipelineRequest> {
  try {
    await send();
  } catch (error) {
    if (error instanceof Recorded) return error.request;
    throw error;
  }
  throw new Error('the call sent nothing');
}

/** `[parameters('tags')]`, which is an object. */
export const TAGS = parameter('tags');

function replaced(
  body: { readonly [key: string]: Value },
  [path, value]: readonly [string, Value],
): { readonly [key: string]: Value } {
  const [first = '', ...rest] = path.split('.');
  const inner = body[first];
  if (rest.length === 0) return { ...body, [first]: value };
  const object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  return { ...body, [first]: replaced(object as { readonly [key: string]: Value }, [rest.join('.'), value]) };
}
