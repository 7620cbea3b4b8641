/** What each destination is sent for a row: made by its own encoder and sender, over requests that go nowhere. */
import { byUrgency, due, type Manner } from '../../../src/alerts/groups/due.ts';
import { fold } from '../../../src/alerts/groups/fold.ts';
import { makeBatch, partsWithin } from '../../../src/delivery/batch.ts';
import { encodedAlone } from '../../../src/delivery/copies.ts';
import { createDescribed } from '../../../src/destinations/create-described.ts';
import { groupedEncoding } from '../../../src/destinations/grouped-encoding.ts';
import type { Messenger } from '../../../src/destinations/messenger.ts';
import type { Batch, Delivery, Destination } from '../../../src/destinations/port.ts';
import { deliveriesIn, eventsIn } from '../../../src/relay/alerts/alerts-of.ts';
import { byRule, sorted } from '../../../src/relay/alerts/by-rule.ts';
import { groupRecords, sendApart } from '../../../src/relay/alerts/machines.ts';
import { deliveriesOf } from '../../../src/relay/rows/deliveries.ts';
import type { Program } from '../../../src/rules/program.ts';
import { violationsOf } from '../../../src/rules/shapes/validate/violations.ts';
import { ByteWriter } from '../../../src/shared/byte-writer.ts';
import { messageOf } from '../../../src/shared/errors.ts';
import type { Row, Verdict } from '../../../src/shared/event.ts';
import type { JsonValue } from '../../../src/shared/json.ts';
import type { ShapeVerdict, WireForm } from './messages.ts';
import { nowhere } from './nowhere.ts';
import type { Entry, RelayPart } from './relay.ts';

export interface JudgedRow {
  readonly row: Row;
  /** As it is in the blob. */
  readonly bytes: Uint8Array;
  readonly verdict: Verdict;
}

export interface WireContext {
  readonly program: Program;
  readonly part: RelayPart;
  /** Ms since the epoch, by which requests are signed. */
  readonly now: number;
}

/** Names the content of the blob, which messages do not show. */
const READING = 'playground';

/** The wire form of a row for each destination that gets it, in the order of relay.yaml. */
export async function wireForms(judged: JudgedRow, context: WireContext): Promise<readonly WireForm[]> {
  const { row, verdict } = judged;
  if (verdict.kind === 'filtered') return [];
  const { program, part } = context;
  const byName = new Map(deliveriesOf(row, verdict, verdict.routes, program.shapes));
  const forms: WireForm[] = [];
  for (const entry of part.entries) {
    const deliveries = byName.get(entry.name);
    if (deliveries) forms.push(await wireForm(entry, deliveries, judged, context));
  }
  return forms;
}

async function wireForm(
  entry: Entry,
  deliveries: readonly Delivery[],
  { bytes }: JudgedRow,
  { program, part, now }: WireContext,
): Promise<WireForm> {
  const { name, config, descriptor } = entry;
  const place = nowhere(config.type, part.links, now);
  let problem: string | undefined;
  try {
    const destination = createDescribed(entry, place.deps);
    const sending = sender(destination, program, now);
    const items = deliveries.map((delivery) => encodedAlone(sending.encoding, delivery, bytes));
    for (const some of partsWithin(items, destination.batch)) {
      await sending.send(makeBatch(`playground/${name}`, some, sending.encoding, READING));
    }
    await destination.close();
  } catch (error) {
    // What a made-up answer does not say comes after the request, which is noted by then.
    if (place.requests().length === 0) problem = messageOf(error);
  }
  const verdict = verdictOf(entry, deliveries);
  return {
    to: name,
    type: config.type,
    audience: descriptor.audience,
    requests: place.requests(),
    ...(verdict && { verdict }),
    ...(problem !== undefined && { problem }),
  };
}

interface Sending {
  readonly encoding: Destination['encoding'];
  send(batch: Batch): Promise<void>;
}

/** As the relay sends: alerts for people, and for machines that ask for groups, are folded first, and the first message is due at once. */
function sender(destination: Destination, program: Program, now: number): Sending {
  const { messenger, encoding, groupsAlerts } = destination;
  const { signal } = new AbortController();
  if (messenger) {
    return { encoding, send: (batch) => say(messenger, eventsIn(batch), now, signal) };
  }
  if (groupsAlerts !== true) return { encoding, send: (batch) => destination.send(batch, signal) };
  const records = groupRecords(destination, () => program.shapes);
  const grouped = { ...destination, encoding: groupedEncoding(encoding) };
  return {
    encoding: grouped.encoding,
    send: (batch) =>
      sendApart(
        batch,
        grouped,
        (alerts) => say(records.messenger, deliveriesIn(alerts), now, signal),
        signal,
      ),
  };
}

async function say(
  messenger: Messenger,
  events: ReturnType<typeof eventsIn>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const manner: Manner = messenger;
  const { alerts } = sorted(events, READING, true);
  const messages = [...byRule(alerts).values()]
    .flatMap(({ rule, alerts: some }) => {
      const { shard } = fold(undefined, some, { rule, wantsEnd: manner.wantsEnd }, now);
      return due(shard, now, manner).messages;
    })
    .toSorted(byUrgency)
    .map(({ message }) => message);
  // More than the destination says one by one wait together, and go together.
  if (messenger.digestOver !== undefined && messages.length > messenger.digestOver) {
    await messenger.digest(messages, signal);
    return;
  }
  for (const message of messages) await messenger.say(message, undefined, signal);
}

/** What the official schema says of what a destination gets in a mapped shape. */
function verdictOf(entry: Entry, deliveries: readonly Delivery[]): ShapeVerdict | undefined {
  const shape = mappedShapeOf(entry);
  if (shape === undefined) return undefined;
  const violations = deliveries.flatMap((delivery) => {
    const writer = new ByteWriter();
    delivery.writeMapped(shape, writer);
    return violationsOf(shape, JSON.parse(new TextDecoder().decode(writer.slice())) as JsonValue);
  });
  return { shape, violations };
}

/** The mapped shape that an entry's destination is sent; undefined for the other shapes. */
export function mappedShapeOf({
  config,
  descriptor,
}: Pick<Entry, 'config' | 'descriptor'>): ShapeVerdict['shape'] | undefined {
  if (descriptor.audience !== 'machines') return undefined;
  const shape = config.shape ?? descriptor.shapeOf?.(config) ?? descriptor.shape;
  return shape === 'ecs' || shape === 'ocsf' ? shape : undefined;
}
