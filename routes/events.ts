/** The endpoint `/events`, to which Event Grid posts its notifications: turns them into tasks on the queue. */
import { type Context, Hono } from 'hono';
import { NotificationError } from '../src/event-grid/errors.ts';
import {
  type Notification,
  type ParsedNotifications,
  parseBinaryCloudEvent,
  parseNotifications,
  SUBSCRIPTION_DELETED,
  SUBSCRIPTION_VALIDATION,
} from '../src/event-grid/notification.ts';
import type { SourceAccount } from '../src/event-grid/source.ts';
import { tasksFromNotifications } from '../src/event-grid/tasks.ts';
import type { TaskQueue } from '../src/queue/port.ts';
import { sendAll } from '../src/queue/send-all.ts';
import { encodeTask, type Task } from '../src/queue/task.ts';
import { blobPath } from '../src/shared/blob-ref.ts';
import type { Clock } from '../src/shared/clock.ts';
import type { ErrorCode } from '../src/shared/error-codes.ts';
import { loggedError, RelayError } from '../src/shared/errors.ts';
import type { Logger } from '../src/shared/logger.ts';
import type { Metrics } from '../src/shared/metrics.ts';
import { type Span, type Tracer, traceparentOf } from '../src/shared/tracing.ts';
import { refuse } from './answers.ts';
import { keyCheck, type Proofs, type Stranger, strangerCheck } from './authentication.ts';
import { parseBody, readBody } from './body.ts';
import { ALLOW, answerHandshake } from './handshake.ts';

export interface EventsDeps extends Proofs {
  readonly queue: Pick<TaskQueue, 'send'>;
  readonly sources: readonly SourceAccount[];
  /** Without keys and tokens: take every request. Otherwise a relay without them takes none. */
  readonly insecure?: boolean;
  /** Origins that may subscribe with CloudEvents' handshake; `*` for all. */
  readonly allowedOrigins: readonly string[];
  /** Bytes; longer bodies are refused. */
  readonly bodyLimit: number;
  /** True while the queue is not known to be there: notifications are then sent back, for Event Grid to try again. */
  readonly isStarting?: () => boolean;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

/** Tasks on their way to the queue at once, for one request. */
const CONCURRENCY = 32;
/**
 * From the first byte of the body on. Later no more of it is read, and no send is begun. Event Grid gives up on an answer after 30 s (Microsoft Learn, "Event Grid message delivery
 * and retry").
 */
const DEADLINE_MS = 24_000;
const RETRY_AFTER = { 'retry-after': '10' };

/**
 * `POST /events` takes notifications of both schemas, `OPTIONS /events` answers CloudEvents' handshake.
 *
 * Event Grid never retries after 400, 401, 403 or 413. So the endpoint uses these only where a retry cannot help;
 * everything that may pass with time is answered with 503.
 */
export function eventsRoutes(deps: EventsDeps): Hono {
  const checkKey = keyCheck(deps.keys);
  const findStranger = strangerCheck(deps);
  const isOpen = deps.insecure === true && deps.keys.length === 0 && !deps.tokens;
  const app = new Hono();
  app.post('/events', async (c) => {
    const stranger = isOpen ? undefined : await findStranger(credentialsOf(c));
    if (stranger) return refuseStranger(c, deps, stranger);
    return refuseWhileStarting(c, deps) ?? (await takeEvents(c, deps));
  });
  app.options('/events', (c) => {
    // Event Grid need not send the key in a header here, as the handshake grants nothing; a wrong one is said at once, but a token
    // in its place is not judged as a key.
    const wrong = deps.keys.length > 0 && !deps.tokens && checkKey(credentialsOf(c)) === 'wrong';
    if (wrong) return refuseStranger(c, deps, { status: 401, code: 'key_wrong' });
    return answerHandshake(c, deps.allowedOrigins);
  });
  app.all('/events', (c) =>
    refuse(c, 405, { code: 'method_not_allowed', message: 'Event Grid posts here.' }, { allow: ALLOW }),
  );
  return app;
}

const credentialsOf = (c: Context) => ({
  query: (name: string) => c.req.query(name),
  header: (name: string) => c.req.header(name),
});

/** The answer says no more than the code: what exactly a token lacks is for the log. */
function refuseStranger(c: Context, deps: EventsDeps, { status, code, detail, error }: Stranger): Response {
  reject(c, deps, code, { error, detail });
  const message = STRANGERS[code] ?? 'The request is not from Event Grid.';
  // What the relay lacks is no fault of the sender's, which shall try again.
  if (status === 503) return refuse(c, 503, { code, message }, RETRY_AFTER);
  const challenge = status === 403 ? 'Bearer error="insufficient_scope"' : 'Bearer';
  const answered = status === 403 ? 'forbidden' : 'unauthorized';
  return refuse(c, status, { code: answered, message }, { 'www-authenticate': challenge });
}

const STRANGERS: Partial<Record<ErrorCode, string>> = {
  no_keys: 'The relay has no keys configured.',
  key_missing: 'The request carries no key.',
  key_wrong: 'The key is not one of ours.',
  token_missing: 'The request carries no token of Entra ID.',
  token_wrong: 'The token is not valid here.',
  token_not_allowed: 'The token is not one of Event Grid with the role to post here.',
  token_keys_unavailable: 'The token cannot be checked at the moment.',
};

function refuseWhileStarting(c: Context, deps: EventsDeps): Response | undefined {
  if (deps.isStarting?.() !== true) return undefined;
  reject(c, deps, 'starting');
  return refuse(
    c,
    503,
    { code: 'starting', message: 'The relay waits for its storage account; /readyz says why.' },
    RETRY_AFTER,
  );
}

async function takeEvents(c: Context, deps: EventsDeps): Promise<Response> {
  const format = formatOf(c);
  if (typeof format === 'string') {
    reject(c, deps, 'unsupported_media_type');
    return refuse(
      c,
      415,
      { code: 'unsupported_media_type', message: format },
      {
        accept: 'application/json, application/cloudevents+json, application/cloudevents-batch+json',
        'accept-encoding': 'identity',
      },
    );
  }
  const deadline = new AbortController();
  const late = () => deadline.abort(new RelayError('timeout', `It took longer than ${DEADLINE_MS} ms.`));
  const cancel = deps.clock.after(DEADLINE_MS, late);
  try {
    return await takeInTime(c, deps, format, deadline.signal);
  } finally {
    cancel();
  }
}

async function takeInTime(
  c: Context,
  deps: EventsDeps,
  format: Format,
  deadline: AbortSignal,
): Promise<Response> {
  let body: Uint8Array | undefined;
  try {
    body = await readBody(c.req.raw, deps.bodyLimit, deadline);
  } catch (error) {
    reject(c, deps, 'body_unreadable', { error });
    return refuse(
      c,
      503,
      { code: 'body_unreadable', message: 'The body could not be read to its end.' },
      RETRY_AFTER,
    );
  }
  if (!body) {
    reject(c, deps, 'too_large');
    return refuse(c, 413, { code: 'too_large', message: `The body is longer than ${deps.bodyLimit} bytes.` });
  }
  let parsed: ParsedNotifications;
  try {
    parsed = format.read(parseBody(body));
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    reject(c, deps, error.code);
    return refuse(c, error.code === 'too_many_events' ? 413 : 400, {
      code: error.code,
      message: error.message,
    });
  }
  return takeParsed(c, deps, parsed, deadline);
}

/** Good events go on the queue even when others of their batch are malformed: a 400 is never repeated. */
async function takeParsed(
  c: Context,
  deps: EventsDeps,
  parsed: ParsedNotifications,
  deadline: AbortSignal,
): Promise<Response> {
  const isControl = ({ type }: Notification) =>
    type === SUBSCRIPTION_VALIDATION || type === SUBSCRIPTION_DELETED;
  const notifications = parsed.events.filter((event) => !isControl(event));
  const { tasks, ignored } = tasksFromNotifications(notifications, deps.sources);
  const traced = tasks.map((task) => beginTrace(deps, task));
  try {
    const bodies = traced.map(({ task }) => encodeTask(task));
    await sendAll(deps.queue, bodies, CONCURRENCY, deadline);
    for (const { span } of traced) span?.end();
  } catch (error) {
    for (const { span } of traced) span?.end({}, 'queue_unavailable' satisfies ErrorCode);
    reject(c, deps, 'queue_unavailable', { error, events: notifications.length });
    return refuse(
      c,
      503,
      { code: 'queue_unavailable', message: 'The queue did not take the tasks; try again.' },
      RETRY_AFTER,
    );
  }

  let ignoredEvents = 0;
  for (const [reason, events] of ignored) {
    ignoredEvents += events;
    deps.metrics.count('xdr_relay_notifications_total', { result: 'ignored', reason }, events);
  }
  const queued = notifications.length - ignoredEvents;
  if (queued > 0) deps.metrics.count('xdr_relay_notifications_total', { result: 'queued' }, queued);
  if (notifications.length > 0) {
    deps.logger.info('Notifications received', {
      ...delivery(c),
      events: notifications.length,
      tasks: tasks.length,
      ...(ignored.size > 0 ? { ignored: Object.fromEntries(ignored) } : {}),
    });
  }
  return answer(c, deps, parsed, { queued: tasks.length, ignored: ignoredEvents });
}

/** The task with the trace that begins with its notification, if it is sampled. */
function beginTrace({ tracer }: EventsDeps, task: Task): { readonly task: Task; readonly span?: Span } {
  const attributes = { 'xdr_relay.blob': blobPath(task.blob) };
  const span = tracer?.start({ name: 'receive notification', kind: 'producer', attributes });
  return span ? { task: { ...task, trace: traceparentOf(span.context) }, span } : { task };
}

function answer(
  c: Context,
  deps: EventsDeps,
  { events, malformed, unread }: ParsedNotifications,
  counts: { readonly queued: number; readonly ignored: number },
): Response {
  const [bad] = malformed;
  if (bad) {
    reject(c, deps, 'notification_malformed', { events: malformed.length });
    if (unread > 0) {
      const labels = { result: 'rejected', reason: 'behind_malformed' };
      deps.metrics.count('xdr_relay_notifications_total', labels, unread);
    }
    const extent = unread > 0 ? `and reading stopped there, ${unread} events were not looked at` : 'in all';
    return refuse(c, 400, {
      code: 'notification_malformed',
      message: `Event ${bad.index} does not have its schema's shape (${bad.message}); ${malformed.length} malformed ${extent}.`,
    });
  }
  for (const event of events) {
    if (event.type !== SUBSCRIPTION_DELETED) continue;
    deps.metrics.count('xdr_relay_notifications_total', {
      result: 'ignored',
      reason: 'subscription_deleted',
    });
    deps.logger.warn('An event subscription was deleted and sends no more notifications', delivery(c));
  }
  const validation = events.find((event) => event.type === SUBSCRIPTION_VALIDATION);
  if (!validation && c.req.header('aeg-event-type')?.toLowerCase() !== 'subscriptionvalidation') {
    return c.json(counts);
  }
  const code = validation?.data.validationCode;
  if (!code) {
    reject(c, deps, 'validation_code_missing');
    return refuse(c, 400, {
      code: 'validation_code_missing',
      message: 'The validation event carries no validationCode.',
    });
  }
  deps.metrics.count('xdr_relay_notifications_total', {
    result: 'ignored',
    reason: 'subscription_validation',
  });
  deps.logger.info('Event subscription validated', delivery(c));
  return c.json({ validationResponse: code });
}

/** How a request's body is read. */
interface Format {
  readonly read: (value: unknown) => ParsedNotifications;
}

/** How to read the body, from the request's headers; or why it cannot be read. */
function formatOf(c: Context): Format | string {
  const encoding = c.req.header('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity') return 'Compressed requests are not read.';
  const [type = '', ...parameters] = (c.req.header('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters
    .map((each) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(each)?.[1])
    .find(Boolean);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') return 'The charset must be UTF-8.';
  switch (type.trim()) {
    case 'application/cloudevents+json':
    case 'application/cloudevents-batch+json':
      return { read: (value) => parseNotifications(value, 'cloud_events') };
    case 'application/json':
      return c.req.header('ce-specversion') === undefined
        ? { read: (value) => parseNotifications(value) }
        : { read: (value) => parseBinaryCloudEvent((name) => c.req.header(name), value) };
    default:
      return 'The content type must be JSON, in Event Grid schema or CloudEvents.';
  }
}

interface Rejection {
  readonly error?: unknown;
  readonly events?: number;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

function reject(
  c: Context,
  deps: EventsDeps,
  reason: ErrorCode,
  { error, events = 1, detail }: Rejection = {},
): void {
  deps.metrics.count('xdr_relay_notifications_total', { result: 'rejected', reason }, events);
  deps.logger.warn('Notifications refused', {
    ...delivery(c),
    reason,
    ...detail,
    ...(error === undefined ? {} : { ...loggedError(error) }),
  });
}

/** What Event Grid's headers say about the delivery. Never the address: it contains the key. */
function delivery(c: Context): Readonly<Record<string, unknown>> {
  const header = (name: string) => c.req.header(name)?.slice(0, 200);
  return {
    subscription: header('aeg-subscription-name'),
    deliveryCount: header('aeg-delivery-count'),
    type: header('aeg-event-type'),
  };
}
