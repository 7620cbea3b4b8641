import { randomBytes } from 'node:crypto';
import type { Random } from '../../demo/generator/random.ts';
import { isObject, jsonSequence } from '../../demo/receivers/json.ts';
import type { Fault, FaultHook, ReceivedRequest, Receiver } from '../../demo/receivers/server.ts';
import { type PostedMessage, startSlackReceiver } from '../../demo/receivers/slack.ts';
import { startHecReceiver } from '../../demo/receivers/splunk-hec.ts';
import { startWebhookReceiver } from '../../demo/receivers/webhook.ts';
import { placeOf, type RequestTrouble } from './log.ts';
import type { OutageKind } from './plan.ts';
import type { Recorder } from './recorder.ts';
import { REFUSED_BY, WEBHOOK_BYTES } from './rows.ts';

/** The destinations a soak can have. `slack` gets alarms only, all others every row. */
export const DESTINATION_NAMES = ['splunk', 'splunk-ack', 'hook', 'slack'] as const;
export type DestinationName = (typeof DESTINATION_NAMES)[number];

/** Longer than the relay's request time-out: the rows are taken when nobody waits for the reply any more. Milliseconds. */
export const TOO_LATE_MS = 4_000;
/** `timeout` of the destinations in the soak's relay.yaml. Milliseconds. */
export const REQUEST_TIMEOUT_MS = 3_000;

/** What is going on at the destinations at this moment. */
export interface Weather {
  /** The part of requests that go wrong. */
  part: number;
  readonly outages: Map<string, OutageKind>;
}

export interface Receivers {
  /** The entries under `destinations:` of relay.yaml, by name. */
  readonly entries: ReadonlyMap<DestinationName, string>;
  /** What the entries take from the environment. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly requests: () => number;
  close(): Promise<void>;
}

interface Seen {
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
  readonly refusedBy: unknown;
}

export interface ReceiversOptions {
  readonly names: readonly DestinationName[];
  readonly batchItems: number;
  readonly recorder: Recorder;
  readonly weather: Weather;
  readonly randomOf: (name: DestinationName) => Random;
}

/** Starts the destinations on loopback; what reaches them and what they do to it goes into the recorder. */
export async function startReceivers(options: ReceiversOptions): Promise<Receivers> {
  const { names, recorder, batchItems } = options;
  const entries = new Map<DestinationName, string>();
  const secrets: Record<string, string> = {};
  const hidden = (name: string, value: string) => {
    secrets[name] = value;
    return `"\${${name}}"`;
  };
  const receivers: Receiver[] = [];
  const common = `allow_networks: [127.0.0.0/8], timeout: ${REQUEST_TIMEOUT_MS}ms, batch: { items: ${batchItems}, age: 200ms }`;

  const arrived = (destination: string, { blob, offset, id }: Seen) => {
    recorder.arrivals.push({ at: recorder.now(), destination, blob, offset, id });
  };

  for (const name of names) {
    const fault = misbehaviour(name, options);
    if (name === 'slack') {
      const slack = await startSlackReceiver({
        fault,
        onMessage: (message) => arrived(name, alarmOf(eventIdIn(message), recorder)),
      });
      entries.set(
        name,
        `{ type: slack, webhook_url: ${hidden('SLACK_URL', slack.url)}, digest_over: 100, ${common} }`,
      );
      receivers.push(slack);
    } else if (name === 'hook') {
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const hook = await startWebhookReceiver({
        secret,
        fault,
        onEvent: (event) => arrived(name, seenInEnvelope(event)),
      });
      entries.set(
        name,
        `{ type: webhook, url: "${hook.url}", secrets: [${hidden('HOOK_SECRET', secret)}], ${common} }`,
      );
      receivers.push(hook);
    } else {
      const withAcks = name === 'splunk-ack';
      const token = randomBytes(18).toString('hex');
      const hec = await startHecReceiver({
        token,
        fault,
        ...(withAcks && { acknowledgeAfter: 1 }),
        onEvent: (event) => arrived(name, seenInHec(event)),
      });
      const acks = withAcks ? 'acknowledgement: true, acknowledgement_timeout: 3s, ' : '';
      entries.set(
        name,
        `{ type: splunk_hec, url: "${hec.origin}", token: ${hidden(withAcks ? 'ACK_TOKEN' : 'TOKEN', token)}, ${acks}${common} }`,
      );
      receivers.push(hec);
    }
  }
  return {
    entries,
    secrets,
    requests: () => receivers.reduce((sum, { counts }) => sum + counts.requests, 0),
    async close() {
      await Promise.all(receivers.map((receiver) => receiver.close()));
    },
  };
}

/** The fault hook of one destination: rows it never takes, outages, and what the weather brings. */
function misbehaviour(name: DestinationName, options: ReceiversOptions): FaultHook {
  const { recorder, weather } = options;
  const random = options.randomOf(name);
  return (request) => {
    const drawn = draw(random, weather.part);
    const outage = weather.outages.get(name);
    const seen = rowsIn(name, request, recorder);
    const rows = seen.map(({ blob, offset }) => placeOf(blob, offset));
    const trouble = (kind: RequestTrouble['kind'], of: RequestTrouble['rows'] = rows) =>
      recorder.troubles.push({ at: recorder.now(), destination: name, kind, rows: of });
    // A message is a request: those of a batch that came before the one that fails were taken.
    if (name === 'slack' && (outage !== undefined || drawn !== undefined)) trouble('batch_broken', []);

    if (outage !== undefined) {
      recorder.fault(`${name}: outage`);
      return outage === 'reset' ? 'reset' : { status: Number(outage) };
    }
    const isQuestion = request.path.startsWith('/services/collector/ack');
    const refused = isQuestion ? undefined : refusal(name, request, seen);
    if (refused) {
      recorder.fault(`${name}: row refused`);
      trouble('rows_refused');
      return refused;
    }
    if (drawn === undefined) return undefined;
    recorder.fault(`${name}: ${labelOf(drawn)}`);
    if (isQuestion) trouble('unacknowledged');
    else if (drawn === 'half_reply' || drawn === 'accept_then_reset' || isTooLate(drawn))
      trouble('reply_lost');
    else if (typeof drawn === 'object' && 'status' in drawn && drawn.status === 413) trouble('rows_refused');
    return drawn;
  };
}

/** Draws what goes wrong, or nothing. Each call takes the same number of draws. */
function draw(random: Random, part: number): Fault {
  const happens = random.chance(part);
  const kind = random.next();
  if (!happens) return undefined;
  if (kind < 0.16) return { status: 503 };
  if (kind < 0.26) return { status: 500 };
  if (kind < 0.36) return { status: 429, headers: { 'retry-after': '1' } };
  if (kind < 0.42) return { status: 429 };
  if (kind < 0.5) return { status: 413 };
  if (kind < 0.53) return { status: 401 };
  if (kind < 0.68) return 'reset';
  if (kind < 0.81) return 'half_reply';
  if (kind < 0.96) return 'accept_then_reset';
  return { delayMs: TOO_LATE_MS };
}

function isTooLate(fault: Fault): boolean {
  return typeof fault === 'object' && 'delayMs' in fault;
}

function labelOf(fault: NonNullable<Fault>): string {
  if (typeof fault === 'string') return fault;
  return 'status' in fault ? String(fault.status) : 'too late';
}

/** What the destination answers to a request with a row that it never takes. */
function refusal(name: DestinationName, request: ReceivedRequest, seen: readonly Seen[]): Fault {
  const at = seen.findIndex(({ refusedBy }) => refusedBy === name);
  if (name === 'hook') {
    if (Buffer.byteLength(request.body) > WEBHOOK_BYTES) return { status: 413 };
    return at < 0 ? undefined : { status: 422 };
  }
  if (at < 0) return undefined;
  const body = JSON.stringify({ text: 'Invalid data format', code: 6, 'invalid-event-number': at });
  return { status: 400, body };
}

function rowsIn(name: DestinationName, request: ReceivedRequest, recorder: Recorder): readonly Seen[] {
  if (name === 'hook') {
    const body: unknown = JSON.parse(request.body);
    const data = isObject(body) && isObject(body.data) ? body.data : {};
    return Array.isArray(data.events) ? data.events.map(seenInEnvelope) : [];
  }
  if (name === 'slack') return [alarmOf(idIn(request.body), recorder)];
  if (request.path.startsWith('/services/collector/ack')) return [];
  return [...jsonSequence(request.body)].flatMap((piece) =>
    'value' in piece ? [seenInHec(piece.value)] : [],
  );
}

function seenInHec(value: unknown): Seen {
  const { fields, event } = isObject(value) ? value : {};
  const { blob, offset, event_id: id } = isObject(fields) ? fields : {};
  const properties = isObject(event) ? event.properties : undefined;
  return seen(blob, offset, id, isObject(properties) ? properties[REFUSED_BY] : undefined);
}

function seenInEnvelope(value: unknown): Seen {
  const { source, id, event } = isObject(value) ? value : {};
  const { blob, offset } = isObject(source) ? source : {};
  return seen(blob, offset, id, isObject(event) ? event[REFUSED_BY] : undefined);
}

function seen(blob: unknown, offset: unknown, id: unknown, refusedBy: unknown): Seen {
  return {
    blob: typeof blob === 'string' ? blob : '',
    offset: typeof offset === 'number' ? offset : -1,
    id: typeof id === 'string' ? id : '',
    refusedBy,
  };
}

/** A message names its row by the event id alone, and alarms are not written twice. */
function alarmOf(id: string, { rows }: Recorder): Seen {
  const row = rows.findLast((each) => each.id === id && each.to.includes('slack'));
  return seen(row?.blob, row?.offset, id, undefined);
}

function eventIdIn(message: PostedMessage): string {
  return idIn(JSON.stringify(message.blocks.at(-1) ?? ''));
}

function idIn(text: string): string {
  return /event `([0-9a-f]{32})`/.exec(text)?.[1] ?? '';
}
