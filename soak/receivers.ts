/** The receivers of a soak, and their faults. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../lab/generator/random.ts';
import { placeOf } from '../lab/oracle/place.ts';
import { type Arrived, arrivedInEnvelope, arrivedInHec, eventIdIn } from '../lab/receivers/arrivals.ts';
import { isObject, jsonSequence } from '../lab/receivers/json.ts';
import { messageContent } from '../lab/receivers/message-content.ts';
import { PAGERDUTY_KEY, startPagerdutyReceiver } from '../lab/receivers/pagerduty.ts';
import type { Fault, FaultHook, ReceivedRequest, Receiver } from '../lab/receivers/server.ts';
import { startSlackReceiver } from '../lab/receivers/slack.ts';
import { startHecReceiver } from '../lab/receivers/splunk-hec.ts';
import { startTeamsReceiver } from '../lab/receivers/teams.ts';
import { startWebhookReceiver } from '../lab/receivers/webhook.ts';
import { PEOPLE, type PoisonKind, WEBHOOK_BYTES } from './marks.ts';
import { type RequestTrouble, rowKey } from './oracle/log.ts';
import type { OutageKind, TableRefusal } from './plan.ts';
import type { Recorder } from './recorder.ts';

/** The destinations that a soak can have. Those for people receive only messages on groups of alarms, all others every row. */
export const DESTINATION_NAMES = ['splunk', 'splunk-ack', 'hook', 'slack', 'teams', 'pagerduty'] as const;
export type DestinationName = (typeof DESTINATION_NAMES)[number];

/** An absurd `Retry-After`. Seconds. */
const A_DAY = '86400';
/** A delay that exceeds the relay's request time-out, so that rows are accepted after the relay stopped waiting. Milliseconds. */
export const TOO_LATE_MS = 4_000;
/** How long a silent destination keeps a connection open. Milliseconds. */
const SILENT_MS = 30_000;
/** `timeout` of the destinations in the soak's relay.yaml. Milliseconds. */
export const REQUEST_TIMEOUT_MS = 3_000;

/** The faults that are currently in effect at the destinations. */
export interface Weather {
  /** The part of the requests that fails. */
  part: number;
  readonly outages: Map<string, OutageKind>;
  /** By destination, the container of the table that it refuses, and how. */
  readonly refusedTables: Map<string, { readonly container: string; readonly how: TableRefusal }>;
}

export interface Receivers {
  /** The entries under `destinations:` of relay.yaml, by name. */
  readonly entries: ReadonlyMap<DestinationName, string>;
  /** The environment variables that the entries use. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly requests: () => number;
  close(): Promise<void>;
}

export interface ReceiversOptions {
  readonly names: readonly DestinationName[];
  readonly batchItems: number;
  readonly recorder: Recorder;
  readonly weather: Weather;
  readonly randomOf: (name: DestinationName) => Random;
}

/** Starts the receivers on loopback. The recorder records what reaches them and what they do with it. */
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

  const arrived = (destination: string, { blob, offset, id }: Arrived) => {
    recorder.arrivals.push({ at: recorder.now(), destination, blob, offset, id });
  };

  for (const name of names) {
    const fault = misbehaviour(name, options);
    const onMessage = (message: unknown) => {
      const at = recorder.now();
      // What resolves an alert of PagerDuty tells of no alert, but shows that the destination takes messages.
      const isEnd = isObject(message) && message.event_action === 'resolve';
      const { groups, operational } = isEnd ? { groups: [], operational: true } : messageContent(message);
      recorder.messages.push({ at, destination: name, groups, operational });
    };
    if (name === 'teams') {
      const teams = await startTeamsReceiver({ fault, onMessage, intervalMs: 240 });
      entries.set(name, `{ type: teams, webhook_url: ${hidden('TEAMS_URL', teams.url)}, ${common} }`);
      receivers.push(teams);
    } else if (name === 'pagerduty') {
      const pagerduty = await startPagerdutyReceiver({ fault, onMessage });
      entries.set(
        name,
        `{ type: pagerduty, routing_key: ${hidden('PAGERDUTY_KEY', PAGERDUTY_KEY)}, url: "${pagerduty.url}", auto_resolve: true, ${common} }`,
      );
      receivers.push(pagerduty);
    } else if (name === 'slack') {
      const slack = await startSlackReceiver({ fault, onMessage, intervalMs: 950 });
      entries.set(name, `{ type: slack, webhook_url: ${hidden('SLACK_URL', slack.url)}, ${common} }`);
      receivers.push(slack);
    } else if (name === 'hook') {
      const secret = `whsec_${randomBytes(32).toString('base64')}`;
      const hook = await startWebhookReceiver({
        secret,
        // A consumer with a wrong clock signs with a wrong time, so any time is accepted.
        atAnyTime: true,
        fault,
        onEvent: (event) => arrived(name, arrivedInEnvelope(event)),
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
        onEvent: (event) => arrived(name, arrivedInHec(event)),
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

/** The fault hook of one destination: refused rows and tables, outages, and random faults. */
function misbehaviour(name: DestinationName, options: ReceiversOptions): FaultHook {
  const { recorder, weather } = options;
  const random = options.randomOf(name);
  return async (request) => {
    const at = recorder.now();
    const drawn = draw(random, weather.part);
    const isQuestion = request.path.startsWith('/services/collector/ack');
    const seen = rowsIn(name, request, recorder);
    const rows = seen.map(({ blob, offset }) => placeOf(blob, offset));
    const trouble = (kind: RequestTrouble['kind'], of: RequestTrouble['rows'] = rows) =>
      recorder.troubles.push({ at, destination: name, kind, rows: of });

    const content = isQuestion ? undefined : contentTrouble(name, request, seen, options);
    const outage = weather.outages.get(name);
    const [fault, label] =
      outage !== undefined
        ? [OUTAGE_FAULTS[outage], 'outage']
        : content
          ? [content.fault, content.label]
          : [drawn, drawn && labelOf(drawn)];
    if (fault === undefined) return undefined;

    recorder.fault(`${name}: ${label}`);
    if (isQuestion) trouble('unacknowledged');
    else {
      // The relay gets no acceptance, whether or not the rows were accepted.
      const keys = seen.map(({ blob, offset, id }) => rowKey(blob, offset, id));
      recorder.failures.push({ at, destination: name, rows: keys });
      if (isTaken(fault)) trouble('reply_lost');
      else if (fault === content?.fault || isTooLarge(fault)) trouble('rows_refused');
    }
    if (fault !== 'silence') return fault;
    await delay(SILENT_MS, undefined, { ref: false });
    return 'reset';
  };
}

/** What a destination does to a request instead of, or while, accepting it. `silence` is no response at all. */
type Misdeed = Fault | 'silence';

const OUTAGE_FAULTS: Readonly<Record<OutageKind, NonNullable<Misdeed>>> = {
  '401': { status: 401 },
  '403': { status: 403 },
  '404': { status: 404 },
  '503': { status: 503 },
  '503_for_a_day': { status: 503, headers: { 'retry-after': A_DAY } },
  reset: 'reset',
  silence: 'silence',
};

interface ContentTrouble {
  readonly fault: NonNullable<Misdeed>;
  readonly label: string;
}

/** The fault that the rows of a request cause. */
function contentTrouble(
  name: DestinationName,
  request: ReceivedRequest,
  seen: readonly Arrived[],
  { recorder, weather }: ReceiversOptions,
): ContentTrouble | undefined {
  if (name === 'hook' && Buffer.byteLength(request.body) > WEBHOOK_BYTES) {
    return { fault: { status: 413 }, label: 'row refused' };
  }
  const poisons = seen.map(({ blob, offset, id }) => recorder.find(blob, offset, id)?.poison);
  const at = poisons.findIndex((poison) => poison?.by === name);
  const how = poisons[at]?.how;
  if (how !== undefined)
    return { fault: poisonFault(name, how, at), label: how === 'refused' ? 'row refused' : how };
  const table = weather.refusedTables.get(name);
  const ofTable = table ? seen.findIndex(({ blob }) => blob.startsWith(`${table.container}/`)) : -1;
  if (!table || ofTable < 0) return undefined;
  return { fault: poisonFault(name, table.how, ofTable), label: 'table refused' };
}

function poisonFault(name: DestinationName, how: PoisonKind, at: number): NonNullable<Misdeed> {
  switch (how) {
    case 'reset':
    case 'silence':
      return how;
    case 'too_large':
      return { status: 413 };
    case 'refused': {
      if (name === 'slack') return { status: 400, body: 'invalid_blocks' };
      if (name === 'teams')
        return { status: 400, body: '{"error":{"code":"InvalidRequestContent","message":"no"}}' };
      if (name === 'pagerduty')
        return {
          status: 400,
          body: '{"status":"invalid event","message":"Event object is invalid","errors":["no"]}',
        };
      if (!name.startsWith('splunk')) return { status: 422 };
      const body = JSON.stringify({ text: 'Invalid data format', code: 6, 'invalid-event-number': at });
      return { status: 400, body };
    }
    case '403':
      return {
        status: 403,
        headers: { 'content-type': 'text/html' },
        body: '<html><h1>Request rejected</h1></html>',
      };
    default:
      return { status: Number(how), body: 'no' };
  }
}

/** Whether the rows were accepted, even if the relay gets no response. */
function isTaken(fault: NonNullable<Misdeed>): boolean {
  return fault === 'half_reply' || fault === 'accept_then_reset' || isTooLate(fault);
}

function isTooLarge(fault: NonNullable<Misdeed>): boolean {
  return typeof fault === 'object' && 'status' in fault && fault.status === 413;
}

/** Draws a random fault, or none. Each call takes the same number of random numbers. */
function draw(random: Random, part: number): Fault {
  const happens = random.chance(part);
  const kind = random.next();
  if (!happens) return undefined;
  if (kind < 0.16) return { status: 503 };
  if (kind < 0.26) return { status: 500 };
  if (kind < 0.35) return { status: 429, headers: { 'retry-after': '1' } };
  if (kind < 0.36) return { status: 429, headers: { 'retry-after': A_DAY } };
  if (kind < 0.42) return { status: 429 };
  if (kind < 0.5) return { status: 413 };
  if (kind < 0.53) return { status: 401 };
  if (kind < 0.68) return 'reset';
  if (kind < 0.81) return 'half_reply';
  if (kind < 0.96) return 'accept_then_reset';
  return { delayMs: TOO_LATE_MS };
}

function isTooLate(fault: Misdeed): boolean {
  return typeof fault === 'object' && 'delayMs' in fault;
}

function labelOf(fault: NonNullable<Fault>): string {
  if (typeof fault === 'string') return fault;
  if (!('status' in fault)) return 'too late';
  return fault.headers?.['retry-after'] === A_DAY
    ? `${fault.status}, Retry-After of a day`
    : String(fault.status);
}

function rowsIn(name: DestinationName, request: ReceivedRequest, recorder: Recorder): readonly Arrived[] {
  if (name === 'hook') {
    const body: unknown = JSON.parse(request.body);
    const data = isObject(body) && isObject(body.data) ? body.data : {};
    return Array.isArray(data.events) ? data.events.map(arrivedInEnvelope) : [];
  }
  if (PEOPLE.includes(name)) return [alarmOf(eventNamedIn(request.body), recorder)];
  if (request.path.startsWith('/services/collector/ack')) return [];
  return [...jsonSequence(request.body)].flatMap((piece) =>
    'value' in piece ? [arrivedInHec(piece.value)] : [],
  );
}

/** The event that a message names: in its text, or in the details of PagerDuty's. */
function eventNamedIn(body: string): string {
  return eventIdIn(body) || (/"event_id":"([0-9a-f]{32})"/.exec(body)?.[1] ?? '');
}

/** The row of the first alert that a message stands for, by its event id; of a digest, which names no event, no row. */
function alarmOf(id: string, recorder: Recorder): Arrived {
  const row = recorder.alarm(id);
  return { blob: row?.blob ?? '', offset: row?.offset ?? -1, id };
}
