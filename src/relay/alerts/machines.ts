/** A destination for machines that is sent groups of alerts: its events go on as they come, its alerts are folded into the state. */
import type { Alert } from '../../alerts/groups/alert.ts';
import type { AlertMessage, Message } from '../../alerts/message.ts';
import { makeBatch, partOfBatch, partsWithin } from '../../delivery/batch.ts';
import { encodedAlone } from '../../delivery/copies.ts';
import { envelopeDelivery, groupDelivery, type Shapes } from '../../destinations/envelope-delivery.ts';
import { RowsRefusedError } from '../../destinations/errors.ts';
import { isForGroup } from '../../destinations/grouped-encoding.ts';
import type { Messenger } from '../../destinations/messenger.ts';
import type { Batch, Delivery, Destination } from '../../destinations/port.ts';
import { ByteWriter } from '../../shared/byte-writer.ts';

const NO_ROW = new Uint8Array(0);

/** Records of groups as one destination takes them. */
export interface GroupRecords {
  /** Sends a record for each group: the first at once, and later ones at most once in `repeat`, with the same alert id. */
  readonly messenger: Messenger;
  /** Sends alerts by themselves, as records of single alerts. */
  sendApart(alerts: readonly Alert[], signal: AbortSignal): Promise<void>;
  /** What is sent for a group, as text. */
  payloadOf(message: Message): string | undefined;
}

/** @param destination as it was made: its encoding and its `send` know nothing of groups. */
export function groupRecords(destination: Destination, shapes: () => Shapes | undefined): GroupRecords {
  /** Sends what it can: a refused request keeps none of the others back. @param taken is called with the places of what was taken. */
  const send = async (
    deliveries: readonly Delivery[],
    signal: AbortSignal,
    taken: (from: number, to: number) => void = () => {},
  ): Promise<void> => {
    const { encoding, name } = destination;
    const items = deliveries.map((delivery) => encodedAlone(encoding, delivery, NO_ROW));
    let refused: RowsRefusedError | undefined;
    let from = 0;
    for (const part of partsWithin(items, destination.batch)) {
      try {
        await destination.send(makeBatch(`groups/${name}`, part, encoding), signal);
        taken(from, from + part.length);
      } catch (error) {
        if (!(error instanceof RowsRefusedError)) throw error;
        refused = error;
      }
      from += part.length;
    }
    if (refused) throw refused;
  };
  const ofGroup = (message: AlertMessage) => groupDelivery(message, shapes());
  return {
    messenger: {
      updates: 'none',
      wantsEnd: false,
      intervalMs: 0,
      // A digest leaves nothing out: it is a batch of records.
      digestOver: 1,
      async say(message, _posted, signal) {
        if (message.kind === 'alert') await send([ofGroup(message)], signal);
        return undefined;
      },
      digest(messages, signal, report) {
        const alerts = messages.filter(isOfAlerts);
        return send(alerts.map(ofGroup), signal, (from, to) => report?.taken(alerts.slice(from, to)));
      },
    },
    sendApart: (alerts, signal) =>
      send(
        alerts.map(({ envelope }) => envelopeDelivery(envelope, shapes())),
        signal,
      ),
    payloadOf(message) {
      if (message.kind !== 'alert') return undefined;
      const writer = new ByteWriter();
      destination.encoding.write(ofGroup(message), writer);
      return new TextDecoder().decode(writer.slice());
    },
  };
}

/**
 * Sends the events of a batch, and then folds its alerts: an event that is refused is sent again with the alerts beside it, and folding
 * them a second time could count those twice that are sent again on purpose.
 *
 * Throws what either throws; the rows that the destination names are those of the whole batch.
 */
export async function sendApart(
  batch: Batch,
  destination: Pick<Destination, 'send' | 'encoding'>,
  fold: (batch: Batch) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const places = batch.items.map((item, index) => ({ item, index }));
  const { true: alerts = [], false: events = [] } = Object.groupBy(places, ({ item }) =>
    isForGroup(item) ? 'true' : 'false',
  );
  const part = (some: typeof places) =>
    some.length === places.length
      ? batch
      : partOfBatch(
          batch,
          some.map(({ item }) => item),
          destination.encoding,
        );
  if (events.length > 0) {
    try {
      await destination.send(part(events), signal);
    } catch (error) {
      if (!(error instanceof RowsRefusedError)) throw error;
      const rows = error.rows?.flatMap((row) => events[row]?.index ?? []);
      throw new RowsRefusedError(error.code, error.message, { cause: error.cause, rows });
    }
  }
  if (alerts.length === 0) return;
  try {
    await fold(part(alerts));
  } catch (error) {
    if (!(error instanceof RowsRefusedError) || error.rows === undefined) throw error;
    // Only alerts for which the state has no room were sent, so the rows that the destination names are not those of this batch.
    throw new RowsRefusedError(error.code, error.message, { cause: error.cause });
  }
}

/** The same where the destination acknowledges later. A batch with alerts is acknowledged before the next one is handed over. */
export function pipelineApart(
  { openPipeline }: Pick<Destination, 'openPipeline'>,
  send: Destination['send'],
): Pick<Destination, 'openPipeline'> {
  if (!openPipeline) return {};
  return {
    openPipeline() {
      const pipeline = openPipeline();
      return {
        async handOver(batch, signal) {
          if (!batch.items.some(isForGroup)) return pipeline.handOver(batch, signal);
          await send(batch, signal);
          return { acknowledged: Promise.resolve() };
        },
      };
    },
  };
}

function isOfAlerts(message: Message): message is AlertMessage {
  return message.kind === 'alert';
}
