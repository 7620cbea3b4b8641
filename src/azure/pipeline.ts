/** Reaches the pipelines of the SDK's clients, which send their requests, adds steps to them, and sends requests of the relay's own through them. */
import { createPipelineRequest, type HttpClient, type PipelineResponse } from '@azure/core-rest-pipeline';
import type { BlobServiceClient, Pipeline } from '@azure/storage-blob';
import type { QueueServiceClient } from '@azure/storage-queue';
import type { Direct, PlainReply, PlainRequest } from './direct.ts';

/** The agent of a request; the SDK declares no more of it than that. */
export type Agent = NonNullable<
  Parameters<ReturnType<Pipeline['factories'][number]['create']>['sendRequest']>[0]['agent']
>;

/** What a step sees of a request, and may change. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | undefined };
  agent?: Agent | undefined;
}

/** The same of a response. */
export interface SeenResponse {
  readonly headers: { get(name: string): string | undefined; set(name: string, value: string): void };
  readableStreamBody?: NodeJS.ReadableStream | undefined;
}

/** A step of a pipeline, which a request comes to once, and not again when the SDK retries it. */
export interface Step {
  readonly name: string;
  sendRequest<Q extends SentRequest, R extends SeenResponse>(
    request: Q,
    next: (request: Q) => Promise<R>,
  ): Promise<R>;
}

/** `Pipeline` of @azure/core-rest-pipeline, as far as it is used. */
interface CorePipeline {
  sendRequest(
    client: HttpClient,
    request: ReturnType<typeof createPipelineRequest>,
  ): Promise<PipelineResponse>;
  addPolicy(step: Step): void;
  removePolicy(which: { readonly name: string }): unknown;
}

/** The pipeline of a service client, for clients of its blobs. */
export function pipelineOf(service: BlobServiceClient): Pipeline {
  return Reflect.get(service, 'pipeline');
}

/**
 * Adds steps to the pipeline of a service client, which the clients that it makes share.
 *
 * The SDK's own way, a factory in the pipeline, has each request and each response copied into objects of an older version of the SDK and back.
 * Also takes out the step that prepares a span of OpenTelemetry for each request and then makes none, because nobody gives the SDK a tracer: it
 * parses the address and writes it without its query each time.
 */
export function addSteps(service: BlobServiceClient | QueueServiceClient, steps: readonly Step[]): void {
  const core = coreOf(service);
  core.removePolicy({ name: 'tracingPolicy' });
  for (const step of steps) core.addPolicy(step);
}

/** A client of the SDK for anything in a storage service. */
type ServicePart = Pick<BlobServiceClient, 'url'>;

/** The short ways of services, by what their clients share. */
const directs = new WeakMap<object, Direct>();

/** Has {@link sendPlain} try this first for the clients of a service. */
export function addDirect(service: ServicePart, direct: Direct): void {
  directs.set(Reflect.get(service, 'pipeline'), direct);
}

/**
 * Sends a request directly where the host has connections of its own, and else through the pipeline of a client: signed, retried
 * and counted as the requests of the SDK's own clients are. Those make a span, and an object of some sixty properties for each.
 *
 * Resolves with any status; the body of a 200 or 206 is a stream. Throws what the SDK throws where there is no reply.
 */
export async function sendPlain(
  client: ServicePart,
  request: PlainRequest,
  signal: AbortSignal,
): Promise<PlainReply> {
  const direct = directs.get(Reflect.get(client, 'pipeline'));
  if (!direct) return await sendByPipeline(client, request, signal);
  const reply = await direct.send(request, signal);
  if (reply) return reply;
  const response = await sendByPipeline(client, request, signal);
  if (response.status < 400) direct.learn(response.request.headers, request.headers);
  return response;
}

async function sendByPipeline(
  client: ServicePart,
  { method, url, headers = {}, body }: PlainRequest,
  abortSignal: AbortSignal,
): Promise<PipelineResponse> {
  const http: HttpClient = Reflect.get(Reflect.get(client, 'pipeline'), '_coreHttpClient');
  const request = createPipelineRequest({
    url,
    method,
    abortSignal,
    allowInsecureConnection: true,
    ...(body && { body }),
    streamResponseStatusCodes: new Set([200, 206]),
  });
  request.headers.set('x-ms-version', versionOf(client));
  request.headers.set('accept', 'application/xml');
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return await coreOf(client).sendRequest(http, request);
}

/** The client makes it when it is made itself. */
function coreOf(client: ServicePart): CorePipeline {
  return Reflect.get(Reflect.get(client, 'pipeline'), '_corePipeline');
}

/** The version of the service's interface that the SDK asks for. */
function versionOf(client: ServicePart): string {
  return Reflect.get(Reflect.get(client, 'storageClientContext'), 'version');
}
