/** The dead letter of a message that a destination for people never takes. */
import { Buffer } from 'node:buffer';
import type { DueMessage } from '../../alerts/groups/due.ts';
import type { DeadLetter } from '../../delivery/dead-letters.ts';
import type { SendError } from '../../delivery/failure.ts';
import { RECORDS } from '../../destinations/record.ts';
import { ByteWriter } from '../../shared/byte-writer.ts';

const MOST_CHARACTERS = 2_000;

/**
 * The letter of a group: its payload is the record of the group's first alert, so that sending it again opens a group. The row is made of
 * what the group keeps, since the blob's own bytes are not there any more.
 *
 * @param sent what a destination for machines was sent, which is then the payload.
 */
export function letterOf(
  destination: string,
  { id, phase, message }: DueMessage,
  error: SendError,
  sent?: string,
): DeadLetter {
  const { envelope, count } = message;
  const { event, ...head } = envelope;
  const writer = new ByteWriter();
  RECORDS.write(
    {
      head,
      event,
      writeRaw: (to) => to.json(event),
      writeEvent: (to) => to.json(event),
      writeMapped: () => {},
      column: (name) => event[name],
    },
    writer,
  );
  const row = Buffer.from(
    JSON.stringify({
      time: envelope.received ?? envelope.time,
      ...(envelope.tenant !== undefined && { tenantId: envelope.tenant }),
      operationName: 'Publish',
      category: `AdvancedHunting-${envelope.table}`,
      properties: event,
    }),
  );
  const rule = envelope.rule?.id ?? envelope.rule?.title;
  return {
    destination,
    reason: error.code,
    message: `${error.message.slice(0, MOST_CHARACTERS)} (a message for ${count} alerts)`,
    source: envelope.source,
    length: row.length,
    row,
    payload: sent ?? Buffer.from(writer.slice()).toString(),
    id: envelope.id,
    table: envelope.table,
    ...(rule !== undefined && { rule }),
    details: { groupId: id, count, phase },
  };
}
